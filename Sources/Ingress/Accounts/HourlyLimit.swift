internal import Runtime

/// So much an hour for each address: a bucket that holds an hour's worth, and fills evenly. Pure.
struct HourlyLimit {
    private struct Bucket {
        /// Millionths of one.
        var level: Int64
        var at: MonotonicTime
    }

    private let perHour: Int64
    private let most: Int
    private var buckets: [String: Bucket] = [:]

    private static let one: Int64 = 1_000_000
    private static let hour: Int64 = 3_600_000_000

    init(_ perHour: Int, most: Int = 50_000) {
        precondition(perHour > 0, "a limit lets something through")
        self.perHour = Int64(perHour)
        self.most = most
    }

    var count: Int { buckets.count }

    /// Whether there is nothing to take.
    func isEmpty(for address: String, at now: MonotonicTime) -> Bool {
        buckets[address].map { refilled($0, now) < Self.one } ?? false
    }

    /// Takes one.
    ///
    /// - Returns: nil, or after how many seconds there is another one.
    mutating func take(from address: String, at now: MonotonicTime) -> Int? {
        if buckets.count >= most, buckets[address] == nil {
            buckets = buckets.filter { refilled($0.value, now) < perHour * Self.one }
            // A flood from everywhere is the gateway's business.
            if buckets.count >= most { buckets = [:] }
        }
        var level = buckets[address].map { refilled($0, now) } ?? perHour * Self.one
        let isAllowed = level >= Self.one
        if isAllowed { level -= Self.one }
        buckets[address] = Bucket(level: level, at: now)
        guard !isAllowed else { return nil }
        // Microseconds to a full one, rounded up to seconds.
        let wait = (Self.one - level) * (Self.hour / Self.one) / perHour
        return max(1, Int((wait + 999_999) / 1_000_000))
    }

    /// What there is by now.
    private func refilled(_ bucket: Bucket, _ now: MonotonicTime) -> Int64 {
        let elapsed = min(max(0, (now - bucket.at).microseconds), Self.hour)
        return min(perHour * Self.one, bucket.level + elapsed * perHour / (Self.hour / Self.one))
    }
}
