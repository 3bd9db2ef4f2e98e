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
            .may("expiresInSeconds", .count), .may("bookingId", .component(bookingId), "Once it is booked."),
            .may("paymentId", .component(paymentId), "Of the newest attempt to pay."),
        ]))

    static let payment = Component(
        "Payment",
        .object([
            .must("paymentId", .component(paymentId)), .must("reservationId", .component(reservationId)),
            .must(
                "status",
                .words(
                    "creating", "pending", "succeeded", "failed", "cancelled", "refund-pending", "refunded", "disputed",
                    "incident")),
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
            .must("bookingId", .component(bookingId)),
            .must("event", .object([.must("eventId", .component(eventId)), .must("name", .string)])),
            .must("show", .object([.must("showId", .component(showId)), .must("startsAt", .time)])),
            .must("tickets", .list(.component(ticket))), .must("total", .money),
            .must("status", .words("booked", "cancelled")),
            .must(
                "refundable",
                .oneOf(
                    [
                        .object([
                            .must("amount", .money, "What is given back if the booking is cancelled now."),
                            .must("until", .oneOf(.time, .constant(nil)), "Until when it is as much."),
                        ]), .constant(nil),
                    ], by: nil)),
        ]))

    static let ticket = Component(
        "Ticket",
        .object([
            .must("ticketId", .component(ticketId)), .must("seat", .seatName),
            .must("code", .string, "Signed: what the QR code says, and what a gate sends to `POST /v1/checkins`."),
            .must("qr", .string, "Where the QR code is, as a picture."),
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
                        .must("keyId", .string), .must("algorithm", .words("Ed25519")),
                        .must("publicKey", .string, "URL-safe Base64 of 32 bytes."),
                    ])))
        ]).described("What signs tickets' codes and receipts."))

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

    static let eventPage = page("EventPage", of: eventSummary)
    static let bookingPage = page("BookingPage", of: bookingSummary)

    static let bookingSummary = Component(
        "BookingSummary",
        .object([
            .must("bookingId", .component(bookingId)), .must("showId", .component(showId)),
            .must("buyer", .component(buyer)), .must("total", .money), .must("status", .words("booked", "cancelled")),
        ]).described("A booking as lists have it."))
}
