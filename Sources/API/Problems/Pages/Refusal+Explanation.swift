internal import Ticketing

// Decided by the rule book. A refusal is a decision like any other: it is stored under the idempotency key, and whoever
// wants another one needs another key.
extension Refusal.Kind {
    var explanation: Explanation {
        switch self {
        case .noSuchEvent, .noSuchShow, .noSuchTier, .noSuchSeat, .noSuchReservation, .noSuchBooking, .noSuchEntry,
            .noSuchRefund:
            ofWhatIsMissing
        case .invalid, .eventExists, .eventCancelled, .showCancelled: ofTheCatalogue
        case .showNotOnSale, .seatsUnavailable, .soldOut, .noAdjacentSeats, .buyerLimitExceeded, .waitlistFirst: ofSales
        case .holdExpired, .holdLimitReached, .alreadyBooked: ofHolds
        case .alreadyWaiting, .placesAvailable, .alreadyTaken: ofTheWaitlist
        case .notRefundable, .alreadyAdmitted, .notValid: ofTickets
        }
    }

    private var ofWhatIsMissing: Explanation {
        switch self {
        case .noSuchEvent:
            Explanation(
                meaning: "There is no event of yours behind this id.",
                cause: "Ids of shows, reservations, bookings, tickets, payments and waitlist entries contain their "
                    + "event's. This one is well-formed, but names an event that was never created, or that another "
                    + "tenant has.",
                remedy: "Take ids from answers, as they are, and do not mix those of different installations.",
                retry: .pointless("No."))
        case .noSuchShow:
            Explanation(
                meaning: "The event exists, but has no show with this id.",
                cause: "The id was altered, or belongs to an event that was made anew.",
                remedy: "Take the show's id from `GET /v1/events/{id}`.", retry: .pointless("No."))
        case .noSuchTier:
            Explanation(
                meaning: "The event has no tier of this name.",
                cause: "Tiers are named when the event is created, and compared byte for byte: case and accents count. "
                    + "New ones cannot be added later; only their prices change.",
                remedy: "Take the name from `GET /v1/shows/{id}/availability`.", retry: .pointless("No."))
        case .noSuchSeat:
            Explanation(
                meaning: "The show has no seat of this name. None of the seats was taken.",
                cause: "`seat` is the first that does not exist: its section or row has another name in this show, or "
                    + "fewer seats.",
                remedy: "Take the names from the show's seat map, `GET /v1/shows/{id}/seats`.",
                retry: .pointless("No."))
        case .noSuchReservation:
            Explanation(
                meaning: "There is no reservation with this id, or there is none any more.",
                cause: "A reservation that was released, or whose time was up, is known for another day if no "
                    + "payment was begun for it, then it is forgotten.",
                remedy: "Reserve anew.", retry: .pointless("No."))
        case .noSuchBooking:
            Explanation(
                meaning: "There is no booking with this id.",
                cause: "A reservation becomes a booking when it is paid: until then there is none, although the ids "
                    + "look alike.",
                remedy: "Look at the payment, `GET /v1/payments/{id}`: it names the booking once there is one.",
                retry: .pointless("No, until the reservation is booked; then with a new key."))
        case .noSuchEntry:
            Explanation(
                meaning: "There is no waitlist entry with this id, or there is none any more.",
                cause: "An entry that ended is known for another day, then it is forgotten.",
                remedy: "Join the waitlist anew, if there still is one.", retry: .pointless("No."))
        default:
            Explanation(
                meaning: "There is no refund with this id.",
                cause: "A payment provider's message names a refund that was never asked for.",
                remedy: "Compare the provider's account with the bookings: this should not happen.",
                retry: .pointless("No."))
        }
    }

