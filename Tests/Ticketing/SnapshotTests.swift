import Testing

@testable import Simulation
@testable import Ticketing

@Suite struct SnapshotTests {
    private func history(_ seed: UInt64) throws -> EventState {
        var histories = Histories(seed: seed)
        let event = histories.event(EventId(high: 9, low: 9), at: Scenario.start)
        let context = Context(commandId: CommandId(high: 1, low: 1), tenant: Scenario.tenant, now: Scenario.start)
        var state = try #require(EventState.create(event, context: context).0)
        var now = Scenario.start
        for step in 0..<150 {
            now = now + Seconds(histories.seconds())
            let command = histories.corrected(histories.command(state), state)
            var arrears = Arrears(seed: CommandId(high: 2, low: UInt64(step + 1) << 32))
            let id = CommandId(high: 2, low: UInt64(step + 1) << 32 | 0xFFFF)
            let context = Context(commandId: id, tenant: Scenario.tenant, now: now)
            let decision = try #require(state.decide(command, context: context, arrears: &arrears))
            for done in arrears.decisions + [decision] { histories.learn(done) }
        }
        return state
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func aSnapshotMakesTheSameStateAgain(_ seed: UInt64) throws {
        let state = try history(seed)
        let again = try EventState(snapshot: state.snapshot)
        #expect(again.bytes == state.bytes)
        #expect(again.time == state.time)
        #expect(again.snapshot == state.snapshot)
        #expect(again.audit() == [])
    }

    @Test func whatIsCutOffOrChangedIsAnErrorAndNeverATrap() throws {
        let bytes = try history(3).snapshot
        for length in stride(from: 0, to: bytes.count, by: 7) {
            _ = try? EventState(snapshot: Array(bytes.prefix(length)))
        }
        var random = Seeded(5)
        for _ in 0..<500 {
            var changed = bytes
            changed[random.number(0...bytes.count - 1)] = UInt8(random.number(0...255))
            _ = try? EventState(snapshot: changed)
        }
        #expect(throws: LoadError.self) { try EventState(snapshot: []) }
        #expect(throws: LoadError.self) { try EventState(snapshot: [9] + bytes.dropFirst()) }
    }
}
