internal import Runtime

/// Who waited for a tier at a moment, in their order. Pure.
///
/// Whoever joins comes last, and the others only go: nobody's place is worse than this says.
struct WaitingLine: Sendable {
    /// What orders them, ascending.
    private(set) var orders: [Int64]
    private let readAt: MonotonicTime
    /// What it took to read all of it.
    private let cost: Duration

    /// A shorter one costs next to nothing to read again.
    static let long = 1_000
    /// Reading a long line takes a tenth of a processor at most, and none is older than this.
    private static let oldest = Duration.seconds(1)

    init(_ orders: [Int64], at readAt: MonotonicTime, cost: Duration) {
        self.orders = orders
        self.readAt = readAt
        self.cost = cost
    }

    func isFresh(at now: MonotonicTime) -> Bool {
        orders.count >= Self.long && now - readAt < min(Self.oldest, cost * 10)
    }

    /// Those who have joined since.
    mutating func append(_ newer: [Int64]) { orders += newer }

    /// 1 for whoever is next.
    func place(of order: Int64) -> Int {
        var low = 0
        var high = orders.count
        while low < high {
            let middle = (low + high) / 2
            if orders[middle] < order { low = middle + 1 } else { high = middle }
        }
        return low + 1
    }
}
