internal import Synchronization

/// How many may follow shows at the same time.
final class Seats: Sendable {
    private let taken = Atomic<Int>(0)
    private let bound: Int

    init(bound: Int) { self.bound = bound }

    var count: Int { taken.load(ordering: .relaxed) }

    /// nil when all are taken.
    func take() -> Seat? {
        let count = taken.wrappingAdd(1, ordering: .relaxed).newValue
        // Also of one that is turned away.
        let seat = Seat { self.taken.wrappingSubtract(1, ordering: .relaxed) }
        return count <= bound ? seat : nil
    }
}
