internal import CRabbitMQ
internal import Glibc
internal import Runtime

/// Ends another thread's `poll`. A signal after `close` does nothing, so that a late one cannot hit a descriptor that
/// by then belongs to somebody else.
final class WakeUp: Sendable {
    /// Read without the lock by the one thread that polls, which is also the one that closes.
    let descriptor: Int32
    private let isOpen = Lock(true)

    init() throws(RabbitMQError) {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard descriptor >= 0 else { throw .system(errno, code: .outOfResources, "opening a connection") }
    }

    func signal() {
        isOpen.withLock { isOpen in
            guard isOpen else { return }
            var one: UInt64 = 1
            // It can only fail when 2^64 signals are unread.
            _ = write(descriptor, &one, MemoryLayout<UInt64>.size)
        }
    }

    func clear() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, MemoryLayout<UInt64>.size)
    }

    func close() {
        isOpen.withLock { isOpen in
            guard isOpen else { return }
            isOpen = false
            Glibc.close(descriptor)
        }
    }

    deinit { close() }
}
