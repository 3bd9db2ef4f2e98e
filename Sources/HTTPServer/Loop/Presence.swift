internal import Runtime

/// Whether a client is still there, as far as its connection tells. One for each connection, whose requests ask it one
/// after the other: each by its generation, so that one that is over learns nothing of what comes after it.
final class Presence: Sendable {
    private struct State {
        /// Of the request in hand.
        var generation: UInt64 = 0
        /// The request during which the client went, or the one that it never sent.
        var goneIn: UInt64?
        /// The request in hand wants to be told.
        var callback: (@Sendable () -> Void)?

        func isGone(for generation: UInt64) -> Bool { goneIn.map { $0 <= generation } ?? false }
    }

    private let state = Lock(State())

    /// Whether the client went before this request was finished.
    func isGone(for generation: UInt64) -> Bool { state.withLock { $0.isGone(for: generation) } }

    /// Calls `callback` once the client is gone: at once if it is, never if the request is finished.
    func whenGone(for generation: UInt64, _ callback: @escaping @Sendable () -> Void) {
        let isGone = state.withLock { state in
            let isGone = state.isGone(for: generation)
            if !isGone, state.generation == generation { state.callback = callback }
            return isGone
        }
        if isGone { callback() }
    }

    /// The request is finished, and `generation` is the next one: whoever asked to be told no longer cares.
    func next(_ generation: UInt64) {
        let callback = state.withLock { state in
            state.generation = generation
            return state.callback.take()
        }
        _ = consume callback
    }

    func markGone() {
        let callback = state.withLock { state in
            state.goneIn = state.goneIn ?? state.generation
            return state.callback.take()
        }
        callback?()
    }
}
