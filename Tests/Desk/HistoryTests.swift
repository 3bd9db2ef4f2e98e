import Testing

@testable import Desk

@Suite struct HistoryTests {
    @Test(
        "Random histories: every promise kept, no slot twice, and the same state from the written rows",
        arguments: [1...40, 41...80, 81...120] as [ClosedRange<UInt64>])
    func histories(seeds: ClosedRange<UInt64>) throws {
        var begun = 0
        for seed in seeds {
            let (found, count) = try Self.run(seed: seed, steps: 120)
            begun += count
            if let found {
                Issue.record("seed \(seed): \(found)")
                return
            }
        }
        #expect(begun > 500)
    }

    private static func run(seed: UInt64, steps: Int) throws -> (String?, begun: Int) {
        var histories = Histories(seed: seed)
        let context = DeskContext(
            commandId: DeskCommandId(high: 1, low: 1), tenant: Scenario.tenant, now: Scenario.start)
        let created = DeskState.create(
            RequestAccount(subDomain: "acme", settings: histories.settings()), context: context)
        var state = try #require(created.0)
        var stored = StoredDesk()
        try stored.apply(created.1)
        var watcher = Watcher()
        var now = Scenario.start
        for step in 0..<steps {
            now = now.adding(seconds: histories.seconds())
            if histories.random.chance(30) { now = DeskTime(minute: now.nextMinute) }
            let command = step == 0 ? .accountReady(store: "main") : histories.command()
            var number = UInt64(step + 1) << 32
            while true {
                // Small batches, and takeovers between any two of them, must not change anything.
                let budget = histories.random.chance(30) ? histories.random.number(1...2) : 1_000
                var arrears = DeskArrears(seed: DeskCommandId(high: 2, low: number), atMost: budget)
                let before = state.settings
                var other = try #require(try stored.load(at: histories.random.chance(50) ? now : state.time))
                var otherArrears = arrears
                let context = DeskContext(
                    commandId: DeskCommandId(high: 2, low: number | 0xFFFF_0000), tenant: Scenario.tenant, now: now)
                let decision = state.decide(command, context: context, arrears: &arrears)
                let again = other.decide(command, context: context, arrears: &otherArrears)
                if arrears.decisions != otherArrears.decisions { return ("step \(step): other arrears", 0) }
                if decision != again { return ("step \(step): \(String(describing: again)) after a takeover", 0) }
                for fell in arrears.decisions {
                    try stored.apply(fell)
                    watcher.see(fell, before, at: now)
                }
                if let decision {
                    try stored.apply(decision)
                    watcher.see(decision, state.settings, at: now)
                    histories.learn(decision)
                    if let wrong = stored.misforecast(state, at: now) { return ("step \(step): \(wrong)", 0) }
                    if !decision.isRefused || step % 7 == 0 {
                        let wrong = state.audit() + other.audit() + watcher.found
                        if let first = wrong.first { return ("step \(step): \(first)", 0) }
                    }
                }
                if state.digest != other.digest { return ("step \(step): another state from the rows", 0) }
                if try DeskState(snapshot: state.snapshot).snapshot != state.snapshot {
                    return ("step \(step): another state from the snapshot", 0)
                }
                number += UInt64(arrears.decisions.count)
                if decision != nil { break }
            }
        }
        var last = DeskArrears(seed: DeskCommandId(high: 4, low: 0), atMost: 100_000)
        let before = state.settings
        state.fallDue(through: now.adding(minutes: 60), arrears: &last)
        for fell in last.decisions { watcher.see(fell, before, at: now) }
        guard state.waitingCount == 0, state.workingCount == 0 else { return ("something never began", 0) }
        return (watcher.found.first, watcher.begun)
    }

    @Test func whatIsCutOffOrChangedIsAnErrorAndNeverATrap() throws {
        var desk = try Scenario(DeskSettings(classes: Scenario.short, agents: 3, placement: .deadline))
        for _ in 0..<4 { _ = try desk.create("C") }
        _ = try desk.hold("C")
        desk.pass(20)
        _ = try desk.hold("B")
        desk.now = Scenario.minute(1)
        _ = desk.fallDue()
        let bytes = desk.state.snapshot
        for length in 0..<bytes.count { _ = try? DeskState(snapshot: Array(bytes.prefix(length))) }
        var random = Seeded(5)
        for _ in 0..<3_000 {
            var changed = bytes
            for _ in 0..<random.number(1...3) {
                changed[random.number(0...bytes.count - 1)] = UInt8(random.number(0...255))
            }
            guard var state = try? DeskState(snapshot: changed) else { continue }
            // Whatever could be loaded can be asked.
            var arrears = DeskArrears(seed: DeskCommandId(high: 8, low: 8))
            let later = max(state.time, desk.now).adding(minutes: 20)
            let context = DeskContext(commandId: DeskCommandId(high: 9, low: 9), tenant: Scenario.tenant, now: later)
            _ = state.decide(.createTicket(class: "C"), context: context, arrears: &arrears)
        }
        #expect(throws: DeskLoadError.self) { try DeskState(snapshot: []) }
        #expect(throws: DeskLoadError.self) { try DeskState(snapshot: [9] + bytes.dropFirst()) }
    }
}
