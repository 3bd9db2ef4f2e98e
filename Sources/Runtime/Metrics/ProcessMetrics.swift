internal import Glibc

extension Metrics {
    /// Adds what Prometheus' client libraries tell of every process, under their names: processor time, memory,
    /// descriptors, start; also threads, and how many log lines were lost.
    public func addProcess(log: Log? = nil) {
        counter("process_cpu_seconds_total", "Processor time used, in user and system mode.") {
            var time = timespec()
            clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        gauge("process_resident_memory_bytes", "Memory in use.") { Self.memory(field: 1) }
        gauge("process_virtual_memory_bytes", "Address space in use.") { Self.memory(field: 0) }
        // The descriptor that the count itself takes is left out.
        gauge("process_open_fds", "Open file descriptors.") { Double(Procfs.descriptors().count - 1) }
        gauge("process_max_fds", "File descriptors that the process may have.") {
            Double(DescriptorLimit.current)
        }
        gauge("process_threads", "Threads.") { Double(Procfs.threads().count) }
        let start = Self.startTime()
        gauge("process_start_time_seconds", "When the process was started, since 1970 in seconds.") { start }
        if let sink = log?.sink {
            counter("turnstile_log_lines_dropped_total", "Log lines that standard error did not take in time.") {
                Double(sink.dropped)
            }
        }
    }

    private static func memory(field: Int) -> Double? {
        let fields = Procfs.read("/proc/self/statm").split(separator: " ")
        guard field < fields.count, let pages = Double(fields[field]) else { return nil }
        return pages * Double(sysconf(Int32(_SC_PAGESIZE)))
    }

    private static func startTime() -> Double? {
        // The name, in parentheses, may contain anything: count from behind it. The 22nd field is the start in ticks
        // since boot.
        let stat = Procfs.read("/proc/self/stat")
        guard let close = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[close...].split(separator: " ")
        let boot = Procfs.read("/proc/stat").split(separator: "\n").first { $0.hasPrefix("btime ") }
        guard fields.count > 20, let ticks = Double(fields[20]), let boot = boot?.dropFirst(6), let since = Double(boot)
        else { return nil }
        return since + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}
