import Testing

@testable import Simulation
@testable import Ticketing

@Suite("Loading")
struct LoaderTests {
    /// A state with a hold, a booking with a refund, a block and two who wait; as rows.
    private func rows() throws -> (state: EventState, event: EventRow, terms: [TermsRow], rest: [Row]) {
        var scenario = try Scenario(
            SectionSpec(name: "Floor", tier: "A", rows: [RowSpec("A", 6)]),
            SectionSpec(name: "Standing", tier: "B", capacity: 1))
        let seat = try #require(SeatName("Floor/A/6"))
        _ = try scenario.send(.block(show: 1, seats: [seat]))
        let booking = try scenario.book(try scenario.reserve("ann", 2))
        _ = try scenario.send(.refundBooking(booking, .amount(1)))
        _ = try scenario.reserve("bob", 2)
        _ = try scenario.reserve("eve", 1, tier: "B")
        for buyer in ["x", "y"] as [Label] {
            _ = try scenario.send(.joinWaitlist(JoinWaitlist(show: 1, buyer: buyer, tier: "B", quantity: 1)))
        }
        var event: EventRow?
        var terms: [TermsRow] = []
        var rest: [Row] = []
        scenario.state.rows { row in
            switch row {
            case .event(let row): event = row
            case .terms(let row): terms.append(row)
            default: rest.append(row)
            }
        }
        return (scenario.state, try #require(event), terms, rest)
    }

    private func load(_ rows: (state: EventState, event: EventRow, terms: [TermsRow], rest: [Row])) throws -> EventState
    {
        var loader = try Loader(rows.event, terms: rows.terms, at: rows.state.time)
        for row in rows.rest { try loader.add(row) }
        return try loader.finish()
    }

    @Test("A state's own rows make it again")
    func again() throws {
        let rows = try rows()
        let loaded = try load(rows)
        let isSame = loaded.bytes == rows.state.bytes
        #expect(isSame)
        #expect(loaded.audit().isEmpty)
        #expect(loaded.nextDue == rows.state.nextDue)
    }

    @Test("Any row left out or given twice is an error or another state, never a trap")
    func damage() throws {
        let whole = try rows()
        for index in whole.rest.indices {
            var without = whole
            without.rest.remove(at: index)
            if let loaded = try? load(without) {
                let isSame = loaded.bytes == whole.state.bytes
                #expect(!isSame)
            }
            var twice = whole
            twice.rest.insert(whole.rest[index], at: index)
            #expect(throws: LoadError.self) { try load(twice) }
        }
        for count in 0..<whole.rest.count {
            var shuffled = whole
            var random = Seeded(UInt64(count))
            shuffled.rest.shuffle(using: &random)
            _ = try? load(shuffled)
        }
    }

    @Test("Claims that contradict their reservations are named")
    func claims() throws {
        let whole = try rows()
        func loaded(_ change: (inout Claims) -> Void) throws -> EventState {
            var changed = whole
            for (index, row) in whole.rest.enumerated() {
                guard case .claims(var claims) = row, claims.kind == .held else { continue }
                change(&claims)
                changed.rest[index] = .claims(claims)
                break
            }
            return try load(changed)
        }
        #expect(throws: LoadError(.impossible, in: "claim")) { try loaded { $0.kind = .sold } }
        #expect(throws: LoadError(.impossible, in: "claim")) { try loaded { $0.kind = .blocked } }
        #expect(throws: LoadError(.impossible, in: "claim")) { try loaded { $0.holder = nil } }
        #expect(throws: LoadError(.impossible, in: "claim")) {
            try loaded { $0.places = PlaceList(from: 99, count: 1) }
        }
        #expect(throws: LoadError(.dangling, in: "claim")) { try loaded { $0.show = 2 } }
        #expect(throws: LoadError(.dangling, in: "claim")) {
            try loaded { $0.places = PlaceList($0.places.dropLast().map(\.self)) }
        }
        #expect(throws: LoadError(.twice, in: "claim")) { try loaded { $0.places = PlaceList(from: 1, count: 1) } }
    }

    /// Hash seeds differ from process to process: if an answer depended on one, this number would not hold. It also
    /// holds
    /// the rules of this version: what changes it needs a new version.
    @Test(
        "A history always ends in these bytes, by the version of its rules",
        arguments: [
            (version: 1, state: 8_831_311_231_425_685_995, decided: 2_207_453_753_693_210_648),
            (version: 2, state: 2_903_647_342_672_698_790, decided: 1_065_919_569_360_475_158),
        ] as [(version: UInt32, state: UInt64, decided: UInt64)])
    func golden(version: UInt32, bytes: UInt64, outcomes: UInt64) throws {
        var histories = Histories(seed: 2_026, hasReports: version >= 2)
        let event = histories.event(EventId(high: 9, low: 9), at: Scenario.start)
        let context = Context(commandId: CommandId(high: 1, low: 1), tenant: Scenario.tenant, now: Scenario.start)
        let created = EventState.create(event, context: context)
        var state = try #require(created.0)
        var now = Scenario.start
        var decided: UInt64 = 0
        for step in 0..<400 {
            now = now + Seconds(histories.seconds())
            let command = histories.corrected(histories.command(state), state)
            var arrears = Arrears(seed: CommandId(high: 2, low: UInt64(step + 1) << 32), rulesVersion: version)
            let id = CommandId(high: 2, low: UInt64(step + 1) << 32 | 0xFFFF)
            let context = Context(commandId: id, tenant: Scenario.tenant, now: now, rulesVersion: version)
            let decision = try #require(state.decide(command, context: context, arrears: &arrears))
            for done in arrears.decisions + [decision] {
                histories.learn(done)
                decided = fnv(answer(done.outcome).utf8, from: decided)
            }
        }
        #expect(fnv(state.bytes.bytes, from: 0) == bytes)
        #expect(decided == outcomes)
    }

    private func fnv(_ bytes: some Sequence<UInt8>, from start: UInt64) -> UInt64 {
        bytes.reduce(start ^ 0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
