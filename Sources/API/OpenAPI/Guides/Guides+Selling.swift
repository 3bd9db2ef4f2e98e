internal import Ticketing
internal import Wire

extension Guides {
    static let selling: [(Operation, Guide)] = [
        (
            .reserve,
            .command(
                .selling, "Reserve places",
                """
                Holds places for a buyer: named seats, or the best available of a tier. All of them or none, and never \
                one that somebody else has. The hold lasts as long as the event says; then the places are free again \
                by themselves.
                """, id: .showId,
                body: .json(
                    .reserve,
                    Example(
                        "best", "The best two neighbours of a tier",
                        ["buyer": "customer-4711", "tier": "A", "quantity": 2]),
                    Example(
                        "named", "Two seats by their names",
                        ["buyer": "customer-4711", "seats": ["Floor/A/12", "Floor/A/13"]])),
                namesSeats: true,
                decided: .decided(
                    201, "The places are held.", .reserved,
                    links: [
                        Link(operation: .reservation, pointer: "/reservationId"),
                        Link(operation: .extendReservation, pointer: "/reservationId"),
                        Link(operation: .releaseReservation, pointer: "/reservationId"),
                        Link(operation: .checkout, pointer: "/reservationId"),
                    ]),
                refusals: [
                    .noSuchShow, .invalid, .noSuchTier, .noSuchSeat, .eventCancelled, .showCancelled, .showNotOnSale,
                    .buyerLimitExceeded, .waitlistFirst, .seatsUnavailable, .noAdjacentSeats, .soldOut,
                ])
        ),
        (
            .reservation,
            .read(
                .selling, "Look at a reservation", "Held, being paid, booked, or how it ended.", id: .reservationId,
                answer: .json(.reservation))
        ),
        (
            .extendReservation,
            .command(
                .selling, "Extend a hold",
                """
                More time for the buyer, up to twice the event's `holdSeconds` in all. An offer from the waitlist \
                cannot be extended.
                """, id: .reservationId, body: .json(.extend, Example("minute", "One minute", ["seconds": 60])),
                decided: .decided(200, "It ends later.", .extended),
                refusals: [.noSuchReservation, .invalid, .holdLimitReached] + ended)
        ),
        (
            .releaseReservation,
            .command(
                .selling, "Release a hold",
                "The places are free at once. What has ended before stays as it is: the answer says how.",
                id: .reservationId, decided: .decided(200, "It is over.", .released),
                refusals: [.noSuchReservation, .alreadyBooked])
        ),
        (
            .checkout,
            .command(
                .selling, "Begin to pay",
                """
                Asks a provider for a payment. The hold is good for at least `paymentSeconds` more. The answer comes \
                before the provider has been asked: follow `GET /v1/payments/{id}` with `known=creating` and \
                `Prefer: wait=N` to learn where the buyer pays. Asked again while a payment is under way, it answers \
                with that one; after one that failed, it is a new attempt. Where nothing is to be paid, it is booked \
                at once.
                """, id: .reservationId,
                body: .json(
                    .checkout,
                    Example("card", "By card, with an address", ["provider": "stripe", "email": "kim@example.com"])),
                decided: .decided(
                    201, "A payment is being created; or nothing was to be paid, and it is booked.", .checkedOut,
                    links: [Link(operation: .payment, pointer: "/paymentId")]),
                refusals: [.noSuchReservation, .invalid, .holdLimitReached] + ended)
        ),
        (
            .webhook,
            Guide(
                tag: .selling, summary: "Tell of a payment",
                text: """
                    For payment providers alone: what they send is signed, and checked on the bytes as they came. 200 \
                    says that it is kept safely; the same message again is no harm, months later or out of order.
                    """,
                parameters: [
                    Parameter(
                        name: "provider", place: .path, isRequired: true, schema: .string.example("stripe"),
                        text: "Whose message it is. One that is not set up is 404.")
                ],
                body: Body(
                    type: "application/json", schema: .object([]),
                    examples: [
                        Example("paid", "A payment succeeded", ["id": "evt_1", "type": "payment_intent.succeeded"])
                    ]),
                answers: [Answer(status: 200, text: "It is kept, or of no interest.", bodies: [.json(.webhookTaken)])],
                problems: Guide.ofAny + [.fault(.notFound), .fault(.outcomeUnknown)])
        ),
        (
            .payment,
            .read(
                .selling, "Look at a payment",
                """
                With `Prefer: wait=N` the answer comes when the status is no longer the one in `known`, or when the \
                wait ends.
                """, id: .paymentId,
                [
                    .query(
                        "known",
                        .words(
                            "creating", "pending", "succeeded", "failed", "cancelled", "refund-pending", "refunded",
                            "disputed", "incident"), "The status that you know of."), .preferToWait,
                ], answer: .json(.payment))
        ),
        (.bulk, bulkGuide),
    ]

    /// Why a hold takes no more commands.
    private static let ended: [Refusal.Kind] = [.alreadyBooked, .holdExpired, .eventCancelled, .showCancelled]

    private static var bulkGuide: Guide {
        let line: JSONValue = [
            "route": .string("POST /v1/shows/\(Samples.show.text ?? "")/reservations"),
            "body": ["buyer": "customer-4711", "tier": "A", "quantity": 2], "idempotencyKey": "order-1",
        ]
        return Guide(
            tag: .selling, summary: "Send many commands",
            text: """
                Up to 1,000 lines, each a JSON object: a BulkLine. The answer has a line for each, in order: a \
                BulkAnswer. Lines are commands of their own: some may succeed and others be refused, and lines about \
                different events are decided in any order. A line needs the scope that its route needs. A line that \
                cannot be read is refused alone, in its place. Empty lines count for nothing.

                Each line has an `idempotencyKey` of its own, and the header `Idempotency-Key` is refused. Two things \
                have to be requests of their own: checking in, and a checkout with an `email`.
                """,
            parameters: [.prefer, .traceparent],
            body: Body(
                type: "application/x-ndjson", schema: .string,
                examples: [
                    Example("one", "One reservation", .string(String(decoding: line.bytes, as: UTF8.self) + "\n"))
                ], limit: 4 << 20, line: .component(.bulkLine)),
            answers: [
                Answer(
                    status: 200, text: "A line for each line.",
                    bodies: [
                        Body(type: "application/x-ndjson", schema: .string, line: .component(.bulkAnswer))
                    ], headers: Guide.limits)
            ], problems: Guide.ofAny + Guide.ofKeys + Guide.ofBodies)
    }
}
