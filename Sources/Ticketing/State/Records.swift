/// A reservation as it lives in memory, and the booking that it may become.
struct Reservation: Keyed, Sendable {
    let id: ReservationId
    /// The show's position, which is its number less one.
    let show: Int32
    let terms: Int32
    /// In the show's buyers.
    let buyer: Slot
    var places: PlaceList
    let total: Int64
    let createdAt: Time
    /// When the hold ends, or ended.
    var endsAt: Time
    /// The newest attempt to pay; `none` before the first.
    var payment = Slot.none
    /// The waitlist entry that it was offered to, while that is known.
    var entry = Slot.none
    var status = ReservationStatus.held
    let isOffer: Bool
    var booking: Booking?

    var key: ReservationId { id }
    var position: Int { Int(show) }

    struct Booking: Sendable {
        var paidBy: Slot
        let policy: Int32
        let isMoved: Bool
        let at: Time
    }
}

struct Payment: Keyed, Sendable {
    var row: PaymentRow
    let reservation: Slot
    /// The sum of our refunds, done or not.
    var refunded: Int64 = 0
    /// How many those are.
    var refunds = 0
    /// Refunds that were made on the provider's own page.
    var reported: [Slot] = []
    var disputes: [Slot] = []

    /// Whether its provider has told more of it than that it was paid.
    var hasReports: Bool { !reported.isEmpty || !disputes.isEmpty }

    var key: PaymentId { row.id }
}

struct Refund: Keyed, Sendable {
    var row: RefundRow
    let payment: Slot
    var key: RefundId { row.id }
}

struct Dispute: Keyed, Sendable {
    var row: DisputeRow
    var key: DisputeKey { DisputeKey(payment: row.payment, reference: row.reference) }
}

/// A provider's name for a dispute is its own alone within a payment.
struct DisputeKey: Hashable, Comparable, Sendable {
    let payment: PaymentId
    let reference: Label

    static func < (left: DisputeKey, right: DisputeKey) -> Bool {
        left.payment == right.payment ? left.reference < right.reference : left.payment < right.payment
    }
}

struct Entry: Keyed, Sendable {
    var row: EntryRow
    /// In the show's buyers.
    let buyer: Slot
    var key: EntryId { row.id }
    var position: Int { row.show - 1 }
}

struct CheckedIn: Keyed, Sendable {
    let row: CheckInRow
    var key: TicketId { row.ticket }
}

struct Incident: Keyed, Sendable {
    var row: IncidentRow
    var key: PaymentId { row.payment }
}
