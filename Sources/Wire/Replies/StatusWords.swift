package import Ticketing

// The words of API.md for what the rule book numbers.

extension ReservationStatus {
    package var word: StaticString {
        switch self {
        case .held: "held"
        case .paying: "paying"
        case .booked: "booked"
        case .released: "released"
        case .expired: "expired"
        case .cancelled: "cancelled"
        }
    }
}

extension EntryStatus {
    package var word: StaticString {
        switch self {
        case .waiting: "waiting"
        case .offered: "offered"
        case .taken: "taken"
        case .lapsed: "lapsed"
        case .left: "left"
        }
    }
}

extension PaymentStatus {
    package var word: StaticString {
        switch self {
        case .creating: "creating"
        case .pending: "pending"
        case .failed: "failed"
        case .cancelled: "cancelled"
        case .succeeded: "succeeded"
        case .refundPending: "refund-pending"
        case .refunded: "refunded"
        case .incident: "incident"
        case .disputed: "disputed"
        }
    }
}

extension RefundStatus {
    package var word: StaticString {
        switch self {
        case .pending: "pending"
        case .failed: "failed"
        case .succeeded: "succeeded"
        }
    }
}

extension DisputeStatus {
    package var word: StaticString {
        switch self {
        case .opened: "opened"
        case .won: "won"
        case .lost: "lost"
        }
    }
}

extension RefundReason {
    package var word: StaticString {
        switch self {
        case .bookingCancelled: "booking-cancelled"
        case .showCancelled: "show-cancelled"
        case .byManager: "by-manager"
        case .tooLate: "too-late"
        case .paidTwice: "paid-twice"
        case .wrongAmount: "wrong-amount"
        case .byProvider: "by-provider"
        }
    }
}
