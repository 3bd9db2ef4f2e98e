/// How long to wait before the next attempt: twice as long after each failure, up to a limit, with a random part so
/// that
/// many clients do not come back at once. Pure.
public struct Backoff: Sendable {
    public let first: Duration
    public let limit: Duration
    /// The part of each wait that is random, from 0 to 1.
    public let jitter: Double
    private var failures = 0

    public init(first: Duration = .milliseconds(100), limit: Duration = .seconds(5), jitter: Double = 0.5) {
        precondition(first > .zero && limit >= first, "the first wait must be above zero and not above the limit")
        precondition((0...1).contains(jitter), "the jitter must be from 0 to 1")
        self.first = first
        self.limit = limit
        self.jitter = jitter
    }

    /// The wait after another failure.
    public mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        var wait = first
        for _ in 0..<failures where wait < limit { wait *= 2 }
        wait = min(wait, limit)
        failures += 1
        guard jitter > 0 else { return wait }
        return wait * Double.random(in: (1 - jitter)...1, using: &generator)
    }

    /// It has worked: the next failure is a first one again.
    public mutating func reset() { failures = 0 }
}
