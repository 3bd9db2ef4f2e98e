internal import Runtime

/// What is under way to the receiver, and what has come of it and is not written down. Pure.
struct OutboxBook {
    /// Deliveries at once at most.
    let bound: Int

    private var underWay: Set<Int64> = []
    private var results: [DeliveryResult] = []

    init(bound: Int) {
        precondition(bound > 0)
        self.bound = bound
    }

    /// How many more may be sent.
    var room: Int { bound - underWay.count }
    /// Under way, or done and not written down: not to be sent again.
    var busy: [Int64] { underWay.sorted() }
    var unwritten: [DeliveryResult] { results }

    /// What of it is to be sent.
    mutating func begin(_ due: [Delivery]) -> [Delivery] {
        due.filter { room > 0 && underWay.insert($0.id).inserted }
    }

    mutating func ended(_ result: DeliveryResult) {
        precondition(underWay.contains(result.id), "what is not under way has ended")
        results.append(result)
    }

    /// The first of the results are in the database.
    mutating func wrote(_ count: Int) {
        for result in results.prefix(count) { underWay.remove(result.id) }
        results.removeFirst(count)
    }
}

/// When a message is sent again.
struct RetryPace: Hashable, Sendable {
    var first: Duration
    var most: Duration

    /// - Parameter attempts: that were made, this one included.
    func pause(after attempts: Int) -> Duration {
        let doublings = min(max(attempts - 1, 0), 30)
        return min(first * (1 << doublings), max(first, most))
    }

    /// Between two copies of a message.
    static let copies = Duration.milliseconds(100)
}
