internal import Runtime

/// Whether a client is still there, as far as its connection tells. One for each connection.
final class Presence: Sendable {
    private struct State {
        var isGone = false
        var callback: (@Sendable () -> Void)?
    }

    private let state = Lock(State())

    var isGone: Bool { state.withLock { $0.isGone } }

    /// Calls `callback` once the client is gone: at once if it is.
    func whenGone(_ callback: @escaping @Sendable () -> Void) {
        let isGone = state.withLock { state in
            if !state.isGone { state.callback = callback }
            return state.isGone
        }
        if isGone { callback() }
    }

    /// The request is finished: whoever asked to be told no longer cares.
    func forget() {
        let callback = state.withLock { $0.callback.take() }
        _ = consume callback
    }

    func markGone() {
        let callback = state.withLock { state in
            state.isGone = true
            return state.callback.take()
        }
        callback?()
    }
}
