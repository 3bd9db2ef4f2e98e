internal import Synchronization

/// `SeededRandom` for several threads at once.
final class SharedRandom: Sendable {
    private let state: Atomic<UInt64>

    init(seed: UInt64) {
        state = Atomic(seed)
    }

    func next() -> UInt64 {
        SeededRandom.mix(state.wrappingAdd(SeededRandom.step, ordering: .relaxed).newValue)
    }
}
