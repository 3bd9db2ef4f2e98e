public import Ticketing

/// Where a key is decided, and where a time is kept. Outside producers work it out in the same way.
public enum Keys {
    /// The partition of an event that no route sends elsewhere: `mix(high ^ mix(low)) mod partitions`, where the halves
    /// are those of the id's 16 bytes, first byte first, and `mix` is the finaliser of SplitMix64.
    public static func partition(of event: EventId, among partitions: Int) -> Int {
        Int(mix(event.high ^ mix(event.low)) % UInt64(partitions))
    }

    /// The partition of a tenant's desk, by the same rule.
    public static func partition(of tenant: TenantId, among partitions: Int) -> Int {
        partition(of: EventId(high: tenant.high, low: tenant.low), among: partitions)
    }

    /// The week of the journal that a time belongs to: whole weeks since Monday, 1969-12-29, in UTC.
    public static func week(of time: Time) -> Int {
        let (days, rest) = time.microseconds.quotientAndRemainder(dividingBy: 86_400_000_000)
        let day = rest < 0 ? days - 1 : days
        let (weeks, left) = (day + 3).quotientAndRemainder(dividingBy: 7)
        return Int(left < 0 ? weeks - 1 : weeks)
    }

    package static func mix(_ value: UInt64) -> UInt64 {
        var value = value &+ 0x9E37_79B9_7F4A_7C15
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
