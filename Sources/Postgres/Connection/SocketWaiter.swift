internal import Glibc
internal import Runtime

/// Waits for a socket or an interruption, whichever comes first, and no longer than it is told.
struct SocketWaiter: ~Copyable {
    enum Outcome {
        case ready(readable: Bool)
        case timedOut
        case interrupted
    }

    private let descriptors: UnsafeMutablePointer<pollfd>

    init(interruptor: Int32) {
        descriptors = .allocate(capacity: 2)
        descriptors[0] = pollfd(fd: -1, events: 0, revents: 0)
        descriptors[1] = pollfd(fd: interruptor, events: Int16(POLLIN), revents: 0)
    }

    deinit {
        descriptors.deallocate()
    }

    func wait(for socket: Int32, reading: Bool, writing: Bool, atMost limit: Duration) -> Outcome {
        var milliseconds = limit.wholeMilliseconds
        var deadline: MonotonicTime?
        descriptors[0].fd = socket
        descriptors[0].events = (reading ? Int16(POLLIN) : 0) | (writing ? Int16(POLLOUT) : 0)
        while true {
            if deadline == nil, milliseconds > 0 { deadline = SystemTime().monotonic + limit }
            let count = poll(descriptors, 2, Int32(milliseconds))
            if count > 0 { break }
            if count == 0 { return .timedOut }
            guard errno == EINTR || errno == EAGAIN, let deadline else { return .ready(readable: true) }
            let rest = deadline - SystemTime().monotonic
            if rest <= .zero { return .timedOut }
            milliseconds = rest.wholeMilliseconds
        }
        // An answer that is there counts for more than an interruption.
        let socketEvents = descriptors[0].revents
        if socketEvents != 0 { return .ready(readable: socketEvents & ~Int16(POLLOUT) != 0) }
        return .interrupted
    }
}
