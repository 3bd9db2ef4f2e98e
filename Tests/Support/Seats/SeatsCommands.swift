internal import Runtime
public import Ticketing
public import Wire

/// Commands for tests, with ids that follow from numbers.
public struct SeatsCommands: Sendable {
    public let tenant: TenantId
    public var replyTo: String?
    private let series: UInt64

    /// - Parameter series: commands of different series have different ids.
    public init(series: UInt64 = 1, replyTo: String? = "ingress-1") {
        self.series = series
        self.replyTo = replyTo
        tenant = TenantId(high: 0x0198_F3C2_A7D4_7C2E, low: 0x8F0B_6D1E_5A4C_3B2A)
    }

    public func event(_ number: Int) -> EventId {
        EventId(high: 0x0198_F3C2_A7D4_7000 &+ UInt64(number), low: 0x9F0B_6D1E_0000_0000 &+ UInt64(number))
    }

    /// Spread over all 128 bits, as real ids are.
    public func id(_ number: Int) -> CommandId {
        let mixed = (UInt64(number) &+ series << 32) &* 0x9E37_79B9_7F4A_7C15
        return CommandId(high: mixed ^ (mixed >> 29), low: mixed &* 0xBF58_476D_1CE4_E5B9 ^ UInt64(number))
    }

    public func command(_ number: Int, _ event: EventId, _ content: Content) -> WireCommand {
        WireCommand(id: id(number), tenant: tenant, event: event, content: content, replyTo: replyTo)
    }

    /// An event with shows of so many places in rows of `width`, on sale for a year, with one tier “A”.
    public func create(
        _ number: Int, _ event: EventId, shows: Int = 1, places: Int = 100, width: Int = 50, price: Int64 = 5_000,
        change: (inout Ticketing.Settings) -> Void = { _ in }
    ) -> WireCommand {
        let now = SystemTime().wall.microseconds
        let rows = (0..<(places + width - 1) / width).map { row in
            RowSpec(name: Label("\(row + 1)"), seats: min(width, places - row * width))
        }
        var settings = Ticketing.Settings()
        change(&settings)
        guard let euro = Currency("EUR") else { preconditionFailure("EUR is a currency") }
        return command(
            number, event,
            Content(
                .create(
                    CreateEvent(
                        event: event, details: EventDetails(name: "Concert"), currency: euro, settings: settings,
                        tiers: [TierSpec(name: "A", price: price)],
                        shows: (0..<shows).map { _ in
                            ShowSpec(
                                startsAt: Time(microseconds: now) + 31_536_000,
                                sections: [SectionSpec(name: "Hall", tier: "A", rows: rows)])
                        }))))
    }

    public func reserve(
        _ number: Int, _ event: EventId, show: Int = 1, buyer: String? = nil, quantity: Int = 1
    ) -> WireCommand {
        command(
            number, event,
            Content(
                .reserve(
                    Reserve(
                        show: show, buyer: Label(buyer ?? "buyer-\(number)"), tier: "A", quantity: quantity))))
    }
}
