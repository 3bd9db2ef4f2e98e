internal import Ticketing
internal import Wire

// Bodies that make and change what is for sale. Their bounds are those of the rule book.
extension Component {
    static let createEvent = Component(
        "CreateEvent",
        .closed(
            details + [
                .must("currency", .component(currency), "Of all prices of the event; it never changes."),
                .may(
                    "maxTicketsPerBuyer", .count(1...Bounds.placesPerReservation).defaulting(to: 10),
                    "How many places of a show a buyer may have: holds and bookings together."),
                .may("holdSeconds", seconds.defaulting(to: 600), "How long a reservation lasts."),
                .may("paymentSeconds", seconds.defaulting(to: 300), "The least time that a checkout leaves to pay."),
                .may("offerSeconds", seconds.defaulting(to: 600), "How long an offer from the waitlist lasts."),
                .may(
                    "maxPassOvers", .count(0...Bounds.passOvers).defaulting(to: 3),
                    "How often a waitlist entry whose quantity does not fit may be passed over."),
                .may("refundPolicy", .component(refundPolicy)),
                .must("tiers", .list(.component(tier), 1...Bounds.tiers), "Each of another name."),
                .must("shows", .list(.component(newShow), 0...Bounds.shows)),
            ]
        ).described("An event with its tiers and shows."))

    static let changeEvent = Component(
        "ChangeEvent",
        .oneOf(
            .closed([.must("tiers", prices), .may("refundPolicy", .component(refundPolicy))]),
            .closed([.must("refundPolicy", .component(refundPolicy))]),
            .closed(details + [.may("tiers", prices), .may("refundPolicy", .component(refundPolicy))])
        ).described(
            """
            What is to change, and at least something. What describes the event is replaced as a whole: whoever sends \
            any of it sends `name` and `venue` too. Prices and policy hold for what is reserved and bought from now on.
            """))

    private static let prices = Schema.list(.component(tier), 1...Bounds.tiers).described(
        "New prices of tiers that the event has.")

    private static let seconds = Schema.integer(1...Bounds.seconds.count)

    private static let details: [Schema.Member] = [
        .must("name", .name),
        .may("description", .string(bytes: 0...65_536)),
        .may("category", .words, "Such as `music`."),
        .may("language", .words, "Such as `de`."),
        .may("durationMinutes", .count(1...1_000_000)),
        .must("venue", .component(venue)),
        .may("performers", .list(.name, 0...Bounds.performers)),
    ]

    static let venue = Component(
        "Venue",
        .closed([
            .must("name", .words), .must("city", .words), .must("country", .words, "Such as `DE`."),
            .may("location", .component(coordinates)),
        ]))

    static let coordinates = Component(
        "Location",
        .closed([
            .must("lat", .number(-90...90)), .must("lon", .number(-180...180)),
        ]).described("Degrees, as decimals without an exponent. What is finer than a millionth is cut off.")
            .example(["lat": 50.941278, "lon": 6.958281]))

    static let refundPolicy = Component(
        "RefundPolicy",
        .list(
            .closed([
                .must("hoursBefore", .count(0...100_000)), .must("percent", .count(0...100)),
            ]), 0...Bounds.policySteps
        ).described(
            """
            What a buyer gets back: until `hoursBefore` the show starts, `percent` of the price. Of several steps the \
            one with the most hours that is still met holds; an empty list gives nothing back. Without a policy, all \
            is given back until 24 hours before.
            """
        ).example([["hoursBefore": 168, "percent": 100], ["hoursBefore": 24, "percent": 50]]))

    static let tier = Component(
        "Tier",
        .closed([
            .must("name", .name),
            .must("price", .oneOf(.integer(0...Bounds.price), .component(price)), "Money, or its amount alone."),
        ]).example(["name": "A", "price": Samples.euros(5_000)]))

    private static let price = Component(
        "Price",
        .closed([
            .must("amount", .integer(0...Bounds.price)), .must("currency", .component(currency), "The event's."),
        ]).described("In the event's currency."))

    static let newShow = Component(
        "NewShow",
        .closed([
            .must("startsAt", .time.example(Samples.doors)),
            .may("endsAt", .time.example("2026-12-31T23:00:00Z"), "After `startsAt`."),
            .may(
                "salesStart", .time.example("2026-10-01T08:00:00Z"),
                "Until then nothing is sold. Without it, sales begin at once."),
            .may(
                "salesEnd", .time.example("2026-12-31T19:30:00Z"),
                "From then on nothing is sold. Without it, sales end when the show starts."),
            .must("sections", .list(.component(newSection), 1...Bounds.sectionsPerShow), "Each of another name."),
        ]).described(
            "A show: at most \(Bounds.placesPerShow) places, and \(Bounds.placesPerEvent) of all the event's shows."))

    private static let newSection = Component(
        "NewSection",
        .oneOf(
            .closed([
                .must("name", part), .must("tier", .name, "One of the event's tiers."),
                .must(
                    "rows",
                    .list(
                        .closed([.must("name", part), .must("seats", .count(1...Bounds.placesPerShow))]),
                        1...Bounds.placesPerShow)),
            ]),
            .closed([
                .must("name", part), .must("tier", .name, "One of the event's tiers."),
                .must("capacity", .count(1...Bounds.placesPerShow)),
            ])
        ).described("Rows of numbered seats, or places without rows, which have numbers all the same."))

    /// A part of a seat's name.
    private static let part = Schema.string(bytes: 1...Bounds.nameBytes, pattern: "^[^/]+$")

    static let blockSeats = Component(
        "Seats", .closed([.must("seats", .list(.seatName, 1...Bounds.placesPerBlock), "Each once.")]))

    static let createEventExample: JSONValue = [
        "name": "New Year's Concert", "category": "music", "language": "de", "durationMinutes": 150,
        "venue": [
            "name": "Philharmonie", "city": "Köln", "country": "DE",
            "location": ["lat": 50.940278, "lon": 6.960833],
        ],
        "performers": ["Gürzenich-Orchester"], "currency": "EUR", "maxTicketsPerBuyer": 6,
        "refundPolicy": [["hoursBefore": 168, "percent": 100], ["hoursBefore": 24, "percent": 50]],
        "tiers": [["name": "A", "price": Samples.euros(5_000)], ["name": "B", "price": Samples.euros(1_999)]],
        "shows": [showExample],
    ]

    static let showExample: JSONValue = [
        "startsAt": Samples.doors, "salesStart": "2026-10-01T08:00:00Z",
        "sections": [
            [
                "name": "Floor", "tier": "A",
                "rows": [["name": "A", "seats": 20], ["name": "B", "seats": 22]],
            ],
            ["name": "Standing", "tier": "B", "capacity": 300],
        ],
    ]
}
