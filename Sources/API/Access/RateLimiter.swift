public import Runtime

/// Each key's requests a second: a bucket that holds one second's worth, and fills evenly.
public final class RateLimiter: Sendable {
    /// What is left, for the headers that tell.
    public struct Standing: Hashable, Sendable {
        public let limit: Int
        public let remaining: Int
        /// Seconds until there is room for a request; 0 where there is.
        public let retryAfter: Int
        public var isAllowed: Bool { retryAfter == 0 }

        public init(limit: Int, remaining: Int, retryAfter: Int) {
            self.limit = limit
            self.remaining = remaining
            self.retryAfter = retryAfter
        }
    }

    private struct Bucket {
        /// Millionths of a request.
        var level: Int64
        var at: MonotonicTime
    }

    private struct State {
        var buckets: [String: Bucket] = [:]
        var share = 1
    }

    private let state = Lock(State())
    private let time: any TimeSource
    private static let most = 100_000

    public init(time: any TimeSource = SystemTime()) { self.time = time }

    /// How many processes the limits are shared out to.
    public func share(among processes: Int) {
        state.withLock { $0.share = max(1, processes) }
    }

    /// - Parameter count: requests that are made at once, such as the lines of one body.
    public func take(_ count: Int = 1, from keyId: String, limit: Int) -> Standing {
        let now = time.monotonic
        return state.withLock { state in
            let perSecond = max(1, limit / state.share)
            let full = Int64(perSecond) * 1_000_000
            if state.buckets.count >= Self.most { state.buckets = [:] }
            var bucket = state.buckets[keyId] ?? Bucket(level: full, at: now)
            let elapsed = min(max(0, (now - bucket.at).microseconds), 3_600_000_000)
            bucket.level = min(full, bucket.level + elapsed * Int64(perSecond))
            bucket.at = now
            // What is larger than the bucket is let through a full one, and paid for afterwards.
            let needed = min(Int64(count) * 1_000_000, full)
            let isAllowed = bucket.level >= needed
            if isAllowed { bucket.level -= Int64(count) * 1_000_000 }
            state.buckets[keyId] = bucket
            let missing = max(0, needed - bucket.level)
            let wait = isAllowed ? 0 : max(1, Int((missing + full - 1) / full))
            return Standing(limit: perSecond, remaining: max(0, Int(bucket.level / 1_000_000)), retryAfter: wait)
        }
    }
}
