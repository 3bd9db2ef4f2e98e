internal import Glibc

/// Sockets whose client was answered before it had sent everything.
///
/// Closing such a socket at once makes the kernel send a reset, which can destroy the answer on its way. So its
/// sending side is shut, and what still comes is thrown away until the client closes, for a bounded time.
struct LingeringSockets {
    private struct Entry {
        let deadline: Int64
        var bytesLeft: Int
    }

    private var sockets: [Int32: Entry] = [:]
    /// More are closed at once, reset or not.
    private static let limit = 256
    private static let byteLimit = 8 << 20
    private static let time: Int64 = 2_000_000_000

    var isEmpty: Bool { sockets.isEmpty }
    var nextDeadline: Int64? { sockets.values.map(\.deadline).min() }

    /// Takes a second descriptor of a socket that is about to be closed.
    ///
    /// - Returns: the descriptor to watch; nil when there is no room.
    mutating func add(duplicateOf socket: Int32, now: Int64) -> Int32? {
        guard sockets.count < Self.limit else { return nil }
        let descriptor = fcntl(socket, F_DUPFD_CLOEXEC, 0)
        guard descriptor >= 0 else { return nil }
        shutdown(descriptor, Int32(SHUT_WR))
        sockets[descriptor] = Entry(deadline: now + Self.time, bytesLeft: Self.byteLimit)
        return descriptor
    }

    /// Reads what is there.
    ///
    /// - Returns: whether the socket is done with.
    mutating func drain(_ descriptor: Int32) -> Bool {
        guard var entry = sockets[descriptor] else { return false }
        return withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 1) { buffer in
            while true {
                let count = recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
                if count > 0 {
                    entry.bytesLeft -= count
                    if entry.bytesLeft > 0 { continue }
                    return true
                }
                sockets[descriptor] = entry
                return count == 0 || (errno != EAGAIN && errno != EINTR)
            }
        }
    }

    mutating func close(_ descriptor: Int32) {
        if sockets.removeValue(forKey: descriptor) != nil { _ = Glibc.close(descriptor) }
    }

    /// The sockets whose time is over.
    func overdue(_ now: Int64) -> [Int32] {
        sockets.filter { $0.value.deadline <= now }.map(\.key)
    }

    mutating func closeAll() {
        for descriptor in sockets.keys { _ = Glibc.close(descriptor) }
        sockets = [:]
    }
}
