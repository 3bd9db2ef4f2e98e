internal import Ticketing
internal import Wire

extension Guides {
    static let bookings: [(Operation, Guide)] = [
        (
            .booking,
            .read(
                .bookings, "Look at a booking", "What was bought, with its tickets and their codes.", id: .bookingId,
                answer: .json(.booking),
                links: [
                    Link(operation: .ticketSVG, pointer: "/tickets/0/ticketId"),
                    Link(operation: .ticketPNG, pointer: "/tickets/0/ticketId"),
                ])
        ),
        (
            .listBookings,
            .read(
                .bookings, "Find bookings", "Your bookings, the newest first.",
                [
                    .query("buyer", .name, "Of this buyer."), .query("showId", .component(.showId), "Of this show."),
                    .limit, .after,
                ], answer: .json(.bookingPage))
        ),
        (
            .cancelBooking,
            .command(
                .bookings, "Cancel a booking",
                """
                A buyer gives the booking back: its tickets end, its places are free, and what the policy of its \
                purchase gives back is refunded. Asked again, it says what was given back.
                """, id: .bookingId,
                decided: .decided(200, "It is cancelled.", .bookingCancelled),
                refusals: [.noSuchBooking, .notRefundable])
        ),
        (
            .refundBooking,
            .command(
                .bookings, "Refund beyond the policy",
                "A manager gives back the price of some tickets, which end, or an amount, which ends none.",
                id: .bookingId,
                body: .json(
                    .refund,
                    Example("amount", "An amount", ["amount": Samples.euros(1_000), "reason": "view obstructed"]),
                    Example("tickets", "Two tickets", ["tickets": [Samples.ticket], "reason": "illness"])),
                decided: .decided(201, "It will be given back.", .refunded),
                refusals: [.noSuchBooking, .notRefundable, .invalid])
        ),
        (
            .checkIn,
            .command(
                .bookings, "Check in",
                """
                A ticket is admitted once. A scan that is sent again with its `nonce` gets the same answer; another \
                scan of the same ticket is refused, with where and when somebody came in.
                """,
                body: .json(
                    .checkIn,
                    Example("scan", "A scan at a gate", ["code": "TKT1.AZjzwQ…", "gate": "North", "nonce": "n-1"])),
                decided: .decided(200, "Come in.", .admitted), refusals: [.notValid, .alreadyAdmitted])
        ),
        (.ticketSVG, picture("A ticket's QR code as SVG", "image/svg+xml")),
        (.ticketPNG, picture("A ticket's QR code as PNG", "image/png")),
        (.keys, keysGuide),
    ]

    private static func picture(_ summary: String, _ type: String) -> Guide {
        var guide = Guide.read(
            .bookings, summary, "It says the ticket's `code`, which is signed.", id: .ticketId,
            answer: Body(type: type, schema: .string))
        guide.problems.append(.fault(.gone))
        return guide
    }

    private static var keysGuide: Guide {
        var guide = Guide.read(
            .bookings, "Public keys", "A gate that is offline checks tickets' codes with these, and anybody receipts.",
            answer: .json(.keys))
        guide.problems = Guide.ofAny
        guide.answers = guide.answers.map { answer in
            var answer = answer
            answer.headers = [.tag]
            return answer
        }
        return guide
    }
}
