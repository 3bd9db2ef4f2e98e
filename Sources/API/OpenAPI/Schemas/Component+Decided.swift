internal import Wire

// What commands are answered with when they are decided as wished. `Wire` writes these; a test holds the two together.
extension Component {
    static let eventCreated = Component(
        "EventCreated",
        .object([
            .must("eventId", .component(eventId)),
            .must("shows", .list(.object([.must("showId", .component(showId))])), "In the order of the request."),
            .must("status", .words("active")), .decision,
        ]))

    static let eventChanged = Component(
        "EventChanged",
        .object([.must("eventId", .component(eventId)), .must("status", .words("active")), .decision]))

    static let eventCancelled = Component(
        "EventCancelled", .object([.must("eventId", .component(eventId))] + cancelled))

    static let showAdded = Component(
        "ShowAdded", .object([.must("showId", .component(showId)), .must("status", .words("active")), .decision]))

    static let showCancelled = Component("ShowCancelled", .object([.must("showId", .component(showId))] + cancelled))

    private static let cancelled: [Schema.Member] = [
        .must("status", .words("cancelled")),
        .must("bookings", .count, "How many are still to be refunded."),
        .must("refunds", .money, "What they come to."), .decision,
    ]

    static let seatsBlocked = Component(
        "SeatsBlocked",
        .object([
            .must("showId", .component(showId)),
            .must(
                "blocked", .count, "How many seats were taken off sale: those that were off already are not counted."),
            .decision,
        ]))

    static let seatsUnblocked = Component(
        "SeatsUnblocked",
        .object([
            .must("showId", .component(showId)),
            .must("unblocked", .count, "How many seats are on sale again: those that were already are not counted."),
            .decision,
        ]))

    static let reserved = Component(
        "Reserved",
        .object(
            [
                .must("reservationId", .component(reservationId)), .must("showId", .component(showId)),
                .must("buyer", .component(buyer)), .must("seats", .list(.component(seatSold))),
                .must("total", .money), .must("status", .words("held")),
            ] + expiry + [.decision]
        ).example(reservedExample))

    static let reservedExample: JSONValue = [
        "reservationId": Samples.reservation, "showId": Samples.show, "buyer": "customer-4711",
        "seats": Samples.seats, "total": Samples.euros(10_000), "status": "held", "expiresAt": Samples.later,
        "expiresInSeconds": 600, "decision": Samples.decision,
    ]

    private static let expiry: [Schema.Member] = [
        .must("expiresAt", .time.example(Samples.later), "When the hold ends."),
        .must("expiresInSeconds", .count, "The same, counted from the decision: for clients whose clock is off."),
    ]

    static let extended = Component(
        "Extended",
        .object(
            [.must("reservationId", .component(reservationId)), .must("status", .words("held"))] + expiry + [.decision])
    )

    static let released = Component(
        "Released",
        .object([
            .must("reservationId", .component(reservationId)),
            .must(
                "status", .words("released", "expired", "cancelled"),
                "What had ended before stays as it was, and says so."), .decision,
        ]))

    static let checkedOut = Component(
        "CheckedOut",
        .object(
            [
                .must("paymentId", .component(paymentId)),
                .must(
                    "status", .words("creating", "pending", "succeeded"),
                    "`succeeded` at once where nothing is to be paid."),
                .must("provider", .string), .must("total", .money),
            ] + expiry + [
                .may("bookingId", .component(bookingId), "Where nothing is to be paid."), .decision,
            ]))

    static let bookingCancelled = Component(
        "BookingCancelled",
        .object([
            .must("bookingId", .component(bookingId)), .may("refundId", .component(refundId)),
            .must("refund", .money, "What is given back."),
            .must("status", .words("refund-pending", "cancelled"), "`cancelled` where nothing is given back."),
            .decision,
        ]))

    static let refunded = Component(
        "Refunded",
        .object([
            .must("bookingId", .component(bookingId)), .may("refundId", .component(refundId)),
            .must("refund", .money, "What is given back."),
            .must("status", .words("pending", "nothing-to-refund"), "The tickets may have cost nothing."),
            .decision,
        ]))

    static let joined = Component(
        "Joined",
        .object([
            .must("entryId", .component(entryId)), .must("position", .integer(1 ... .max), "1 is next."),
            .must("status", .words("waiting")), .decision,
        ]))

    static let left = Component(
        "Left",
        .object([
            .must("entryId", .component(entryId)),
            .must("status", .words("left", "lapsed"), "What had ended before stays as it was, and says so."),
            .decision,
        ]))

    static let admitted = Component(
        "Admitted",
        .object([
            .must("ticketId", .component(ticketId)), .must("status", .words("admitted")), .must("at", .time),
            .must("gate", .string), .decision,
        ]))
}
