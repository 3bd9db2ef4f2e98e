// Public types have other names than the seats line's: a file that drives both rule books imports both.

/// An id of 16 bytes that comes from outside; `Kind` keeps a tenant's from being taken for a command's.
public struct DeskId<Kind>: Hashable, Sendable, Comparable {
    public let high: UInt64
    public let low: UInt64

    @inlinable
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Any total order does. The low half comes first because it is the random one, whatever the id's version.
    @inlinable
    public static func < (left: Self, right: Self) -> Bool {
        left.low == right.low ? left.high < right.high : left.low < right.low
    }
}

/// An id that a decision made: the command that it was made by, and a number within it.
public struct DeskMintedId<Kind>: Hashable, Sendable, Comparable {
    public let command: DeskCommandId
    public let index: UInt32

    @inlinable
    public init(command: DeskCommandId, index: UInt32) {
        self.command = command
        self.index = index
    }

    @inlinable
    public static func < (left: Self, right: Self) -> Bool {
        left.command == right.command ? left.index < right.index : left.command < right.command
    }
}

/// What an id names. Never made: they only tell ids apart.
public enum DeskKinds {
    public enum Command: Sendable {}
    public enum Tenant: Sendable {}
    public enum Ticket: Sendable {}
    public enum Slot: Sendable {}
}

public typealias DeskCommandId = DeskId<DeskKinds.Command>
public typealias DeskTenantId = DeskId<DeskKinds.Tenant>
public typealias DeskTicketId = DeskMintedId<DeskKinds.Ticket>
public typealias DeskSlotId = DeskMintedId<DeskKinds.Slot>

extension DeskCommandId {
    /// The id of the `offset`th decision that falls due in a batch whose own id this is.
    func advanced(by offset: UInt64) -> DeskCommandId { DeskCommandId(high: high, low: low &+ offset) }
}

// A slot becomes at most one ticket, which takes its id from it: whoever allocates twice gets the same ticket.

extension DeskTicketId {
    public init(_ slot: DeskSlotId) { self.init(command: slot.command, index: slot.index) }
}

extension DeskSlotId {
    public init(_ ticket: DeskTicketId) { self.init(command: ticket.command, index: ticket.index) }
}
