internal import Ticketing
internal import Wire

// What requests and answers are made of.
extension Component {
    static let eventId = id("EventId", Kinds.Event.prefix, Samples.event, "An event's id.")
    static let showId = id("ShowId", ShowId.prefix, Samples.show, "A show's id. It contains the event's.")
    static let reservationId = id(
        "ReservationId", Kinds.Reservation.prefix, Samples.reservation, "A reservation's id. It contains the event's.")
    static let bookingId = id(
        "BookingId", Kinds.Booking.prefix, Samples.booking, "A booking's id. It contains the event's.")
    static let ticketId = id("TicketId", Kinds.Ticket.prefix, Samples.ticket, "A ticket's id. It contains the event's.")
    static let paymentId = id(
        "PaymentId", Kinds.Payment.prefix, Samples.payment, "A payment's id. It contains the event's.")
    static let refundId = id("RefundId", Kinds.Refund.prefix, Samples.refund, "A refund's id. It contains the event's.")
    static let entryId = id(
        "EntryId", Kinds.Entry.prefix, Samples.entry, "A waitlist entry's id. It contains the event's.")
    static let tenantId = Component(
        "TenantId", .string(pattern: "^tnt_[0-9A-Za-z]+$").described("A tenant's id."))
    static let requestId = Component(
        "RequestId",
        .string(pattern: "^req_[0-9A-Za-z_-]+$").described(
            "A request's id: it is good for `GET /v1/requests/{id}`, and for telling us which one you mean."
        ).example(Samples.request))

    private static func id(_ name: String, _ prefix: StaticString, _ example: JSONValue, _ text: String) -> Component {
        Component(name, .string(pattern: "^\(prefix)[0-9A-Za-z]+$").described(text).example(example))
    }

    static let money = Component(
        "Money",
        .closed([
            .must("amount", .integer, "In minor units of the currency: cents of a euro."),
            .must("currency", .component(currency)),
        ]).described("An amount of money.").example(Samples.euros(1_999)))

    static let currency = Component(
        "Currency", .string(pattern: "^[A-Z]{3}$").described("A code of ISO 4217 that is in use.").example("EUR"))

    static let seatName = Component(
        "SeatName",
        .string(pattern: "^[^/]+(/[^/]+)?/[1-9][0-9]{0,5}$").described(
            """
            A seat: `Section/Row/Seat`, or `Section/Seat` where the section has no rows. The seat is a number from 1, \
            without leading zeros; the parts have at most \(Bounds.nameBytes) bytes each.
            """
        ).example("Floor/A/12"))

    static let decision = Component(
        "Decision",
        .object([
            .must("partition", .count, "Whose sequence it is."),
            .must("sequence", .count, "Where the decision stands among those of its partition."),
            .must("decidedAt", .time),
        ]).described("Where and when it was decided: the same for each answer that tells of this decision.")
            .example(Samples.decision))

    static let seatSold = Component(
        "ReservedSeat",
        .object([
            .must("seat", .component(seatName)), .must("tier", .string), .must("price", .component(money)),
        ]).described("A place that is somebody's, with its price at the time of the reservation."))
}

extension Schema {
    static var time: Schema {
        .string(format: "date-time").described("RFC 3339, in UTC; from 1970 to the end of 9999.").example(Samples.now)
    }

    /// What names something.
    static var name: Schema { .string(bytes: 1...Bounds.nameBytes) }
    /// What may be empty.
    static var words: Schema { .string(bytes: 0...Bounds.nameBytes) }
    static var money: Schema { .component(.money) }
    static var seatName: Schema { .component(.seatName) }
}

extension Schema.Member {
    /// The last member of each decided answer.
    static var decision: Schema.Member { .must("decision", .component(.decision)) }
}
