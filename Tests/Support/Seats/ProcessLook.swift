internal import Glibc
internal import Runtime

/// What the kernel says of another process.
public enum ProcessLook {
    /// Seconds on a core, of all its threads.
    public static func processorTime(of process: Int32) throws -> Double {
        let text = try read("/proc/\(process)/stat")
        // The name, in parentheses, may contain anything: count from behind it.
        guard let close = text.lastIndex(of: ")") else { throw Failure(what: text) }
        let fields = text[close...].split(separator: " ")
        guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else {
            throw Failure(what: text)
        }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    public static func residentBytes(of process: Int32) throws -> Int {
        let fields = try read("/proc/\(process)/statm").split(separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]) else { throw Failure(what: "statm") }
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }

    private static func read(_ path: String) throws -> String {
        String(decoding: try SmallFile.read(path, limit: 1 << 16), as: UTF8.self)
    }

    struct Failure: Error {
        let what: String
    }
}
