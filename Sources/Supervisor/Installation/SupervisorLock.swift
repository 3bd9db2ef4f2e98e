internal import Glibc

/// The lock that makes a home have one supervisor at most. The kernel frees it with the process, however that ends.
final class SupervisorLock {
    private let descriptor: Int32

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit {
        ftruncate(descriptor, 0)
        close(descriptor)
    }

    /// Takes the lock, or returns nil when another process has it.
    static func take(in home: Home) throws(SetupError) -> SupervisorLock? {
        // Its owner's alone: whoever can open it can lock it.
        let descriptor = open(home.lockFile, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0, fchmod(descriptor, 0o600) == 0 else {
            let reason = String(cString: strerror(errno))
            if descriptor >= 0 { close(descriptor) }
            throw SetupError("cannot open \(home.lockFile): \(reason)")
        }
        // Another command that looks who has the lock has it itself for a moment.
        var tries = 20
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            tries -= 1
            guard tries > 0 else {
                close(descriptor)
                return nil
            }
            usleep(10_000)
        }
        let text = "\(getpid())\n"
        ftruncate(descriptor, 0)
        _ = text.withCString { pwrite(descriptor, $0, text.utf8.count, 0) }
        return SupervisorLock(descriptor: descriptor)
    }

    /// The id of the process that holds the lock, or nil when nobody does.
    static func holder(of home: Home) throws(SetupError) -> pid_t? {
        guard Files.exists(home.lockFile) else { return nil }
        let descriptor = open(home.lockFile, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw SetupError("cannot open \(home.lockFile): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        // Between taking the lock and writing its number a holder is not known yet; a number that a killed supervisor
        // left may by then be a stranger's.
        for _ in 0..<100 {
            guard flock(descriptor, LOCK_SH | LOCK_NB) != 0 else { return nil }
            let text = try Files.read(home.lockFile)
            if text.hasSuffix("\n"), let pid = pid_t(text.dropLast()), isOurs(pid) { return pid }
            usleep(10_000)
        }
        throw SetupError("\(home.lockFile) is locked, but not by a supervisor of Turnstile: see who has it open")
    }

    /// Whether the process runs the program that this one runs, in whatever build.
    private static func isOurs(_ pid: pid_t) -> Bool {
        func name(_ path: String) -> Substring? {
            // The kernel adds “ (deleted)” when the program was built anew meanwhile.
            Files.target(ofLink: path)?.split(separator: "/").last?.prefix { $0 != " " }
        }
        let own = name("/proc/self/exe")
        return own != nil && name("/proc/\(pid)/exe") == own
    }
}
