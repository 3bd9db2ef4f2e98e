/// How long to wait before the next attempt: twice as long after each failure, up to a limit, with a random part so
/// that many clients do not come back at once. Pure.
public struct Backoff: Sendable {
    public let first: Duration
    public let limit: Duration
    /// The part of each wait that is random, from 0 to 1.
    public let jitter: Double
    /// The next wait, without its random part.
    private var upcoming: Duration

    public init(first: Duration = .milliseconds(100), limit: Duration = .seconds(5), jitter: Double = 0.5) {
        precondition(first > .zero && limit >= first, "the first wait must be above zero and not above the limit")
        precondition((0...1).contains(jitter), "the jitter must be from 0 to 1")
        self.first = first
        self.limit = limit
        self.jitter = jitter
        upcoming = first
    }

    /// The wait after another failure.
    public mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        let wait = upcoming
        upcoming = wait < limit / 2 ? wait * 2 : limit
        guard jitter > 0 else { return wait }
        return wait * Double.random(in: (1 - jitter)...1, using: &generator)
    }

    /// It has worked: the next failure is a first one again.
    public mutating func reset() { upcoming = first }
}
