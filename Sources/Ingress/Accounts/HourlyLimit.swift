internal import Runtime

/// So much an hour for each address: a bucket that holds an hour's worth, and fills evenly. Pure.
struct HourlyLimit {
    private struct Bucket {
        /// In parts of one, of which it gets `perHour` each microsecond.
        var level: Int64
        var at: MonotonicTime
    }

    private let perHour: Int64
    private let most: Int
    private var buckets: [String: Bucket] = [:]

    /// As many parts as an hour has microseconds.
    private static let one: Int64 = 3_600_000_000

    init(_ perHour: Int, most: Int = 50_000) {
        precondition(perHour > 0, "a limit lets something through")
        self.perHour = Int64(perHour)
        self.most = most
    }

    var count: Int { buckets.count }

    /// After how many seconds there is something to take; nil where there is.
    func wait(of address: String, at now: MonotonicTime) -> Int? {
        buckets[address].flatMap { wait(refilled($0, now)) }
    }

    private func wait(_ level: Int64) -> Int? {
        guard level < Self.one else { return nil }
        let microseconds = (Self.one - level + perHour - 1) / perHour
        return max(1, Int((microseconds + 999_999) / 1_000_000))
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
        let wait = wait(level)
        if wait == nil { level -= Self.one }
        buckets[address] = Bucket(level: level, at: now)
        return wait
    }

    /// What there is by now.
    private func refilled(_ bucket: Bucket, _ now: MonotonicTime) -> Int64 {
        let elapsed = min(max(0, (now - bucket.at).microseconds), Self.one)
        return min(perHour * Self.one, bucket.level + elapsed * perHour)
    }
}
