/// A point of time: microseconds since 1970-01-01T00:00:00Z. It comes from outside, with each command.
public struct Time: Hashable, Comparable, Sendable {
    public let microseconds: Int64

    @inlinable
    public init(microseconds: Int64) { self.microseconds = microseconds }

    @inlinable
    public static func < (left: Time, right: Time) -> Bool { left.microseconds < right.microseconds }

    public static let never = Time(microseconds: .max)
    static let always = Time(microseconds: .min)

    /// Stops at the end of time instead of trapping: the seconds may be a stranger's.
    @inlinable
    public static func + (time: Time, seconds: Seconds) -> Time {
        let (span, tooLong) = seconds.count.multipliedReportingOverflow(by: 1_000_000)
        let (sum, tooLate) = time.microseconds.addingReportingOverflow(span)
        return tooLong || tooLate ? .never : Time(microseconds: sum)
    }
}

/// A length of time in whole seconds.
public struct Seconds: Hashable, Comparable, Sendable, ExpressibleByIntegerLiteral {
    public let count: Int64

    @inlinable
    public init(_ count: Int64) { self.count = count }

    @inlinable
    public init(integerLiteral count: Int64) { self.count = count }

    @inlinable
    public static func < (left: Seconds, right: Seconds) -> Bool { left.count < right.count }

    @inlinable
    public static func * (seconds: Seconds, factor: Int64) -> Seconds { Seconds(seconds.count &* factor) }
}
