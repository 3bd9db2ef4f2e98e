public import Ticketing

extension Refusal {
    public var status: Int { kind.status }
}

/// How a refusal is told, in one place. What each carries besides is in `JSONWriter.data(of:)`.
extension Refusal.Kind {
    /// 404 for what does not exist, 422 for what no state would allow, 409 for what this state does not.
    public var status: Int {
        switch self {
        case .noSuchEvent, .noSuchShow, .noSuchTier, .noSuchSeat, .noSuchReservation, .noSuchBooking, .noSuchEntry,
            .noSuchRefund:
            404
        case .invalid: 422
        case .eventExists, .eventCancelled, .showCancelled, .showNotOnSale, .seatsUnavailable, .soldOut,
            .noAdjacentSeats, .buyerLimitExceeded, .waitlistFirst, .holdExpired, .holdLimitReached, .alreadyBooked,
            .alreadyWaiting, .placesAvailable, .alreadyTaken, .notRefundable, .alreadyAdmitted, .notValid:
            409
        }
    }

    public var title: StaticString {
        switch self {
        case .noSuchEvent: "No such event"
        case .noSuchShow: "No such show"
        case .noSuchTier: "No such tier"
        case .noSuchSeat: "No such seat"
        case .noSuchReservation: "No such reservation"
        case .noSuchBooking: "No such booking"
        case .noSuchEntry: "No such waitlist entry"
        case .noSuchRefund: "No such refund"
        case .invalid: "The request cannot be right"
        case .eventExists: "The event exists"
        case .eventCancelled: "The event is cancelled"
        case .showCancelled: "The show is cancelled"
        case .showNotOnSale: "The show is not on sale"
        case .seatsUnavailable: "Seats are not available"
        case .soldOut: "Sold out"
        case .noAdjacentSeats: "No adjacent seats"
        case .buyerLimitExceeded: "The buyer's limit is exceeded"
        case .waitlistFirst: "The waitlist comes first"
        case .holdExpired: "The hold has ended"
        case .holdLimitReached: "The hold cannot last longer"
        case .alreadyBooked: "Already booked"
        case .alreadyWaiting: "Already waiting"
        case .placesAvailable: "Places are available"
        case .alreadyTaken: "The offer was taken"
        case .notRefundable: "Not refundable"
        case .alreadyAdmitted: "Already admitted"
        case .notValid: "The ticket is not valid"
        }
    }

    public var detail: StaticString {
        switch self {
        case .noSuchEvent: "There is no event with this id."
        case .noSuchShow: "The event has no show with this id."
        case .noSuchTier: "The event has no tier of this name."
        case .noSuchSeat: "The show has no seat of this name."
        case .noSuchReservation: "There is no reservation with this id, or it ended long ago."
        case .noSuchBooking: "There is no booking with this id."
        case .noSuchEntry: "There is no waitlist entry with this id, or it ended long ago."
        case .noSuchRefund: "There is no refund with this id."
        case .invalid: "A value is not one that this event or any other could take."
        case .eventExists: "An event with this id has been created before."
        case .eventCancelled: "Nothing of this event is sold any more."
        case .showCancelled: "Nothing of this show is sold any more."
        case .showNotOnSale: "The time of sale has not begun, or is over."
        case .seatsUnavailable: "Somebody else has some of these seats: choose others."
        case .soldOut: "The tier has not as many free places."
        case .noAdjacentSeats: "There are enough free places, but not next to each other: ask with together = false."
        case .buyerLimitExceeded: "The buyer would have more places of this show than one may: see limit and has."
        case .waitlistFirst: "Somebody waits for this tier, so its free places are theirs: join the waitlist."
        case .holdExpired: "The places are no longer held: reserve anew."
        case .holdLimitReached: "The hold has been extended as far as it can be."
        case .alreadyBooked: "The reservation has become a booking: cancel that instead."
        case .alreadyWaiting: "The buyer waits for this tier already: see entryId."
        case .placesAvailable: "Nobody waits, and there are enough free places: reserve them."
        case .alreadyTaken: "The offer has become a reservation that is being paid: see reservationId."
        case .notRefundable: "It is too late, or nothing is left to give back."
        case .alreadyAdmitted: "Somebody came in with this ticket: see at and gate."
        case .notValid: "There is no such ticket, or it was given back, or its show is cancelled."
        }
    }
}

extension JSONWriter {
    /// The members of a problem (RFC 9457) that follow from the decision; `instance` and `requestId` are the ingress'.
    mutating func problem(_ refusal: Refusal, event: EventId) {
        problem(refusal.code, title: refusal.kind.title, status: refusal.status, detail: refusal.kind.detail)
        data(of: refusal, event: event)
    }

    /// What every problem has.
    mutating func problem(_ code: String, title: StaticString, status: Int, detail: StaticString) {
        key("type")
        string("/problems/" + code)
        key("title")
        word(title)
        field("status", status)
        key("detail")
        word(detail)
        key("code")
        string(code)
    }

    private mutating func data(of refusal: Refusal, event: EventId) {
        switch refusal {
        case .noSuchSeat(let seat):
            key("seat")
            self.seat(seat)
        case .invalid(let what):
            key("reason")
            string(what.rawValue)
        case .showNotOnSale(let salesStart, let salesEnd):
            field("salesStart", salesStart)
            field("salesEnd", salesEnd)
        case .seatsUnavailable(let seats): array("unavailable", seats) { $0.seat($1) }
        case .buyerLimitExceeded(let limit, let has):
            field("limit", limit)
            field("has", has)
        case .alreadyBooked(let booking): field("bookingId", ScopedId(event, booking))
        case .alreadyWaiting(let entry): field("entryId", ScopedId(event, entry))
        case .alreadyTaken(let reservation): field("reservationId", ScopedId(event, reservation))
        case .alreadyAdmitted(let at, let gate):
            field("at", at)
            field("gate", gate)
        case .noSuchEvent, .noSuchShow, .noSuchTier, .noSuchReservation, .noSuchBooking, .noSuchEntry, .noSuchRefund,
            .eventExists, .eventCancelled, .showCancelled, .soldOut, .noAdjacentSeats, .waitlistFirst, .holdExpired,
            .holdLimitReached, .placesAvailable, .notRefundable, .notValid:
            break
        }
    }
}
