internal import Ticketing
internal import Wire

extension Guides {
    static let catalogue: [(Operation, Guide)] = [
        (
            .createEvent,
            .command(
                .catalogue, "Create an event",
                """
                An event with its tiers and shows. All of it is there at once, and on sale from each show's \
                `salesStart` on. Limits, times and the currency stay as they are now; prices, policy and what \
                describes the event can be changed later.

                One body has at most 256 KiB: add the shows of a large event one by one.
                """,
                body: .json(
                    .createEvent,
                    Example("concert", "A concert with two tiers", Component.createEventExample), limit: 256 << 10),
                decided: .decided(
                    201, "The event is there.", .eventCreated,
                    links: [
                        Link(operation: .event, pointer: "/eventId"), Link(operation: .addShow, pointer: "/eventId"),
                        Link(operation: .changeEvent, pointer: "/eventId"),
                        Link(operation: .cancelEvent, pointer: "/eventId"),
                        Link(operation: .seatMap, pointer: "/shows/0/showId"),
                        Link(operation: .reserve, pointer: "/shows/0/showId"),
                        Link(operation: .joinWaitlist, pointer: "/shows/0/showId"),
                    ]),
                refusals: [.invalid, .eventExists])
        ),
        (
            .changeEvent,
            .command(
                .catalogue, "Change an event",
                """
                New words, prices or a new refund policy. What was reserved and sold before keeps its prices and its \
                policy. What describes the event is replaced as a whole.
                """, id: .eventId,
                body: .json(
                    .changeEvent,
                    Example("prices", "Another price for one tier", ["tiers": [["name": "B", "price": 2_499]]])),
                decided: .decided(200, "It is changed.", .eventChanged),
                refusals: [.eventCancelled, .invalid, .noSuchTier])
        ),
        (
            .cancelEvent,
            .command(
                .catalogue, "Cancel an event",
                """
                No more sales from this moment on. Holds end, waitlists end, and every booking is refunded in full, \
                whatever the policy: that is unwound in steps, by itself. Asked again, it says how much is still to be \
                unwound. It cannot be undone.
                """, id: .eventId,
                decided: .decided(200, "It is cancelled.", .eventCancelled), refusals: [])
        ),
        (
            .addShow,
            .command(
                .catalogue, "Add a show", "One more show of an event, in the event's tiers.", id: .eventId,
                body: .json(.newShow, Example("show", "Rows, and places without rows", Component.showExample)),
                decided: .decided(
                    201, "The show is there.", .showAdded,
                    links: [
                        Link(operation: .show, pointer: "/showId"), Link(operation: .cancelShow, pointer: "/showId"),
                        Link(operation: .blockSeats, pointer: "/showId"),
                        Link(operation: .availability, pointer: "/showId"),
                    ]),
                refusals: [.eventCancelled, .invalid])
        ),
        (
            .cancelShow,
            .command(
                .catalogue, "Cancel a show", "As an event is cancelled, but one show of it.", id: .showId,
                decided: .decided(200, "It is cancelled.", .showCancelled), refusals: [.noSuchShow])
        ),
        (
            .blockSeats,
            .command(
                .catalogue, "Take seats off sale",
                "All of them or none. Seats that are off sale already stay so; held or sold ones forbid it.",
                id: .showId,
                body: .json(.blockSeats, Example("two", "Two seats", ["seats": ["Floor/A/1", "Floor/A/2"]])),
                namesSeats: true, decided: .decided(200, "They are off sale.", .seatsBlocked), refusals: blocking)
        ),
        (
            .unblockSeats,
            .command(
                .catalogue, "Put seats back on sale",
                "All of them or none. Seats that are on sale already stay so; held or sold ones forbid it.",
                id: .showId,
                body: .json(.blockSeats, Example("two", "Two seats", ["seats": ["Floor/A/1", "Floor/A/2"]])),
                namesSeats: true, decided: .decided(200, "They are on sale.", .seatsUnblocked), refusals: blocking)
        ),
        (
            .listEvents,
            .read(
                .catalogue, "Find events",
                "Your events, those that start soonest first; with `near`, the nearest first.",
                [
                    .query("q", .string(bytes: 1...200), "Words of the name, the description or the performers."),
                    .query("city", .string(bytes: 1...200), "The venue's city."),
                    .query("country", .string(bytes: 1...200), "The venue's country."),
                    .query(
                        "near", .string(pattern: "^[0-9.-]+,[0-9.-]+$").example("50.94,6.96"),
                        "Latitude and longitude."),
                    .query(
                        "radiusKm", .number(0...20_100).defaulting(to: 50),
                        "How far from `near` at most, in kilometres, above 0. Without `near` it says nothing, and is "
                            + "refused."),
                    .query("from", .time, "With a show that starts then or later."),
                    .query("to", .time, "With a show that starts before."),
                    .query("category", .string(bytes: 1...200), "Of this category."), .limit, .after,
                ], answer: .json(.eventPage))
        ),
        (
            .event,
            .read(
                .catalogue, "Look at an event", "Everything about it but its places.", id: .eventId,
                answer: .json(.event))
        ),
        (
            .listLocations,
            .read(
                .catalogue, "List locations", "The cities in which you have events that are not cancelled.",
                [.limit, .after], answer: .json(.locationPage))
        ),
    ]

    private static let blocking: [Refusal.Kind] = [
        .noSuchShow, .noSuchSeat, .eventCancelled, .showCancelled, .invalid, .seatsUnavailable,
    ]
}
