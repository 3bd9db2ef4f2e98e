internal import Glibc

/// A point of wall-clock time: microseconds since 1970-01-01T00:00:00Z.
public struct Timestamp: Sendable, Hashable, Comparable {
    public var microseconds: Int64

    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }

    public static func + (time: Timestamp, duration: Duration) -> Timestamp {
        Timestamp(microseconds: time.microseconds.addingSaturated(duration.microseconds))
    }

    public static func - (later: Timestamp, earlier: Timestamp) -> Duration {
        .microseconds(later.microseconds - earlier.microseconds)
    }
}

/// A point on a clock that never steps: nanoseconds since the machine was booted, time asleep included.
public struct MonotonicTime: Sendable, Hashable, Comparable {
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    public static func < (left: MonotonicTime, right: MonotonicTime) -> Bool { left.nanoseconds < right.nanoseconds }

    public static func + (time: MonotonicTime, duration: Duration) -> MonotonicTime {
        MonotonicTime(nanoseconds: time.nanoseconds.addingSaturated(duration.nanoseconds))
    }

    public static func - (later: MonotonicTime, earlier: MonotonicTime) -> Duration {
        .nanoseconds(later.nanoseconds - earlier.nanoseconds)
    }
}

/// Where a component gets the time from, so that tests and the simulator can give it another.
public protocol TimeSource: Sendable {
    var wall: Timestamp { get }
    var monotonic: MonotonicTime { get }
}

/// The machine's clocks: `CLOCK_REALTIME` and `CLOCK_BOOTTIME`.
public struct SystemTime: TimeSource {
    public init() {}

    public var wall: Timestamp {
        Timestamp(microseconds: Self.nanoseconds(of: CLOCK_REALTIME) / 1000)
    }

    public var monotonic: MonotonicTime {
        MonotonicTime(nanoseconds: Self.nanoseconds(of: CLOCK_BOOTTIME))
    }

    private static func nanoseconds(of clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// Time that moves only when it is told to.
public final class ManualTime: TimeSource {
    private let now: Lock<(wall: Timestamp, monotonic: MonotonicTime)>

    public init(
        wall: Timestamp = Timestamp(microseconds: 0), monotonic: MonotonicTime = MonotonicTime(nanoseconds: 0)
    ) {
        now = Lock((wall, monotonic))
    }

    public var wall: Timestamp { now.withLock { $0.wall } }
    public var monotonic: MonotonicTime { now.withLock { $0.monotonic } }

    /// Moves both clocks on, as time does.
    public func advance(by duration: Duration) {
        now.withLock { now in
            now.wall = now.wall + duration
            now.monotonic = now.monotonic + duration
        }
    }

    /// Sets the wall clock alone, as an operator or a time server does.
    public func stepWall(to wall: Timestamp) {
        now.withLock { $0.wall = wall }
    }
}

extension Duration {
    /// The whole microseconds of this duration; what does not fit (292,000 years) is cut off, so that "for ever" is
    /// safe.
    public var microseconds: Int64 { scaled(by: 1_000_000) }

    /// The whole nanoseconds of this duration; what does not fit (292 years) is cut off, so that "for ever" is safe.
    public var nanoseconds: Int64 { scaled(by: 1_000_000_000) }

    private func scaled(by perSecond: Int64) -> Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: perSecond)
        if overflow { return seconds < 0 ? .min : .max }
        return whole.addingSaturated(attoseconds / (1_000_000_000_000_000_000 / perSecond))
    }
}

extension Int64 {
    fileprivate func addingSaturated(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }
}
