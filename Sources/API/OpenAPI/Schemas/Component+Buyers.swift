internal import Wire

// What buyers' things look like when they are read.
extension Component {
    static let reservation = Component(
        "Reservation",
        .object([
            .must("reservationId", .component(reservationId)), .must("showId", .component(showId)),
            .must("buyer", .component(buyer)), .must("seats", .list(.component(seatSold))), .must("total", .money),
            .must("status", .words("held", "paying", "booked", "released", "expired", "cancelled")),
            .must("expiresAt", .time, "When the hold ends or ended."),
            .may("bookingId", .component(bookingId), "Once it is booked."),
        ]))

    static let payment = Component(
        "Payment",
        .object([
            .must("paymentId", .component(paymentId)), .must("reservationId", .component(reservationId)),
            .must(
                "status",
                .words(
                    "creating", "pending", "succeeded", "failed", "cancelled", "refund-pending", "refunded", "disputed",
                    "incident"),
                "`disputed` while a dispute is open, and after it was lost; `incident` where a person has to look: a "
                    + "refund failed, or more is gone than was taken."),
            .must("provider", .string), .must("total", .money),
            .may("payUrl", .string(format: "uri"), "Where the buyer pays, while it is `pending`."),
            .may("clientSecret", .string, "For the provider's own form, while it is `pending`."),
            .may("bookingId", .component(bookingId), "Once it has `succeeded`."),
            .may("reason", .string, "Why it `failed`."),
            .may("expiresAt", .time, "Until when the places are held for it."),
        ]))

    static let booking = Component(
        "Booking",
        .object([
            .must("bookingId", .component(bookingId)), .must("event", .component(eventOfShow)),
            .must(
                "show",
                .object([
                    .must("showId", .component(showId)), .must("startsAt", .time), .may("endsAt", .time),
                ])),
            .must("buyer", .component(buyer)), .must("bookedAt", .time), .must("tickets", .list(.component(ticket))),
            .must("total", .money), .must("status", .words("booked", "cancelled")),
            .must("paymentId", .component(paymentId)),
            .may(
                "moved", .constant(true),
                "The payment came so late that its places are others than those that were reserved."),
            .may(
                "disputed", .constant(true),
                "The buyer's bank takes the money back: until that is settled, nobody is let in, and nothing is given "
                    + "back."),
            .must("refundable", .component(refundable)),
        ]))

    private static let refundable = Component(
        "Refundable",
        .object([
            .must("amount", .money),
            .must("until", .oneOf(.time, .constant(nil)), "Until when it is as much; null where nothing is."),
        ]).described("What is given back if the booking is cancelled now."))

    static let ticket = Component(
        "Ticket",
        .object([
            .must("ticketId", .component(ticketId)), .must("seat", .seatName), .must("tier", .string),
            .must("price", .money),
            .must(
                "status", .words("valid", "admitted", "blocked", "ended"),
                "`blocked` while its booking is `disputed`."),
            .may("admission", .object([.must("at", .time), .may("gate", .string)]), "Once somebody came in with it."),
            .must("code", .string, "Signed: what the QR code says, and what a gate sends to `POST /v1/checkins`."),
            .must("qr", .string(pattern: "^/v1/tickets/tkt_[0-9A-Za-z]+/qr[.]svg$"), "Its QR code as a picture."),
        ]))

    static let waitlistEntry = Component(
        "WaitlistEntry",
        .object([
            .must("entryId", .component(entryId)), .must("showId", .component(showId)),
            .must("buyer", .component(buyer)), .must("tier", .string), .must("quantity", .count),
            .must("status", .words("waiting", "offered", "taken", "lapsed", "left")),
            .may("position", .integer(1 ... .max), "While it is `waiting`: 1 is next."),
            .may("reservationId", .component(reservationId), "The offer, once there is one."),
            .may("expiresAt", .time, "Until when the offer stands."),
        ]))

    static let keys = Component(
        "PublicKeys",
        .object([
            .must(
                "keys",
                .list(
                    .object([
                        .must("kid", .string), .must("alg", .words("Ed25519")),
                        .must("publicKey", .string, "URL-safe Base64 of 32 bytes."),
                        .must("kty", .words("OKP")), .must("crv", .words("Ed25519")), .must("x", .string),
                        .must("use", .words("sig")),
                    ])))
        ]).described(
            """
            What tickets' codes are signed with, then what batches of decisions are. Each is a JSON Web Key (RFC \
            8037), too.
            """))

    /// A page of a list.
    static func page(_ name: String, of items: Component) -> Component {
        Component(
            name,
            .object([
                .must("items", .list(.component(items))),
                .must(
                    "next", Schema.string.orNull, "To be sent as `after` for the next page; null on the last."),
            ]))
    }

    static let eventPage = page("EventPage", of: event)
    static let locationPage = page("LocationPage", of: location)
    static let bookingPage = page("BookingPage", of: bookingSummary)

    private static let bookingSummary = Component(
        "BookingSummary",
        .object([
            .must("bookingId", .component(bookingId)), .must("eventId", .component(eventId)),
            .must("showId", .component(showId)), .must("buyer", .component(buyer)), .must("bookedAt", .time),
            .must("total", .money), .must("status", .words("booked", "cancelled")),
            .must("tickets", .count, "How many of its tickets still hold."),
        ]).described("A booking as lists have it."))
}
