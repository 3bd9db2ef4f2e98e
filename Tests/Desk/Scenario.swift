import Testing

@testable import Desk

/// A desk under test: commands go in with a time that only moves when the test says so.
struct Scenario {
    static let tenant = DeskTenantId(high: 0, low: 7)
    /// 2026-06-01T12:00:00Z, at the beginning of a minute.
    static let start = DeskTime(microseconds: 1_780_315_200_000_000)
    /// A minute's limit and one to spare, two, and five.
    static let short: [DeskSettings.Class] = [
        DeskSettings.Class(name: "A", minutes: 2), DeskSettings.Class(name: "B", minutes: 3),
        DeskSettings.Class(name: "C", minutes: 6),
    ]

    var state: DeskState
    var now = start
    /// What fell due with the newest command, or in the newest call of `fallDue`.
    var fallen: [DeskDecision] = []
    private var commands: UInt64 = 1_000

    init(_ settings: DeskSettings = DeskSettings(classes: short), isReady: Bool = true) throws {
        let (state, decision) = DeskState.create(
            RequestAccount(subDomain: "acme", settings: settings),
            context: DeskContext(commandId: DeskCommandId(high: 1, low: 1), tenant: Self.tenant, now: Self.start))
        try #require(!decision.isRefused, "\(decision.outcome)")
        self.state = try #require(state)
        if isReady { _ = try send(.accountReady(store: "main")) }
    }

    mutating func nextContext() -> DeskContext {
        commands += 1
        return DeskContext(commandId: DeskCommandId(high: 2, low: commands), tenant: Self.tenant, now: now)
    }

    /// Decides a command; what fell due before is in `fallen`.
    mutating func send(_ command: DeskCommand) throws -> DeskDecision {
        let context = nextContext()
        var arrears = DeskArrears(seed: DeskCommandId(high: 3, low: commands << 20))
        let decision = state.decide(command, context: context, arrears: &arrears)
        fallen = arrears.decisions
        #expect(state.audit() == [])
        return try #require(decision, "behind")
    }

    mutating func outcome(_ command: DeskCommand) throws -> DeskOutcome { try send(command).outcome }

    mutating func refusal(_ command: DeskCommand) throws -> DeskRefusal? {
        guard case .refused(let refusal) = try outcome(command) else { return nil }
        return refusal
    }

    mutating func pass(_ seconds: Int) { now = now.adding(seconds: seconds) }

    mutating func fallDue(atMost budget: Int = 1_000) -> [DeskDecision] {
        commands += 1
        var arrears = DeskArrears(seed: DeskCommandId(high: 3, low: commands << 20), atMost: budget)
        state.fallDue(through: now, arrears: &arrears)
        fallen = arrears.decisions
        return fallen
    }

    mutating func create(_ kind: DeskName = "A") throws -> Promised {
        guard case .created(let promised) = try outcome(.createTicket(class: kind)) else { throw Missing() }
        return promised
    }

    mutating func hold(_ kind: DeskName = "A") throws -> (Promised, until: DeskTime) {
        guard case .softAssigned(let promised, let until) = try outcome(.validateEta(class: kind)) else {
            throw Missing()
        }
        return (promised, until)
    }

    func status(_ promised: Promised) -> TicketStatus? { state.ticketRow(promised.ticket)?.status }

    struct Missing: Error {}

    /// Minutes after the start.
    static func minute(_ number: Int) -> DeskTime { start.adding(minutes: number) }
}

extension DeskState {
    var digest: [UInt8] {
        var bytes: [UInt8] = []
        digestInput { bytes += $0 }
        return bytes
    }
}

/// A small generator of numbers, the same for the same seed.
struct Seeded {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func number(_ range: ClosedRange<Int>) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return range.lowerBound + Int(state >> 11) % range.count
    }

    mutating func chance(_ percent: Int) -> Bool { number(1...100) <= percent }
}
