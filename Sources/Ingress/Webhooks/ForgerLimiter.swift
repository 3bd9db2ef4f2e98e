internal import Runtime

/// Whoever sends what is not signed as it should be, over and over, is not listened to for a while: each such message
/// costs a look at all of it. Whoever has signed something wrong once in a while is.
final class ForgerLimiter: Sendable {
    private struct State {
        var forgers: [String: (count: Int, since: MonotonicTime)] = [:]
    }

    private let state = Lock(State())
    private static let window = Duration.seconds(10)
    private static let most = 20
    private static let mostKnown = 10_000

    func note(_ address: String, at now: MonotonicTime) {
        state.withLock { state in
            if state.forgers.count >= Self.mostKnown, state.forgers[address] == nil {
                state.forgers = state.forgers.filter { now - $0.value.since < Self.window }
                // A flood from everywhere is the gateway's business.
                if state.forgers.count >= Self.mostKnown { state.forgers = [:] }
            }
            let known = state.forgers[address]
            if let known, now - known.since < Self.window {
                state.forgers[address] = (known.count + 1, known.since)
            } else {
                state.forgers[address] = (1, now)
            }
        }
    }

    /// - Returns: after how many seconds it may send again; nil for who may.
    func pause(of address: String, at now: MonotonicTime) -> Int? {
        state.withLock { state in
            guard let known = state.forgers[address], known.count >= Self.most else { return nil }
            let left = Self.window - (now - known.since)
            return left > .zero ? Int(left.components.seconds) + 1 : nil
        }
    }
}
