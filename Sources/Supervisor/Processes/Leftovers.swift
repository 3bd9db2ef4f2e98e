internal import FoundationEssentials
internal import Glibc

/// What a supervisor that was killed left running.
///
/// The kernel tells each process of the supervisor's death, but a process may take its time or be stopped, and its
/// own children are not told. A leftover is known by a mark in its environment, which names the home; or, since some
/// servers write over theirs, by two things at once: it belongs to the process group of a process that was recorded,
/// and its working directory lies in the home. So no stranger with a number used again is touched.
enum Leftovers {
    /// The environment variable that every process of an installation is started with.
    static let mark = "SUPERVISED_BY_TURNSTILE"

    static func pids(of home: Home) -> [pid_t] {
        let record = (try? Files.read(home.processesFile)) ?? ""
        let groups = Set(record.split(separator: "\n").compactMap { pid_t($0.prefix { $0 != " " }) })
        return allPids().filter { pid in
            isMarked(pid, home: home) || groups.contains(getpgid(pid)) && isInside(pid, home: home)
        }
    }

    /// Asks the leftovers to end, and kills those that have not within the time.
    ///
    /// - Returns: how many there were.
    @discardableResult
    static func end(in home: Home, within patience: Duration = .seconds(15)) -> Int {
        let found = pids(of: home)
        guard !found.isEmpty else { return 0 }
        for pid in found { kill(pid, SIGTERM) }
        let clock = ContinuousClock()
        let deadline = clock.now + patience
        while !pids(of: home).isEmpty && clock.now < deadline { usleep(50_000) }
        for pid in pids(of: home) { kill(pid, SIGKILL) }
        while !pids(of: home).isEmpty && clock.now < deadline + .seconds(5) { usleep(20_000) }
        return found.count
    }

    /// Ends the processes of that name which bear the home's mark and are not this process's children.
    static func endStrays(named name: String, of home: Home) {
        let strays = allPids().filter { pid in
            getpgid(pid) != pid && isMarked(pid, home: home)
                && (try? Files.read("/proc/\(pid)/comm")) == name + "\n"
        }
        for pid in strays { kill(pid, SIGKILL) }
    }

    private static func allPids() -> [pid_t] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { pid_t($0) }
    }

    private static func isMarked(_ pid: pid_t, home: Home) -> Bool {
        guard let environment = try? Files.read("/proc/\(pid)/environ") else { return false }
        return environment.split(separator: "\0").contains { $0 == "\(mark)=\(home.path)" }
    }

    private static func isInside(_ pid: pid_t, home: Home) -> Bool {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/\(pid)/cwd", &buffer, buffer.count)
        guard count > 0 else { return false }
        let directory = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return directory == home.path || directory.hasPrefix(home.path + "/")
    }
}
