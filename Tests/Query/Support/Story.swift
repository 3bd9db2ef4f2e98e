internal import Runtime
internal import TestSupport
internal import Testing
internal import Ticketing
internal import Wire

/// What buyers and managers do, one thing after the other, and what they are answered.
final class Story {
    let commands: SeatsCommands
    private let producer: LineProducer
    private var number: Int

    /// - Parameter first: the number of the first command; stories of one database have different ones.
    init(_ producer: LineProducer, from first: Int = 1) {
        self.producer = producer
        commands = SeatsCommands()
        number = first
    }

    @discardableResult
    func send(_ event: EventId, _ content: Content, status: Int? = nil) throws -> JSON {
        number += 1
        let reply = try producer.ask(commands.command(number, event, content))
        let wanted = status ?? (reply.status == 200 ? 200 : 201)
        guard reply.status == wanted else { throw Refused(status: reply.status, text: reply.text) }
        return try JSON(reply.body)
    }

    @discardableResult
    func send(_ event: EventId, _ command: Command, status: Int? = nil) throws -> JSON {
        try send(event, Content(command), status: status)
    }

    struct Refused: Error, CustomStringConvertible {
        let status: Int
        let text: String
        var description: String { "\(status): \(text)" }
    }

    static let start = SystemTime().wall

    /// A hall with two tiers: `Floor` with two rows of five and `Balcony` with one of three in “A”, and twenty places
    /// to stand in “B”.
    static let hall = [
        SectionSpec(name: "Floor", tier: "A", rows: [RowSpec(name: "A", seats: 5), RowSpec(name: "B", seats: 5)]),
        SectionSpec(name: "Balcony", tier: "A", rows: [RowSpec(name: "1", seats: 3)]),
        SectionSpec(name: "Standing", tier: "B", capacity: 20),
    ]

    static func inDays(_ days: Int64) -> Time { Time(microseconds: start.microseconds) + Seconds(days * 86_400) }

    static let details = EventDetails(
        name: "Night of the Cellos", description: "Four of them, and a harp", category: "concert", language: "en",
        durationMinutes: 90, venue: "Old Hall", city: "Köln", country: "DE", latitude: 50_937_500,
        longitude: 6_960_300, performers: ["Kim", "Sasha"])

    @discardableResult
    func createEvent(
        _ number: Int, details: EventDetails = Story.details, price: Int64 = 5_000,
        policy: [PolicyStep]? = nil, shows: [Time] = [Story.inDays(30)], sections: [SectionSpec] = Story.hall,
        change: (inout Ticketing.Settings) -> Void = { _ in }
    ) throws -> EventId {
        let event = commands.event(number)
        var settings = Ticketing.Settings()
        change(&settings)
        guard let euro = Currency("EUR") else { preconditionFailure("EUR is a currency") }
        try send(
            event,
            Content(
                .create(
                    CreateEvent(
                        event: event, details: details, currency: euro, settings: settings, refundPolicy: policy,
                        tiers: [TierSpec(name: "A", price: price), TierSpec(name: "B", price: 0)],
                        shows: shows.map { ShowSpec(startsAt: $0, sections: sections) }))))
        return event
    }

    func reserve(_ event: EventId, show: Int = 1, buyer: String = "b-1", _ seats: String...) throws -> JSON {
        try send(
            event,
            .reserve(Reserve(show: show, buyer: Label(buyer), seats: seats.compactMap { SeatName($0) })))
    }

    func reserve(
        _ event: EventId, show: Int = 1, buyer: String = "b-1", tier: String, _ quantity: Int
    ) throws -> JSON {
        try send(event, .reserve(Reserve(show: show, buyer: Label(buyer), tier: Label(tier), quantity: quantity)))
    }

    /// Reserved, paid and booked.
    func book(_ event: EventId, show: Int = 1, buyer: String = "b-1", _ seats: String...) throws -> JSON {
        let held = try send(
            event, .reserve(Reserve(show: show, buyer: Label(buyer), seats: seats.compactMap { SeatName($0) })))
        return try pay(event, held)
    }

    /// - Returns: what the payment's result was answered with.
    func pay(_ event: EventId, _ reservation: JSON) throws -> JSON {
        let id: ReservationId = try id(reservation["reservationId"])
        let out = try send(event, .checkout(Checkout(reservation: id, provider: "sandbox")))
        guard out["status"].text != "succeeded" else { return out }
        guard let amount = out["total"]["amount"].int, let euro = Currency("EUR") else {
            throw Refused(status: 0, text: "\(out)")
        }
        return try send(
            event, .paymentResult(try self.id(out["paymentId"]), .succeeded(Money(Int64(amount), euro))))
    }

    func join(_ event: EventId, show: Int = 1, buyer: String, tier: String = "A", _ quantity: Int) throws -> JSON {
        try send(
            event,
            .joinWaitlist(JoinWaitlist(show: show, buyer: Label(buyer), tier: Label(tier), quantity: quantity)))
    }

    func id<Kind: NamedKind>(_ text: JSON) throws -> MintedId<Kind> {
        guard let text = text.text, let id = ScopedId<Kind>(text: text) else {
            throw Refused(status: 0, text: "no id: \(text)")
        }
        return id.id
    }
}
