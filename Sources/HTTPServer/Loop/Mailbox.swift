internal import CLinux
internal import Glibc
internal import Runtime

/// What other threads want of a loop. Bounded by the loop's connections: each has at most one answer and one
/// wake-up of its stream on the way.
enum Mail: Sendable {
    case answer(Connection, generation: UInt64, Answer)
    /// These streams have something to send.
    case wake([EventStream])
    /// This stream's reader is cut off.
    case cut(EventStream)
    /// A responder was answered a second time.
    case answeredTwice
    case stop(deadline: Int64)
}

/// How a request is answered.
enum Answer: Sendable {
    case response(Outgoing)
    case problem(Problem)
    case stream(EventStream)
    /// The responder went out of existence.
    case dropped
}

/// Where other threads leave what a loop is to do. The loop is woken once for a batch, and only when it sleeps.
final class Mailbox: Sendable {
    private struct State {
        var mail: [Mail] = []
        var isAsleep = false
        var isClosed = false
    }

    private let state = Lock(State())
    /// An eventfd, which becomes readable when the loop is to wake up.
    let waker: Int32

    /// - Returns: nil, with `errno` set, when the system has no descriptor to give.
    init?() {
        let descriptor = eventfd(0, Int32(EFD_NONBLOCK) | Int32(EFD_CLOEXEC))
        guard descriptor >= 0 else { return nil }
        waker = descriptor
    }

    deinit { close() }

    /// - Returns: false when the loop has ended.
    @discardableResult
    func post(_ mail: Mail) -> Bool {
        state.withLock { state in
            guard !state.isClosed else { return false }
            state.mail.append(mail)
            if state.isAsleep {
                state.isAsleep = false
                var one: UInt64 = 1
                // Under the lock, so that `close` cannot take the descriptor away in between. The loop sleeps, and
                // whoever posts next need not write.
                _ = write(waker, &one, 8)
            }
            return true
        }
    }

    /// Whether the loop may sleep: there is no mail. The next `post` then wakes it.
    func prepareToSleep() -> Bool {
        state.withLock { state in
            state.isAsleep = state.mail.isEmpty
            return state.isAsleep
        }
    }

    /// Swaps the mail with `batch`, which must be empty.
    func take(into batch: inout [Mail]) {
        state.withLock { state in
            state.isAsleep = false
            if !state.mail.isEmpty { swap(&batch, &state.mail) }
        }
    }

    /// Takes back the wake-up.
    func awake() {
        var value: UInt64 = 0
        _ = read(waker, &value, 8)
    }

    /// Ends it: what is posted from now on is refused. Whoever still holds a responder or a stream holds no descriptor.
    func close() {
        let rest: [Mail] = state.withLock { state in
            guard !state.isClosed else { return [] }
            state.isClosed = true
            _ = Glibc.close(waker)
            defer { state.mail = [] }
            return state.mail
        }
        // Outside the lock, because streams and responders may go with it.
        for case .answer(_, _, .stream(let stream)) in rest { stream.finish(.serverStopped) }
    }
}
