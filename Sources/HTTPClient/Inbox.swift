internal import Runtime

/// What callers hand to the client's thread. It bounds the calls under way and wakes the thread.
final class Inbox: Sendable {
    private struct State {
        var new: [Exchange] = []
        var underWay = 0
        var isClosing = false
        /// The library's handle is gone: nobody may wake it.
        var hasEnded = false
    }

    let multi: Multi
    private let most: Int
    private let state = Lock(State())

    init(multi: Multi, most: Int) {
        self.multi = multi
        self.most = most
    }

    var underWay: Int { state.withLock { $0.underWay } }

    func put(_ exchange: Exchange) throws(HTTPCallError) {
        let refusal: String? = state.withLock { state in
            guard !state.isClosing else { return "the client is closed" }
            guard state.underWay < most else { return "\(most) calls are under way" }
            state.underWay += 1
            state.new.append(exchange)
            // Under the lock, since the handle ends under it.
            multi.wake()
            return nil
        }
        if let refusal { throw HTTPCallError(.refused, refusal, mayHaveArrived: false) }
    }

    /// On the client's thread: what is new; nil when it shall end.
    func take() -> [Exchange]? {
        state.withLock { state in
            guard !state.isClosing else { return nil }
            defer { state.new = [] }
            return state.new
        }
    }

    /// On the client's thread, before the caller goes on: then a next call has room.
    func settle() { state.withLock { $0.underWay -= 1 } }

    func close() {
        state.withLock { state in
            state.isClosing = true
            if !state.hasEnded { multi.wake() }
        }
    }

    /// On the client's thread, when all transfers are over. Returns what was never begun.
    @discardableResult
    func end() -> [Exchange] {
        state.withLock { state in
            state.isClosing = true
            state.hasEnded = true
            multi.close()
            defer { state.new = [] }
            return state.new
        }
    }
}
