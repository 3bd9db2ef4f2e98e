internal import TestSupport
internal import Ticketing

/// The rule book alone, on one thread: decisions a second, by what the show looks like, and bytes a place.
enum TicketingBenchmark {
    static func run(_ servers: TestServers) async throws {
        try reserve(places: 100, events: 1_000)
        try reserve(places: 100_000, events: 1)
    }

    /// Best available, one place each, distinct buyers, until nearly all is held.
    private static func reserve(places: Int, events: Int) throws {
        let rows = (1...places / 50).map { RowSpec(name: Label("\($0)"), seats: 50) }
        var states = try (0..<events).map { try event([SectionSpec(name: "Hall", tier: "A", rows: rows)], number: $0) }
        let commands = (0..<events * places).map { number in
            Command.reserve(Reserve(show: 1, buyer: buyer(number), tier: "A", quantity: 1))
        }
        let contexts = (0..<commands.count).map { context(UInt64($0)) }
        var reserved = 0
        let time = ContinuousClock().measure {
            for event in states.indices {
                var arrears = Arrears(seed: CommandId(high: 0, low: 0))
                for place in 0..<places {
                    let number = event * places + place
                    let decision = states[event].decide(
                        commands[number], context: contexts[number], arrears: &arrears)
                    if decision?.isRefused == false { reserved += 1 }
                }
            }
        }
        print(line("reserve, \(places) places", count: reserved, time))
    }

    private static func line(_ name: String, count: Int, _ time: Duration) -> String {
        let seconds = Double(time.components.seconds) + Double(time.components.attoseconds) / 1e18
        return "\(name): \(Int(Double(count) / seconds)) decisions/s, \(Int(seconds * 1e9 / Double(count))) ns each"
    }

    private static func buyer(_ number: Int) -> Label { Label("buyer-\(1_000_000_000_000 + number)") }

    private static func context(_ number: UInt64) -> Context {
        // Spread as the hashes that command ids are.
        let mixed = (number &+ 1) &* 0x9E37_79B9_7F4A_7C15
        return Context(
            commandId: CommandId(high: mixed ^ mixed >> 31, low: mixed &* 0xBF58_476D_1CE4_E5B9),
            tenant: TenantId(high: 0, low: 1), now: Time(microseconds: 1_780_000_000_000_000))
    }

    private struct NoEvent: Error {}

    private static func event(_ sections: [SectionSpec], number: Int = 0) throws -> EventState {
        guard let currency = Currency("EUR") else { throw NoEvent() }
        let command = CreateEvent(
            event: EventId(high: 1, low: UInt64(number)), details: EventDetails(name: "Concert"), currency: currency,
            tiers: [TierSpec(name: "A", price: 5_000)],
            shows: [ShowSpec(startsAt: Time(microseconds: 1_790_000_000_000_000), sections: sections)])
        guard let state = EventState.create(command, context: context(UInt64(number))).0 else { throw NoEvent() }
        return state
    }
}
