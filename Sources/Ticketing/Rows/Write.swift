/// Changes of rows; the large and rare ones are indirect, so that the others stay small. Those that replace a row
/// carry it whole; a place changes hands only if it is in the hands named.
public enum Write: Hashable, Sendable {
    indirect case insertEvent(EventRow)
    indirect case updateEvent(EventRow)
    case insertTerms(TermsRow)
    indirect case insertShow(ShowRow)
    indirect case updateShow(ShowRow)

    case insertClaims(Claims)
    /// Each row must exist with exactly this holder and kind.
    case deleteClaims(Claims)
    case changeClaims(Claims, to: ClaimKind)

    case insertReservation(ReservationRow)
    case updateReservation(ReservationRow)
    indirect case insertBooking(BookingRow)
    indirect case updateBooking(BookingRow)
    case insertTickets(Tickets)
    case endTickets(Tickets)
    /// Tickets that had ended are valid again.
    case renewTickets(Tickets)
    indirect case insertPayment(PaymentRow)
    indirect case updatePayment(PaymentRow)
    indirect case insertRefund(RefundRow)
    indirect case updateRefund(RefundRow)
    indirect case insertDispute(DisputeRow)
    indirect case updateDispute(DisputeRow)
    indirect case insertEntry(EntryRow)
    indirect case updateEntry(EntryRow)
    case insertCheckIn(CheckInRow)
    indirect case insertIncident(IncidentRow)
    indirect case updateIncident(IncidentRow)

    public var rowCount: Int {
        switch self {
        case .insertClaims(let claims), .deleteClaims(let claims), .changeClaims(let claims, _): claims.places.count
        case .insertTickets(let tickets), .endTickets(let tickets), .renewTickets(let tickets): tickets.count
        default: 1
        }
    }
}

/// Rows of the places that one holder has: (event, show, place) is their key.
public struct Claims: Hashable, Sendable {
    public var show: ShowNumber
    public var places: PlaceList
    /// nil: the house, which blocks them.
    public var holder: ReservationId?
    public var kind: ClaimKind

    public init(show: ShowNumber, places: PlaceList, holder: ReservationId? = nil, kind: ClaimKind) {
        self.show = show
        self.places = places
        self.holder = holder
        self.kind = kind
    }
}

public enum ClaimKind: UInt8, Hashable, Sendable {
    case held = 0
    case sold = 1
    case blocked = 2
}

/// Tickets of one booking.
public struct Tickets: Hashable, Sendable {
    public struct Ticket: Hashable, Sendable {
        public let id: TicketId
        public let place: UInt32
        public let price: Int64
    }

    public var booking: BookingId
    public var show: ShowNumber
    public var tickets: [Ticket]
    public var count: Int { tickets.count }
}
