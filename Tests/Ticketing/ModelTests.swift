import Testing

@testable import Simulation
@testable import Ticketing

@Suite("The rule book against an independent model")
struct ModelTests {
    @Test(
        "Random histories: the same answers, nothing out of step, and the same state from the written rows",
        arguments: [1...40, 41...80, 81...120, 121...160] as [ClosedRange<UInt64>])
    func histories(seeds: ClosedRange<UInt64>) throws {
        for seed in seeds {
            let wrong = try Self.run(seed: seed, steps: 160)
            if let wrong {
                Issue.record("seed \(seed): \(wrong)")
                return
            }
        }
    }

    /// Runs one history; what went wrong first, if anything did.
    private static func run(seed: UInt64, steps: Int) throws -> String? {
        var histories = Histories(seed: seed)
        let event = histories.event(EventId(high: 9, low: 9), at: Scenario.start)
        let created = EventState.create(
            event, context: Context(commandId: CommandId(high: 1, low: 1), tenant: Scenario.tenant, now: Scenario.start)
        )
        var state = try #require(created.0)
        let model = Model(event)
        var stored = StoredEvent()
        try stored.apply(created.1)
        var now = Scenario.start
        for step in 0..<steps {
            now = now + Seconds(histories.seconds())
            model.now = now.microseconds
            let command = histories.corrected(histories.command(state), state)
            let context = Context(
                commandId: CommandId(high: 2, low: UInt64(step + 1) << 32 | 0xFFFF), tenant: Scenario.tenant, now: now)
            // Small batches, and a takeover between any two of them, must not change anything.
            let budget = histories.random.chance(30) ? histories.random.number(1...3) : 1_000
            var fell: [Decision] = []
            func batch(_ budget: Int) -> Arrears {
                Arrears(seed: CommandId(high: 2, low: UInt64(step + 1) << 32 + UInt64(fell.count)), atMost: budget)
            }
            var decided: Decision?
            var before = 0
            while true {
                // The model unwinds a show in one step.
                var arrears = batch(decided == nil ? budget : 1_000)
                if decided == nil {
                    decided = state.decide(command, context: context, arrears: &arrears)
                    for due in arrears.decisions { try stored.apply(due) }
                    fell += arrears.decisions
                    before = fell.count
                    if let decided { try stored.apply(decided) }
                } else {
                    state.fallDue(through: now, arrears: &arrears)
                    for due in arrears.decisions { try stored.apply(due) }
                    fell += arrears.decisions
                    if arrears.decisions.isEmpty { break }
                }
                if budget < 1_000 { state = try stored.load(at: now) }
            }
            let decision = try #require(decided)
            for done in fell + [decision] { histories.learn(done) }

            // The rule book's decisions in their order: what fell due, the command, what fell due because of it.
            var expected: [String] = []
            var minted: UInt64 = 0
            func settle() {
                while let due = model.due(UInt64(step + 1) << 32 + minted) {
                    expected.append(due)
                    minted += 1
                }
            }
            settle()
            let expectedBefore = expected.count
            let answered = model.decide(command, UInt64(step + 1) << 32 | 0xFFFF)
            settle()
            while let unwound = model.unwind() {
                expected.append(unwound)
                settle()
            }
            let fallen = fell.map { answer($0.outcome) }
            let head = "step \(step), \(command)"
            if answer(decision.outcome) != answered {
                return "\(head): \(answer(decision.outcome)), the model: \(answered)"
            }
            if fallen != expected || before != expectedBefore {
                return "\(head): fell due \(fallen), the model: \(expected)"
            }
            let audit = state.audit()
            if !audit.isEmpty { return "\(head): \(audit)" }
            let loaded = try stored.load(at: now)
            if loaded.bytes != state.bytes { return "\(head): the rows make another state" }
            if loaded.nextDue != state.nextDue { return "\(head): the rows make another due time" }
            if step % 10 == 9, !loaded.audit().isEmpty { return "\(head), loaded: \(loaded.audit())" }
            // From time to time the rebuilt state goes on, as after a takeover.
            if step % 10 == 9 { state = loaded }
        }
        return nil
    }
}

extension EventState: EventFacts {
    func placeCount(of show: ShowNumber) -> Int? { layout(of: show)?.placeCount }
    func name(of place: Int, in show: ShowNumber) -> SeatName {
        layout(of: show)?.name(of: UInt32(place)) ?? SeatName(section: "", row: nil, number: 0)
    }
    func amount(of payment: PaymentId) -> Int64? { paymentRow(payment)?.amount }
}
