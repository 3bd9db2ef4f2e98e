internal import Runtime

/// What happens on other threads, on its way to the runner's own. Holds one outcome for each effect in hand at most,
/// and however many wake-ups as one.
final class EffectMailbox: Sendable {
    private struct State {
        var inputs: [EffectMachine.Input] = []
        var isWoken = false
        var mustEnd = false
        var waiter: Latch?
    }

    private let state = Lock(State())

    func post(_ input: EffectMachine.Input) {
        change { state in
            if case .woken = input {
                state.isWoken = true
            } else {
                state.inputs.append(input)
            }
        }
    }

    /// The thread is to end, whatever is still in hand.
    func end() { change { $0.mustEnd = true } }

    var mustEnd: Bool { state.withLock { $0.mustEnd } }

    /// All that is there; waits where there is nothing. For one thread.
    func next(within duration: Duration) -> [EffectMachine.Input] {
        let latch: Latch? = state.withLock { state in
            guard state.inputs.isEmpty, !state.isWoken, !state.mustEnd else { return nil }
            let latch = Latch()
            state.waiter = latch
            return latch
        }
        _ = latch?.wait(for: duration)
        return state.withLock { state in
            defer {
                state.inputs = []
                state.isWoken = false
                state.waiter = nil
            }
            return state.isWoken ? state.inputs + [.woken] : state.inputs
        }
    }

    private func change(_ body: (inout State) -> Void) {
        let waiter = state.withLock { state in
            body(&state)
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.open()
    }
}
