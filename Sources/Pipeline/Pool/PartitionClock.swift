package import Runtime
package import Ticketing

/// A partition's time: the database's clock at the claim plus the monotonic clock since.
package struct PartitionClock {
    private var start = Time(microseconds: 0)
    private var base = MonotonicTime(nanoseconds: 0)

    package init() {}

    package mutating func set(_ time: Time, at now: MonotonicTime) {
        start = time
        base = now
    }

    package func time(at now: MonotonicTime) -> Time { start.advanced(by: now - base) }

    /// When it will be that time.
    package func moment(of time: Time) -> MonotonicTime {
        // A microsecond is not enough to be late for anybody, and too early would be in vain.
        let (ahead, overflow) = time.microseconds.subtractingReportingOverflow(start.microseconds)
        guard !overflow, ahead < Int64.max / 2_000 else { return MonotonicTime(nanoseconds: .max) }
        return base + .nanoseconds(ahead * 1_000)
    }
}

extension Time {
    package func advanced(by duration: Duration) -> Time { Time(microseconds: microseconds + duration.microseconds) }
}