    private var ofTheCatalogue: Explanation {
        switch self {
        case .invalid:
            Explanation(
                meaning: "The request is well-formed, but no event could take it. Nothing was changed.",
                cause: "`reason` says what it is about: " + Self.reasons + ".",
                remedy: "Correct what `reason` names.",
                retry: .newKey("Corrected, with a new key: the refusal is stored under this one."))
        case .eventExists:
            Explanation(
                meaning: "An event with this id has been created before.",
                cause: "An event's id follows from the request that creates it. The record of that request has been "
                    + "dropped by now, but the event is there.",
                remedy: "Look for the event with `GET /v1/events`. To create another one, use a new key.",
                retry: .newKey("Only to create one more event, with a new key."))
        case .eventCancelled:
            Explanation(
                meaning: "The event is cancelled: nothing of it is sold or changed any more.",
                cause: "A manager cancelled it. Holds end and bookings are refunded in full, step by step, by "
                    + "themselves.",
                remedy: "Tell the buyer. Bookings show how far their refunds are.",
                retry: .pointless("No: a cancelled event stays cancelled."))
        default:
            Explanation(
                meaning: "The show is cancelled: nothing of it is sold any more.",
                cause: "A manager cancelled this show of the event. Holds end and bookings are refunded in full, "
                    + "step by step, by themselves.",
                remedy: "Offer the event's other shows, `GET /v1/events/{id}`.",
                retry: .pointless("No: a cancelled show stays cancelled."))
        }
    }

    /// What a caller of a route can be told; what the form of a body forbids is refused before.
    private static let reasons = Invalid.allCases.map { "`\($0.rawValue)` (\($0.meaning))" }.joined(separator: ", ")

    private var ofSales: Explanation {
        switch self {
        case .showNotOnSale:
            Explanation(
                meaning: "The show is not on sale now.",
                cause: "Its sale has not begun, or is over. `salesStart` and `salesEnd` say when it is; one that is "
                    + "missing sets no limit. Without a `salesEnd`, the sale ends when the show starts.",
                remedy: "Before `salesStart`: come back then. After the end there is nothing to be had.",
                retry: .newKey("From `salesStart` on, with a new key."))
        case .seatsUnavailable:
            Explanation(
                meaning: "Some of these seats are not free, so none was taken.",
                cause:
                    "Somebody else holds or has bought what `unavailable` lists, or it is not on sale. A seat map is a "
                    + "picture of a moment ago: somebody was quicker. A block is refused like this where buyers have "
                    + "seats.",
                remedy: "Let the buyer choose again on a fresh map, or ask for the best available places of a tier.",
                retry: .newKey("For other seats, or in the hope that these come free, with a new key."))
        case .soldOut:
            Explanation(
                meaning: "The tier has not as many free places.",
                cause:
                    "All but a few are sold or held. Holds end: places come back. On joining a waitlist: the tier has "
                    + "not as many places in all as were asked for.",
                remedy: "Offer another tier or show, ask for fewer, or join the waitlist.",
                retry: .newKey("Later, with a new key; the waitlist is surer."))
        case .noAdjacentSeats:
            Explanation(
                meaning: "There are enough free places, but not as many neighbours in one row.",
                cause: "The places were asked for `together`, which is the default.",
                remedy: "Ask with `\"together\": false`, or for smaller groups, if the buyer agrees.",
                retry: .newKey("With `together` false, with a new key."))
        case .buyerLimitExceeded:
            Explanation(
                meaning: "The buyer would have more places of this show than one may have.",
                cause: "`limit` is the event's limit, `has` what the buyer has already: holds and bookings together. "
                    + "Buyers are told apart by the `buyer` that you send.",
                remedy: "Ask for `limit` - `has` places at most, or let the buyer release a hold first.",
                retry: .newKey("For fewer places, with a new key."))
        default:
            Explanation(
                meaning: "Somebody waits for this tier, so its free places are theirs.",
                cause: "While there is a waitlist, places that come free are offered to it in order, and nobody gets "
                    + "past it: not by naming seats either. The map shows such places as held.",
                remedy: "Join the waitlist, `POST /v1/shows/{id}/waitlist`, or offer another tier.",
                retry: .newKey("Once nobody waits any more, with a new key."))
        }
    }

    private var ofHolds: Explanation {
        switch self {
        case .holdExpired:
            Explanation(
                meaning: "The places are no longer held.",
                cause: "The hold's time was up, or it was released, or its booking was cancelled. Others can have the "
                    + "places.",
                remedy: "Reserve anew. Show buyers the time that is left: `expiresAt`.",
                retry: .pointless("No: a hold that ended stays ended."))
        case .holdLimitReached:
            Explanation(
                meaning: "The hold cannot last longer.",
                cause: "A hold can be extended to twice the event's `holdSeconds` in all, an offer from the waitlist "
                    + "not at all, since others wait. A new attempt to pay is refused so after twenty of them, or "
                    + "when twice the hold's time has passed since the reservation.",
                remedy: "Complete the purchase in the time that is left, or reserve anew when the hold has ended.",
                retry: .pointless("No."))
        default:
            Explanation(
                meaning: "The reservation has become a booking.",
                cause: "It was paid, so it can be neither released nor extended nor paid again.",
                remedy: "`bookingId` is the booking: cancel that instead, `DELETE /v1/bookings/{id}`.",
                retry: .pointless("No."))
        }
    }

