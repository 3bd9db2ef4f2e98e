internal import Runtime

/// Where the thread of a connection hands it over to whoever opens it, unless that one has given up by then. The
/// two decide it under one lock: a connection has an owner, or its thread knows that it has none.
final class OpeningHandover: Sendable {
    private enum State {
        case waiting
        /// With the largest frame that both sides agreed on.
        case decided(Result<Int, RabbitMQError>)
        case givenUp
    }

    private let state = Lock(State.waiting)
    private let decided = Latch()

    /// Once, from the connection's thread.
    ///
    /// - Returns: whether somebody still wants the connection.
    func decide(_ result: Result<Int, RabbitMQError>) -> Bool {
        let isWanted = state.withLock { state in
            guard case .waiting = state else { return false }
            state = .decided(result)
            return true
        }
        decided.open()
        return isWanted
    }

    /// - Returns: nil when the time is over: then nobody wants the connection any more.
    func wait(for duration: Duration) -> Result<Int, RabbitMQError>? {
        _ = decided.wait(for: duration)
        return state.withLock { state in
            if case .decided(let result) = state { return result }
            state = .givenUp
            return nil
        }
    }

    var result: Result<Int, RabbitMQError>? {
        state.withLock { if case .decided(let result) = $0 { result } else { nil } }
    }
}
