internal import Glibc
internal import Synchronization

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
        /// Nil until the loop has one, and after it has ended.
        var waker: Int32?
    }

    private let state = Mutex(State())

    func open(waker: Int32) {
        state.withLock { $0.waker = waker }
    }

    /// - Returns: false when the loop has ended.
    @discardableResult
    func post(_ mail: Mail) -> Bool {
        state.withLock { state in
            guard let waker = state.waker else { return false }
            state.mail.append(mail)
            if state.isAsleep {
                state.isAsleep = false
                var one: UInt64 = 1
                // Under the lock, because the loop closes the descriptor after it has taken it away under the lock.
                _ = write(waker, &one, 8)
            }
            return true
        }
    }

    /// Whether the loop may sleep: there is no mail. The next `post` then wakes it.
    func prepareToSleep() -> Bool {
        state.withLock { state in
            guard state.mail.isEmpty else { return false }
            state.isAsleep = true
            return true
        }
    }

    /// Swaps the mail with `batch`, which must be empty.
    func take(into batch: inout [Mail]) {
        state.withLock { state in
            state.isAsleep = false
            if !state.mail.isEmpty { swap(&batch, &state.mail) }
        }
    }

    /// Ends it: what is posted from now on is refused.
    func close() {
        let rest = state.withLock { state in
            state.waker = nil
            let rest = state.mail
            state.mail = []
            return rest
        }
        // Outside the lock: responders may go with it.
        _ = consume rest
    }
}
