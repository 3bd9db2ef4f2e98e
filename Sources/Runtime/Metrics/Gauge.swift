internal import Synchronization

/// A number that goes up and down. Changing it takes no lock and allocates nothing, from any thread.
public final class Gauge: Sendable {
    private let current = Atomic<Int>(0)

    init() {}

    @_noLocks
    public func set(_ value: Int) { current.store(value, ordering: .relaxed) }

    @_noLocks
    public func add(_ amount: Int = 1) { current.wrappingAdd(amount, ordering: .relaxed) }

    @_noLocks
    public func subtract(_ amount: Int = 1) { current.wrappingSubtract(amount, ordering: .relaxed) }

    public var value: Int { current.load(ordering: .relaxed) }
}
