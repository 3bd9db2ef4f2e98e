internal import Ticketing

// What each outcome answers, by API.md. Outcomes that nobody asked for, because something fell due, have a form, too:
// the journal keeps them.
extension JSONWriter {
    mutating func answer(_ outcome: Outcome, _ stamp: DecisionStamp) {
        let event = stamp.event
        switch outcome {
        case .refused(let refusal): problem(refusal, event: event)
        case .eventCreated(let id, let shows):
            field("eventId", id)
            array("shows", 1..<shows + 1) { writer, number in
                writer.beginObject()
                writer.field("showId", ShowId(id, number))
                writer.endObject()
            }
            status("active")
        case .eventChanged:
            field("eventId", event)
            status("active")
        case .eventCancelled(let cancellation):
            field("eventId", event)
            self.cancellation(cancellation)
        case .showAdded(let show):
            field("showId", ShowId(event, show))
            status("active")
        case .showCancelled(let show, let cancellation):
            field("showId", ShowId(event, show))
            self.cancellation(cancellation)
        case .blocked(let show, let places): blocks("blocked", show, places, event)
        case .unblocked(let show, let places): blocks("unblocked", show, places, event)
        case .reserved(let reserved): self.reserved(reserved, stamp)
        case .extended(let id, let endsAt):
            field("reservationId", ScopedId(event, id))
            status("held")
            expires(endsAt, stamp)
        case .released(let id, let status):
            field("reservationId", ScopedId(event, id))
            self.status(status.word)
        case .joined(let id, let position):
            field("entryId", ScopedId(event, id))
            field("position", position)
            status("waiting")
        case .left(let id, let status):
            field("entryId", ScopedId(event, id))
            self.status(status.word)
        case .checkedOut(let out): checkedOut(out, stamp)
        case .paid(let id, let step): paid(id, step, stamp)
        case .bookingCancelled(let id, let refund, let money):
            field("bookingId", ScopedId(event, id))
            if let refund { field("refundId", ScopedId(event, refund)) }
            field("refund", money)
            status(refund == nil ? "cancelled" : "refund-pending")
        case .refunded(let id, let refund, let money):
            field("bookingId", ScopedId(event, id))
            if let refund { field("refundId", ScopedId(event, refund)) }
            field("refund", money)
            status(refund == nil ? "nothing-to-refund" : "pending")
        case .refundSettled(let id, let status):
            field("refundId", ScopedId(event, id))
            self.status(status.word)
        case .admitted(let id, let at, let gate):
            field("ticketId", ScopedId(event, id))
            status("admitted")
            field("at", at)
            field("gate", gate)
        case .holdEnded, .offered, .entryEnded, .gatheringEnded, .unwound: fallen(outcome, stamp)
        }
    }

    mutating func money(_ name: StaticString, _ amount: Int64, _ stamp: DecisionStamp) {
        if let currency = stamp.currency { field(name, Money(amount, currency)) } else { field(name, amount) }
    }

    private mutating func expires(_ endsAt: Time, _ stamp: DecisionStamp) {
        field("expiresAt", endsAt)
        let (left, isEndless) = endsAt.microseconds.subtractingReportingOverflow(stamp.decidedAt.microseconds)
        field("expiresInSeconds", max(0, (isEndless ? Int64.max : left) / 1_000_000))
    }

    private mutating func cancellation(_ cancellation: Cancellation) {
        status("cancelled")
        field("bookings", cancellation.bookings)
        field("refunds", cancellation.refunds)
    }

    private mutating func blocks(_ name: StaticString, _ show: ShowNumber, _ places: PlaceList, _ event: EventId) {
        field("showId", ShowId(event, show))
        // How many, and not which: those that were named already stay as they are.
        field(name, places.count)
    }

    mutating func reserved(_ reserved: Reserved, _ stamp: DecisionStamp) {
        field("reservationId", ScopedId(stamp.event, reserved.reservation))
        field("showId", ShowId(stamp.event, reserved.show))
        field("buyer", reserved.buyer)
        seats(reserved.seats, stamp)
        money("total", reserved.total, stamp)
        status("held")
        expires(reserved.endsAt, stamp)
    }

