internal import Ticketing
internal import Wire

// What the catalogue and the seat maps say.
extension Component {
    static let event = Component(
        "Event",
        .object([
            .must("eventId", .component(eventId)), .must("name", .string), .may("description", .string),
            .may("category", .string), .may("language", .string), .may("durationMinutes", .count),
            .must("venue", .component(eventVenue)), .may("performers", .list(.string)),
            .must("currency", .component(currency)),
            .must("maxTicketsPerBuyer", .count), .must("holdSeconds", .count), .must("paymentSeconds", .count),
            .must("offerSeconds", .count), .must("maxPassOvers", .count),
            .must("refundPolicy", .list(.object([.must("hoursBefore", .count), .must("percent", .count)]))),
            .must("tiers", .list(.component(pricedTier))), .must("shows", .list(.component(showOfEvent))),
            .must("status", .words("active", "cancelled")),
        ]))

    static let eventSummary = Component(
        "EventSummary",
        .object([
            .must("eventId", .component(eventId)), .must("name", .string), .may("category", .string),
            .must("venue", .component(eventVenue)), .must("status", .words("active", "cancelled")),
        ]).described("An event as lists have it."))

    private static let eventVenue = Component(
        "EventVenue",
        .object([
            .must("name", .string), .must("city", .string), .must("country", .string),
            .may("location", .object([.must("lat", .number(-90...90)), .must("lon", .number(-180...180))])),
        ]))

    private static let pricedTier = Component(
        "PricedTier", .object([.must("name", .string), .must("price", .money)]))

    private static let showOfEvent = Component("ShowOfEvent", .object(showMembers))

    private static let showMembers: [Schema.Member] = [
        .must("showId", .component(showId)), .must("startsAt", .time), .may("endsAt", .time),
        .may("salesStart", .time), .may("salesEnd", .time), .must("status", .words("active", "cancelled")),
    ]

    static let show = Component(
        "Show",
        .object(
            showMembers + [
                .must("eventId", .component(eventId)),
                .must(
                    "sections",
                    .list(
                        .oneOf(
                            .closed([
                                .must("name", .string), .must("tier", .string),
                                .must("rows", .list(.object([.must("name", .string), .must("seats", .count)]))),
                            ]),
                            .closed([.must("name", .string), .must("tier", .string), .must("capacity", .count)])))),
            ]))

    static let locations = Component(
        "Locations",
        .object([
            .must(
                "items", .list(.object([.must("city", .string), .must("country", .string), .must("events", .count)])))
        ]).described("Where there are events."))

    static let availability = Component(
        "Availability",
        .object([
            .must("showId", .component(showId)), .must("version", version),
            .must("status", .words("active", "cancelled")),
            .must(
                "tiers",
                .list(
                    .object([
                        .must("tier", .string), .must("price", .money, "What it costs now."), .must("total", .count),
                        .must("free", .count), .must("held", .count, "Reserved, or promised to those who wait."),
                        .must("sold", .count), .must("blocked", .count),
                    ]))),
        ]).example([
            "showId": Samples.show, "version": 4_711, "status": "active",
            "tiers": [
                [
                    "tier": "A", "price": Samples.euros(5_000), "total": 42, "free": 30, "held": 4, "sold": 8,
                    "blocked": 0,
                ]
            ],
        ]))

    static let version = Schema.count.described("Grows with each change of the show's places.")

    static let seatMap = Component(
        "SeatMap",
        .object([
            .must("showId", .component(showId)), .must("version", version),
            .must("status", .words("active", "cancelled")),
            .must(
                "sections",
                .list(
                    .oneOf(
                        .closed([
                            .must("name", .string), .must("tier", .string),
                            .must("rows", .list(.object([.must("name", .string), .must("seats", letters)]))),
                        ]),
                        .closed([
                            .must("name", .string), .must("tier", .string), .must("capacity", .count),
                            .must("free", .count),
                        ])))),
        ]).example([
            "showId": Samples.show, "version": 4_711, "status": "active",
            "sections": [
                ["name": "Floor", "tier": "A", "rows": [["name": "A", "seats": "ffhhsssf"]]],
                ["name": "Standing", "tier": "B", "capacity": 300, "free": 212],
            ],
        ]))

    private static let letters = Schema.string(pattern: "^[fhsb]*$").described(
        "A letter a seat, from number 1: `f` free, `h` held, `s` sold, `b` blocked.")

    static let change = Component(
        "Change",
        .object([
            .must("version", version, "The version that the map has with this change."),
            .may("status", .words("cancelled"), "Where the show was cancelled."),
            .must(
                "places",
                .list(
                    .object([
                        .must("section", .string), .may("row", .string, "Where the section has rows."),
                        .must("seat", .count), .must("from", letter), .must("to", letter),
                    ]))),
        ]).described("What changed on a show's seat map. Several versions may come as one."))

    private static let letter = Schema.words("f", "h", "s", "b")

    static let changes = Component(
        "Changes",
        .object([
            .must("version", version, "What to ask with next, as `since`."),
            .must("changes", .list(.component(change))),
        ]).described("The changes since the version that was asked with; none where the wait ended first."))
}
