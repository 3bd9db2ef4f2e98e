internal import CPostgres
internal import Glibc

/// Ends a connection's wait from another thread, so that a drain need not wait for a slow statement.
///
/// The statement that runs is cancelled on the server; if that has no effect within `cancelTimeout`, the connection
/// is given up. If none runs, the next wait is ended at once. Never closes or frees what the connection uses, so it
/// may be
/// called at any time, even after the connection is gone.
public final class PostgresInterruptor: Sendable {
    /// An eventfd; readable while an interruption is pending.
    let descriptor: Int32

    public init() throws(PostgresError) {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        guard descriptor >= 0 else {
            throw PostgresError(.connectFailed, "no descriptor for an interruptor: \(String(cString: strerror(errno)))")
        }
    }

    deinit {
        close(descriptor)
    }

    public func interrupt() {
        var one: UInt64 = 1
        // Fails only when the counter is full, that is, when it is readable anyway.
        _ = write(descriptor, &one, 8)
    }

    /// Takes back an interruption that nobody has noticed yet.
    ///
    /// - Returns: whether there was one.
    @discardableResult public func clear() -> Bool {
        var count: UInt64 = 0
        return read(descriptor, &count, 8) == 8
    }
}
