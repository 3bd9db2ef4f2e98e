/// An id that a decision made: the command that it was made by, and a number within it.
public struct MintedId<Kind>: Hashable, Sendable, Comparable {
    public let command: CommandId
    public let index: UInt32

    @inlinable
    public init(command: CommandId, index: UInt32) {
        self.command = command
        self.index = index
    }

    @inlinable
    public static func == (left: Self, right: Self) -> Bool {
        left.command == right.command && left.index == right.index
    }

    @inlinable
    public static func < (left: Self, right: Self) -> Bool {
        left.command == right.command ? left.index < right.index : left.command < right.command
    }

    @inlinable
    public func hash(into hasher: inout Hasher) {
        hasher.combine(command)
        hasher.combine(index)
    }
}

public typealias ReservationId = MintedId<Kinds.Reservation>
public typealias BookingId = MintedId<Kinds.Booking>
public typealias TicketId = MintedId<Kinds.Ticket>
public typealias PaymentId = MintedId<Kinds.Payment>
public typealias RefundId = MintedId<Kinds.Refund>
public typealias EntryId = MintedId<Kinds.Entry>

// A booking takes its id from its reservation, not from the message that completed it: payment messages come in any
// order and any number, and each order has to end in the same booking with the same tickets.

extension BookingId {
    /// A reservation becomes at most one booking.
    public init(_ reservation: ReservationId) { self.init(command: reservation.command, index: reservation.index) }
}

extension ReservationId {
    public init(_ booking: BookingId) { self.init(command: booking.command, index: booking.index) }
}

extension TicketId {
    /// The ticket for the `position`th place of a booking, counted from 0.
    public init(_ booking: BookingId, at position: Int) {
        self.init(command: booking.command, index: booking.index &<< 8 | UInt32(truncatingIfNeeded: position & 0xFF))
    }

    /// The booking that this would be a ticket of, and the position of its place.
    var origin: (booking: BookingId, position: Int) {
        (BookingId(command: command, index: index &>> 8), Int(index & 0xFF))
    }
}

extension RefundId {
    /// The `number`th refund of a payment, counted from 0.
    public init(_ payment: PaymentId, number: Int) {
        self.init(command: payment.command, index: payment.index &<< 8 | UInt32(truncatingIfNeeded: number & 0xFF))
    }
}
