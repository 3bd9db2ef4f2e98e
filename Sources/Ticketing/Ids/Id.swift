/// An id of 16 bytes that comes from outside; `Kind` keeps a tenant's from being taken for an event's.
public struct Id<Kind>: Hashable, Sendable, Comparable {
    public let high: UInt64
    public let low: UInt64

    @inlinable
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    @inlinable
    public static func == (left: Self, right: Self) -> Bool { left.low == right.low && left.high == right.high }

    /// Any total order does. The low half comes first because it is the random one, whatever the id's version.
    @inlinable
    public static func < (left: Self, right: Self) -> Bool {
        left.low == right.low ? left.high < right.high : left.low < right.low
    }

    @inlinable
    public func hash(into hasher: inout Hasher) {
        hasher.combine(high)
        hasher.combine(low)
    }
}

/// What an id names. Never made: they only tell ids apart.
public enum Kinds {
    public enum Command: Sendable {}
    public enum Tenant: Sendable {}
    public enum Event: Sendable {}
    public enum Reservation: Sendable {}
    public enum Booking: Sendable {}
    public enum Ticket: Sendable {}
    public enum Payment: Sendable {}
    public enum Refund: Sendable {}
    public enum Entry: Sendable {}
}

public typealias CommandId = Id<Kinds.Command>
public typealias TenantId = Id<Kinds.Tenant>
public typealias EventId = Id<Kinds.Event>

/// A show's number within its event: 1, 2, 3 …
public typealias ShowNumber = Int

extension CommandId {
    /// The id of the `offset`th decision that falls due in a batch whose own id this is.
    func advanced(by offset: UInt64) -> CommandId { CommandId(high: high, low: low &+ offset) }
}