    private var ofTheWaitlist: Explanation {
        switch self {
        case .alreadyWaiting:
            Explanation(
                meaning: "The buyer waits for this tier already.",
                cause: "A buyer has one entry for each tier of a show. A second one would only stand behind the first.",
                remedy:
                    "`entryId` is the entry: follow it with `GET /v1/waitlist/{id}`. For another quantity, leave and "
                    + "join again, at the end of the line.",
                retry: .newKey("After leaving, with a new key."))
        case .placesAvailable:
            Explanation(
                meaning: "Nobody waits, and there are enough free places: there is nothing to wait for.",
                cause: "Places came free meanwhile, or were there all the time, only not together.",
                remedy:
                    "Reserve, `POST /v1/shows/{id}/reservations`; with `\"together\": false` where neighbours cannot "
                    + "be had.",
                retry: .newKey("If the reservation is refused as `sold-out`, with a new key."))
        default:
            Explanation(
                meaning: "The offer was taken: the entry has become a reservation that is being paid, or is paid.",
                cause: "With the checkout of an offer the wait is over.",
                remedy: "`reservationId` is the reservation: release it, or cancel the booking that it has become.",
                retry: .pointless("No."))
        }
    }

    private var ofTickets: Explanation {
        switch self {
        case .notRefundable:
            Explanation(
                meaning: "The booking cannot be given back, or nothing of it is left to be.",
                cause: "By the policy under which it was bought nothing is given back any more: it is too late before "
                    + "the show. Or the buyer's bank is taking the money back, and it is not settled yet. Or, for a "
                    + "refund by a manager: the booking was cancelled before.",
                remedy:
                    "`refundable` of `GET /v1/bookings/{id}` says what can be given back, and until when. A manager "
                    + "can refund beyond the policy.",
                retry: .pointless("No."))
        case .alreadyAdmitted:
            Explanation(
                meaning: "Somebody came in with this ticket.",
                cause:
                    "`at` and `gate` say when and where. The scan has another `nonce` than that one, so it is another "
                    + "scan, not a repetition.",
                remedy: "Look at the person, not at the program: a ticket was copied, or somebody was scanned twice.",
                retry: .pointless("No. To repeat a scan whose answer was lost, send the same `nonce`."))
        default:
            Explanation(
                meaning: "Nobody can come in with this ticket.",
                cause: "There is none with this code, or it was given back, or its show is cancelled, or the buyer's "
                    + "bank is taking the money back. A code whose signature is wrong was not made here.",
                remedy: "Send the person to the box office.", retry: .pointless("No."))
        }
    }
}

extension Invalid {
    fileprivate var meaning: String {
        switch self {
        case .details: "the event's name, or a text of it that is too long"
        case .settings: "a limit or a time of the event"
        case .policy: "the refund policy: two steps with the same hours"
        case .tiers: "the tiers: none, too many, or two of one name"
        case .price: "a price"
        case .shows: "more than \(Bounds.shows) shows"
        case .showTimes: "times in the wrong order: a show ends after it starts, and its sale begins before it ends"
        case .sections: "the sections of a show: none, or too many"
        case .sectionName: "a section's name, which another has or that has a slash"
        case .sectionTier: "a section's tier, which the event does not have"
        case .rows: "the rows of a section: none, or too many"
        case .rowName: "a row's name, which another of its section has or that has a slash"
        case .places: "more than \(Bounds.placesPerShow) places of a show, or \(Bounds.placesPerEvent) of the event"
        case .buyer: "the buyer"
        case .quantity: "how many places"
        case .seats: "how many seats are named"
        case .seatTwice: "a seat that is named twice"
        case .seconds: "how many seconds"
        case .provider: "the payment provider"
        case .amount: "an amount: more than is left of what was paid, or in another currency than the event's"
        case .tickets: "tickets that are not this booking's, not valid any more, or named twice"
        case .tooManyChanges: "more than \(Bounds.termsPerEvent) changes of prices and policy"
        case .tooManyRefunds: "more than \(Bounds.refundsPerPayment) refunds of one payment"
        }
    }
}
