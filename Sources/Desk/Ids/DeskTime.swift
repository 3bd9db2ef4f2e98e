/// A point of time: microseconds since 1970-01-01T00:00:00Z. It comes from outside, with each command.
public struct DeskTime: Hashable, Comparable, Sendable {
    public let microseconds: Int64

    @inlinable
    public init(microseconds: Int64) { self.microseconds = microseconds }

    @inlinable
    public static func < (left: DeskTime, right: DeskTime) -> Bool { left.microseconds < right.microseconds }

    static let perSecond: Int64 = 1_000_000
    static let perMinute: Int64 = 60_000_000

    /// When a minute, counted since 1970, begins.
    init(minute: Int) { self.init(microseconds: Int64(minute) * Self.perMinute) }

    /// The minute that it lies in.
    var minute: Int {
        let whole = microseconds / Self.perMinute
        return Int(microseconds % Self.perMinute < 0 ? whole - 1 : whole)
    }

    /// The first minute that begins no earlier.
    var nextMinute: Int { microseconds % Self.perMinute == 0 ? minute : minute + 1 }

    /// The settings' bounds keep the sum far from an overflow, and `DeskBounds.latest` the time.
    func adding(seconds: Int) -> DeskTime { DeskTime(microseconds: microseconds + Int64(seconds) * Self.perSecond) }
    func adding(minutes: Int) -> DeskTime { DeskTime(microseconds: microseconds + Int64(minutes) * Self.perMinute) }
}
