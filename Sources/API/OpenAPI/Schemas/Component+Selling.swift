internal import Ticketing
internal import Wire

// Bodies of buyers' commands.
extension Component {
    static let reserve = Component(
        "Reserve",
        .oneOf(
            .closed([
                .must("buyer", .component(buyer)),
                .must(
                    "seats", .list(.seatName, 1...Bounds.placesPerReservation), "These and no others; each once."),
            ]),
            .closed([
                .must("buyer", .component(buyer)),
                .must("tier", .name, "Where the best available places are looked for."),
                .must("quantity", .count(1...Bounds.placesPerReservation)),
                .may(
                    "together", .flag.defaulting(to: true), "Whether the places have to be neighbours in one row."),
            ])
        ).described("Named seats, or the best available of a tier. All or nothing."))

    static let buyer = Component(
        "Buyer",
        .name.described(
            "Your own id of the buyer, opaque to us: put nothing personal here. Limits are counted by it."
        ).example("customer-4711"))

    static let extend = Component(
        "Extend",
        .closed([.must("seconds", .integer(1...Bounds.seconds.count), "How much longer; capped at what is left.")]))

    static let checkout = Component(
        "Checkout",
        .closed([
            .must(
                "provider", .words(Checkout.providers),
                "Who takes the money: one that the installation has set up, in `payments.providers`."),
            .may(
                "acceptEquivalent", .flag.defaulting(to: false),
                """
                Whether the buyer takes other places of the same tiers if the payment comes so late that these are \
                gone. Otherwise the money goes back.
                """),
            .may(
                "email", .string(bytes: 3...320, pattern: #"^\S+@\S+$"#).example("kim@example.com"),
                "Where to write to the buyer. It is kept apart from everything else, so that it can be erased."),
        ]))

    static let refund = Component(
        "Refund",
        .oneOf(
            .closed([
                .must("reason", .name),
                .must(
                    "tickets", .list(.component(ticketId), 1...Bounds.placesPerReservation),
                    "Tickets of this booking, each once: they end, their places are free, their price is given back."),
            ]),
            .closed([
                .must("reason", .name),
                .must(
                    "amount", .oneOf(.integer(1...most), .component(refundAmount)),
                    "Given back without ending a ticket: money, or its amount alone."),
            ])))

    private static let most = Bounds.price * Int64(Bounds.placesPerReservation)

    private static let refundAmount = Component(
        "RefundAmount",
        .closed([
            .must("amount", .integer(1...most)), .must("currency", .component(currency), "The event's."),
        ]))

    static let joinWaitlist = Component(
        "JoinWaitlist",
        .closed([
            .must("buyer", .component(buyer)), .must("tier", .name),
            .must("quantity", .count(1...Bounds.placesPerReservation)),
        ]))

    static let checkIn = Component(
        "CheckIn",
        .closed([
            .must("code", .string(bytes: 1...1_024), "What the ticket's QR code says."),
            .must("gate", .name, "Where the ticket is scanned."),
            .must(
                "nonce", .name,
                "Made by the gate for this one scan: a scan that is sent again with its nonce gets the same answer."),
            .may("at", .time, "When it was scanned, if the gate was offline."),
        ]).example(["code": "TKT1.AZjzwQteekGMLU5vgJGiswGY88Kn1HwunwttHlpMOyo.3Zq0…", "gate": "North", "nonce": "n-1"]))

    static let bulkLine = Component(
        "BulkLine",
        .closed([
            .must(
                "route", .string(pattern: "^(POST|PUT|DELETE) /v1/[!-~]+$"),
                "Method and path of the operation, such as `POST /v1/shows/shw_…/reservations`."
            ),
            .may("body", .object([]), "What the operation takes as its body."),
            .may(
                "idempotencyKey", .string(bytes: 1...255),
                "As the header `Idempotency-Key` of a request of its own: the two are one."),
        ]))
}