    private mutating func seats(_ seats: Seats, _ stamp: DecisionStamp) {
        array("seats", seats) { writer, seat in
            writer.beginObject()
            writer.key("seat")
            writer.seat(seat.name)
            writer.field("tier", seat.tier)
            writer.money("price", seat.price, stamp)
            writer.endObject()
        }
    }

    private mutating func checkedOut(_ out: CheckedOut, _ stamp: DecisionStamp) {
        field("paymentId", ScopedId(stamp.event, out.payment))
        status(out.status.word)
        field("provider", out.provider)
        field("total", out.total)
        expires(out.endsAt, stamp)
        if let booking = out.booking { field("bookingId", ScopedId(stamp.event, booking)) }
    }

    private mutating func paid(_ id: PaymentId, _ step: PaymentStep, _ stamp: DecisionStamp) {
        field("paymentId", ScopedId(stamp.event, id))
        self.step(step, stamp)
    }

    /// - Parameter known: the payment's status, where it does not follow from the step.
    private mutating func step(_ step: PaymentStep, known: PaymentStatus? = nil, _ stamp: DecisionStamp) {
        switch step {
        case .pending: status("pending")
        case .booked(let booking, let seats, let late):
            status((known ?? .succeeded).word)
            field("bookingId", ScopedId(stamp.event, booking))
            self.seats(seats, stamp)
            if let late {
                key("late")
                word(late == .samePlaces ? "same-places" : "equivalent-places")
            }
        case .failed(let reason):
            status("failed")
            field("reason", reason)
        case .cancelled: status("cancelled")
        case .refunded(let refund, let reason):
            status((known ?? .refundPending).word)
            if let refund { field("refundId", ScopedId(stamp.event, refund)) }
            key("reason")
            word(reason.word)
        case .replaced(let other, let refund):
            status((known ?? .succeeded).word)
            field("replacedPaymentId", ScopedId(stamp.event, other))
            if let refund { field("refundId", ScopedId(stamp.event, refund)) }
        case .disputed(let dispute):
            status((known ?? .disputed).word)
            key("dispute")
            word(dispute.word)
        case .refundReported(let refund):
            status((known ?? .succeeded).word)
            field("refundId", ScopedId(stamp.event, refund))
        case .told(let known, let ended, let step):
            self.step(step, known: known, stamp)
            if let ended { field("endedBookingId", ScopedId(stamp.event, ended)) }
        case .incident: status("incident")
        case .unchanged(let known):
            status(known.word)
            field("unchanged", true)
        }
    }

    private mutating func fallen(_ outcome: Outcome, _ stamp: DecisionStamp) {
        let event = stamp.event
        key("fell")
        switch outcome {
        case .holdEnded(let id, let entry):
            word("hold-ended")
            field("reservationId", ScopedId(event, id))
            if let entry { field("entryId", ScopedId(event, entry)) }
        case .offered(let offer):
            word("offered")
            field("entryId", ScopedId(event, offer.entry))
            reserved(offer.reserved, stamp)
            array("passedOver", offer.passedOver) { writer, passOver in
                writer.beginObject()
                writer.field("entryId", ScopedId(event, passOver.entry))
                writer.field("quantity", passOver.quantity)
                writer.field("free", passOver.free)
                writer.field("count", passOver.count)
                writer.field("gatherUntil", passOver.gatherUntil)
                writer.endObject()
            }
        case .entryEnded(let id, let status, let end):
            word("entry-ended")
            field("entryId", ScopedId(event, id))
            self.status(status.word)
            key("reason")
            switch end {
            case .buyerLimit(let limit, let has):
                word("buyer-limit")
                field("limit", limit)
                field("has", has)
            case .salesEnded: word("sales-ended")
            case .showCancelled: word("show-cancelled")
            }
        case .gatheringEnded(let id):
            word("gathering-ended")
            field("entryId", ScopedId(event, id))
        case .unwound(let unwound):
            word("unwound")
            field("showId", ShowId(event, unwound.show))
            array("entries", unwound.entries) { $0.id(ScopedId(event, $1)) }
            array("holds", unwound.holds) { $0.id(ScopedId(event, $1)) }
            array("bookings", unwound.bookings) { $0.id(ScopedId(event, $1)) }
            field("refunded", unwound.refunded)
            field("isLast", unwound.isLast)
        default: preconditionFailure("an outcome that somebody asked for")
        }
    }
}
