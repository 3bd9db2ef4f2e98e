internal import Synchronization

/// A number that only grows. Adding takes no lock and allocates nothing, from any thread; the compiler proves it.
public final class Counter: Sendable {
    private let count = Atomic<Int>(0)

    init() {}

    @_noLocks
    public func add(_ amount: Int = 1) {
        precondition(amount >= 0, "a counter never goes down")
        count.wrappingAdd(amount, ordering: .relaxed)
    }

    public var value: Int { count.load(ordering: .relaxed) }
}
