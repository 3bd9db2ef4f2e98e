internal import Synchronization

/// Counts observations by size, in buckets that are fixed when it is made. Observing takes no lock and allocates
/// nothing, from any thread: a search among the bounds and two additions.
public final class Histogram: @unchecked Sendable {
    // because: `bounds` is never written after `init`, and `counts` and `sum` are atomic

    /// What is observed, and how it is shown.
    enum Unit: Sendable {
        /// Nanoseconds, shown as seconds.
        case time
        case plain

        func shown(_ value: Int) -> Double { self == .time ? Double(value) / 1e9 : Double(value) }
    }

    let unit: Unit
    private let bounds: UnsafeMutablePointer<Int>
    private let boundCount: Int
    /// One counter for each bound, and one for what is above all of them.
    private let counts: UnsafeMutablePointer<Atomic<Int>>
    private let sum = Atomic<Int>(0)

    init(bounds: [Int], unit: Unit) {
        precondition(!bounds.isEmpty && bounds.count <= 64, "a histogram has 1 to 64 bounds")
        precondition(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }, "the bounds of a histogram grow")
        self.unit = unit
        self.bounds = .allocate(capacity: bounds.count)
        boundCount = bounds.count
        counts = .allocate(capacity: bounds.count + 1)
        for index in 0..<bounds.count { (self.bounds + index).initialize(to: bounds[index]) }
        for index in 0...bounds.count { (counts + index).initialize(to: Atomic(0)) }
    }

    deinit {
        counts.deinitialize(count: boundCount + 1)
        counts.deallocate()
        bounds.deallocate()
    }

    /// For a histogram of plain numbers, such as sizes.
    @_noLocks
    public func observe(_ value: Int) {
        let unit = unit
        precondition(unit == .plain, "this histogram takes durations")
        count(value)
    }

    /// For a histogram of durations.
    @_noLocks
    public func observe(nanoseconds: Int64) {
        let unit = unit
        precondition(unit == .time, "this histogram takes plain numbers")
        count(Int(nanoseconds))
    }

    /// For a histogram of durations.
    public func observe(_ duration: Duration) { observe(nanoseconds: duration.nanoseconds) }

    @_noLocks
    private func count(_ value: Int) {
        var index = 0
        let (bounds, boundCount) = (bounds, boundCount)
        while index < boundCount, value > bounds[index] { index += 1 }
        counts[index].wrappingAdd(1, ordering: .relaxed)
        sum.wrappingAdd(value, ordering: .relaxed)
    }

    /// The bounds, how many observations are at or below each, how many there are in all, and their sum.
    ///
    /// Taken while others observe, the sum may be an observation ahead or behind; the counts agree with each other.
    func snapshot() -> (bounds: [Int], cumulative: [Int], count: Int, sum: Int) {
        var cumulative: [Int] = []
        var total = 0
        for index in 0...boundCount {
            total += counts[index].load(ordering: .relaxed)
            if index < boundCount { cumulative.append(total) }
        }
        return ((0..<boundCount).map { bounds[$0] }, cumulative, total, sum.load(ordering: .relaxed))
    }

    public var count: Int { snapshot().count }
}
