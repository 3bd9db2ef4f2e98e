internal import Ticketing
internal import Wire

// What the catalogue and the seat maps say.
extension Component {
    static let event = Component(
        "Event",
        .object(
            [.must("eventId", .component(eventId))] + eventDetails + [
                .must("currency", .component(currency)), .must("status", saleStatus),
                .must("maxTicketsPerBuyer", .count), .must("holdSeconds", .count), .must("paymentSeconds", .count),
                .must("offerSeconds", .count), .must("maxPassOvers", .count),
                .must(
                    "refundPolicy", .list(.object([.must("hoursBefore", .count), .must("percent", .count)])),
                    "For what is bought now; the step with the most hours first."),
                .must("tiers", .list(.component(pricedTier))),
                .must("shows", .list(.component(showOfEvent)), "In the order of their making."),
            ]))

    /// What describes an event, wherever it is told.
    private static let eventDetails: [Schema.Member] = [
        .must("name", .string), .may("description", .string), .may("category", .string), .may("language", .string),
        .may("durationMinutes", .count), .must("venue", .component(eventVenue)), .may("performers", .list(.string)),
    ]

    /// The event of a show or a booking.
    static let eventOfShow = Component(
        "EventOfShow", .object([.must("eventId", .component(eventId))] + eventDetails))

    private static let saleStatus = Schema.words("active", "cancelled")

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
        .may("salesStart", .time), .may("salesEnd", .time), .must("status", saleStatus),
    ]

    static let show = Component(
        "Show",
        .object(
            showMembers + [
                .must("eventId", .component(eventId)), .must("event", .component(eventOfShow)),
                .must("version", version),
                .must("currency", .component(currency)), .must("tiers", .list(.component(pricedTier))),
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

    static let location = Component(
        "EventLocation",
        .object([.must("city", .string), .must("country", .string), .must("events", .integer(1 ... .max))]))

    static let availability = Component(
        "Availability",
        .object([
            .must("showId", .component(showId)), .must("version", version),
            .must("status", saleStatus),
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
            .must("status", saleStatus),
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
            .may("reset", .constant(true), "What changed cannot be told: the map has to be fetched anew."),
            .must(
                "places",
                .list(
                    .object([
                        .must("section", .string), .may("row", .string, "Where the section has rows."),
                        .must("seat", .count), .must("from", letter), .must("to", letter),
                    ]))),
        ]).described("What changed on a show's seat map. Several versions may come as one.").example([
            "version": 4_712, "places": [["section": "Floor", "row": "A", "seat": 1, "from": "f", "to": "h"]],
        ]))

    private static let letter = Schema.words("f", "h", "s", "b")
}
