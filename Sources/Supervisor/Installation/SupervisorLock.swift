internal import Glibc

/// The lock that makes a home have one supervisor at most. The kernel frees it with the process, however that ends.
final class SupervisorLock {
    private let descriptor: Int32

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Takes the lock, or returns nil when another process has it.
    static func take(in home: Home) throws(SetupError) -> SupervisorLock? {
        let descriptor = open(home.lockFile, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw SetupError("cannot open \(home.lockFile): \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            return nil
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
        guard flock(descriptor, LOCK_SH | LOCK_NB) != 0 else { return nil }
        let text = try Files.read(home.lockFile)
        return pid_t(text.prefix { $0 != "\n" })
    }
}
