/// Why a command was not done, with what its sender needs to know.
public enum Refusal: Error, Hashable, Sendable {
    case noSuchEvent
    case noSuchShow
    case noSuchTier
    case noSuchSeat(SeatName)
    case noSuchReservation
    case noSuchBooking
    case noSuchEntry
    case noSuchRefund
    case invalid(Invalid)
    case eventExists

    case eventCancelled
    case showCancelled
    case showNotOnSale(salesStart: Time?, salesEnd: Time?)
    case seatsUnavailable([SeatName])
    case soldOut
    case noAdjacentSeats
    case buyerLimitExceeded(limit: Int, has: Int)
    case waitlistFirst

    case holdExpired
    case holdLimitReached
    case alreadyBooked(BookingId)

    case alreadyWaiting(EntryId)
    case placesAvailable
    case alreadyTaken(ReservationId)

    case notRefundable
    case alreadyAdmitted(at: Time, gate: Label)
    case notValid

    /// Stable, for programs.
    public var code: String { kind.rawValue }

    /// Which refusal it is, without what it carries.
    public enum Kind: String, CaseIterable, Hashable, Sendable {
        case noSuchEvent = "no-such-event"
        case noSuchShow = "no-such-show"
        case noSuchTier = "no-such-tier"
        case noSuchSeat = "no-such-seat"
        case noSuchReservation = "no-such-reservation"
        case noSuchBooking = "no-such-booking"
        case noSuchEntry = "no-such-entry"
        case noSuchRefund = "no-such-refund"
        case invalid = "invalid-request"
        case eventExists = "event-exists"
        case eventCancelled = "event-cancelled"
        case showCancelled = "show-cancelled"
        case showNotOnSale = "show-not-on-sale"
        case seatsUnavailable = "seats-unavailable"
        case soldOut = "sold-out"
        case noAdjacentSeats = "no-adjacent-seats"
        case buyerLimitExceeded = "buyer-limit-exceeded"
        case waitlistFirst = "waitlist-first"
        case holdExpired = "hold-expired"
        case holdLimitReached = "hold-limit-reached"
        case alreadyBooked = "already-booked"
        case alreadyWaiting = "already-waiting"
        case placesAvailable = "places-available"
        case alreadyTaken = "already-taken"
        case notRefundable = "not-refundable"
        case alreadyAdmitted = "already-admitted"
        case notValid = "not-valid"
    }

    public var kind: Kind {
        switch self {
        case .noSuchEvent: .noSuchEvent
        case .noSuchShow: .noSuchShow
        case .noSuchTier: .noSuchTier
        case .noSuchSeat: .noSuchSeat
        case .noSuchReservation: .noSuchReservation
        case .noSuchBooking: .noSuchBooking
        case .noSuchEntry: .noSuchEntry
        case .noSuchRefund: .noSuchRefund
        case .invalid: .invalid
        case .eventExists: .eventExists
        case .eventCancelled: .eventCancelled
        case .showCancelled: .showCancelled
        case .showNotOnSale: .showNotOnSale
        case .seatsUnavailable: .seatsUnavailable
        case .soldOut: .soldOut
        case .noAdjacentSeats: .noAdjacentSeats
        case .buyerLimitExceeded: .buyerLimitExceeded
        case .waitlistFirst: .waitlistFirst
        case .holdExpired: .holdExpired
        case .holdLimitReached: .holdLimitReached
        case .alreadyBooked: .alreadyBooked
        case .alreadyWaiting: .alreadyWaiting
        case .placesAvailable: .placesAvailable
        case .alreadyTaken: .alreadyTaken
        case .notRefundable: .notRefundable
        case .alreadyAdmitted: .alreadyAdmitted
        case .notValid: .notValid
        }
    }
}

/// What cannot be right in a command, whatever the state. The ingress checks the form before; this is for the rest.
public enum Invalid: String, CaseIterable, Hashable, Sendable {
    case details
    case settings
    case policy
    case tiers
    case price
    case shows
    case showTimes
    case sections
    case sectionName
    case sectionTier
    case rows
    case rowName
    case places
    case buyer
    case quantity
    case seats
    case seatTwice
    case seconds
    case provider
    case amount
    case tickets
    case tooManyChanges
    case tooManyRefunds
}
