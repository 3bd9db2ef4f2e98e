/// What a command, or something that fell due, came to.
public enum Outcome: Hashable, Sendable {
    case refused(Refusal)

    case eventCreated(EventId, shows: Int)
    case eventChanged
    case eventCancelled(Cancellation)
    case showAdded(ShowNumber)
    case showCancelled(ShowNumber, Cancellation)
    case blocked(ShowNumber, PlaceList)
    case unblocked(ShowNumber, PlaceList)

    /// Indirect, since an outcome is handed on more often than it is read.
    indirect case reserved(Reserved)
    case extended(ReservationId, endsAt: Time)
    case released(ReservationId, ReservationStatus)

    case joined(EntryId, position: Int)
    case left(EntryId, EntryStatus)

    indirect case checkedOut(CheckedOut)
    indirect case paid(PaymentId, PaymentStep)
    case bookingCancelled(BookingId, refund: RefundId?, Money)
    case refunded(BookingId, RefundId?, Money)
    case refundSettled(RefundId, RefundStatus)
    case admitted(TicketId, at: Time, gate: Label)

    // What falls due.
    case holdEnded(ReservationId, entry: EntryId?)
    indirect case offered(Offer)
    indirect case entryEnded(EntryId, EntryStatus, EntryEnd)
    case gatheringEnded(EntryId)
    indirect case unwound(Unwound)
}

/// Places that are somebody's for a while.
public struct Reserved: Hashable, Sendable {
    public let reservation: ReservationId
    public let show: ShowNumber
    public let buyer: Label
    public let seats: Seats
    public let total: Int64
    public let endsAt: Time
}

public struct CheckedOut: Hashable, Sendable {
    public let payment: PaymentId
    public let status: PaymentStatus
    public let provider: Label
    public let total: Money
    public let endsAt: Time
    /// Where nothing had to be paid.
    public let booking: BookingId?
}

/// What a provider's message changed.
public enum PaymentStep: Hashable, Sendable {
    case pending
    case booked(BookingId, seats: Seats, late: Late?)
    /// The hold can be paid in another way until it ends.
    case failed(reason: Label)
    case cancelled
    /// No refund where the provider has given it all back already, or taken it back.
    case refunded(RefundId?, RefundReason)
    /// Two payments of one reservation succeeded: the booking goes by the earlier attempt, the other is given back.
    case replaced(PaymentId, RefundId?)
    /// What is known of a dispute now.
    case disputed(DisputeStatus)
    /// A refund was made on the provider's own page.
    case refundReported(RefundId)
    /// The same for a payment of which the provider has told disputes or refunds: what it is now, and the booking that
    /// ended with it.
    indirect case told(PaymentStatus, ended: BookingId?, PaymentStep)
    /// Nobody knows this payment: a person has to look.
    case incident
    /// The message said nothing new.
    case unchanged(PaymentStatus)

    public enum Late: Hashable, Sendable {
        case samePlaces
        case equivalentPlaces
    }
}

/// The end of sales of an event or show: what is still to be unwound.
public struct Cancellation: Hashable, Sendable {
    public let bookings: Int
    public let refunds: Money
}

public struct Offer: Hashable, Sendable {
    public let entry: EntryId
    public let reserved: Reserved
    /// Who stood before and whose party did not fit, in line order.
    public let passedOver: [PassOver]
}

/// Somebody's party did not fit, and another's did.
public struct PassOver: Hashable, Sendable {
    public let entry: EntryId
    public let quantity: Int
    /// How many places there were.
    public let free: Int
    /// How often it has happened to this entry now.
    public let count: Int
    /// Set where it may not happen again: until then places gather for this entry.
    public let gatherUntil: Time?
}

/// Why an entry's wait is over.
public enum EntryEnd: Hashable, Sendable {
    /// Its buyer has so many places by now that the limit forbids the offer.
    case buyerLimit(limit: Int, has: Int)
    case salesEnded
    case showCancelled
}

/// A step of undoing a cancelled show.
public struct Unwound: Hashable, Sendable {
    public let show: ShowNumber
    public let entries: [EntryId]
    public let holds: [ReservationId]
    public let bookings: [BookingId]
    public let refunded: Money
    public let isLast: Bool
}
