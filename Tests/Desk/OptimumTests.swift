import Testing

@testable import Desk

@Suite("Admission by deadline against every schedule that there is")
struct OptimumTests {
    /// One piece of work that is still to be begun.
    struct Work {
        let release: Int
        let deadline: Int
    }

    @Test("With one minute a ticket it admits just what some schedule keeps", arguments: [1...60, 61...120])
    func unitLengthIsExact(seeds: ClosedRange<UInt64>) throws {
        let counts = try compare(seeds: seeds, minutes: 1, withHolds: true) { works, agents, _ in
            Self.matching(works, agents: agents)
        }
        #expect(counts.missed == 0 && counts.wrong == 0)
        #expect(counts.admitted > 300 && counts.refused > 100)
    }

    @Test("With longer work and no kept slots too", arguments: [2, 3])
    func longerWorkIsExactWithoutKeptSlots(minutes: Int) throws {
        let counts = try compare(seeds: 1...60, minutes: minutes, withHolds: false) { works, agents, ready in
            Self.search(works, ready: ready, length: minutes)
        }
        #expect(counts.missed == 0 && counts.wrong == 0)
        #expect(counts.admitted > 100 && counts.refused > 100)
    }

    @Test("With longer work and kept slots it never admits too much, and refuses little more than it must")
    func longerWorkIsSafeWithKeptSlots() throws {
        let counts = try compare(seeds: 1...60, minutes: 2, withHolds: true) { works, agents, ready in
            Self.search(works, ready: ready, length: 2)
        }
        print("two minutes, kept slots: \(counts.admitted) admitted, \(counts.missed) refused for nothing")
        #expect(counts.wrong == 0)
        #expect(counts.missed * 20 < counts.admitted)
    }

    private struct Counts {
        var admitted = 0
        var refused = 0
        /// Refused, though a schedule keeps all promises.
        var missed = 0
        /// Admitted, though none does.
        var wrong = 0
    }

    private func compare(
        seeds: ClosedRange<UInt64>, minutes: Int, withHolds: Bool, _ feasible: ([Work], Int, [Int]) -> Bool
    ) throws -> Counts {
        var counts = Counts()
        for seed in seeds {
            var histories = Histories(seed: seed)
            var settings = histories.settings(placement: .deadline, minutes: minutes)
            if minutes > 1 { settings.agents = min(settings.agents, 2) }
            var desk = try Scenario(settings)
            for _ in 0..<60 {
                var command = histories.command()
                if case .setSettings = command { continue }
                if !withHolds, case .validateEta(let kind) = command { command = .createTicket(class: kind) }
                desk.pass(histories.random.chance(50) ? 0 : histories.random.number(1...40))
                _ = desk.fallDue()
                let before = desk.state
                let decision = try desk.send(command)
                histories.learn(decision)
                guard let kind = Self.kind(of: command), let limit = settings.limit(of: kind) else { continue }
                var works = Self.works(of: before)
                // More cannot be searched in all orders.
                guard minutes == 1 || works.count <= 5 else { continue }
                var release = before.nextMinute
                if case .validateEta = command {
                    release = max(release, desk.now.adding(seconds: settings.softAssignSeconds).nextMinute)
                }
                works.append(Work(release: release, deadline: desk.now.adding(minutes: limit).minute))
                let isFeasible = feasible(works, settings.agents, Self.ready(before))
                switch (decision.isRefused, isFeasible) {
                case (false, true): counts.admitted += 1
                case (true, false): counts.refused += 1
                case (true, true): counts.missed += 1
                case (false, false): counts.wrong += 1
                }
            }
        }
        return counts
    }

    private static func kind(of command: DeskCommand) -> DeskName? {
        switch command {
        case .createTicket(let kind), .validateEta(let kind): kind
        default: nil
        }
    }

    private static func works(of state: DeskState) -> [Work] {
        (state.waiting.entries + state.holds.entries).map { entry in
            let ticket = state.tickets[entry.slot]
            return Work(release: max(ticket.release, state.nextMinute), deadline: ticket.deadline)
        }
    }

    /// From which minute on each agent has no work.
    private static func ready(_ state: DeskState) -> [Int] {
        (0..<state.settings.agents).map { agent in
            max(state.nextMinute, state.working.entries.first { $0.tie == agent }.map { Int($0.at) } ?? 0)
        }
    }

    /// Gives each a minute of its own, moving others where it must: there is a way just if this finds one.
    private static func matching(_ works: [Work], agents: Int) -> Bool {
        var holders: [Int: [Int]] = [:]
        func find(_ work: Int, _ seen: inout Set<Int>) -> Bool {
            guard works[work].release < works[work].deadline else { return false }
            for minute in works[work].release..<works[work].deadline where seen.insert(minute).inserted {
                if holders[minute, default: []].count < agents {
                    holders[minute, default: []].append(work)
                    return true
                }
                for (index, other) in holders[minute, default: []].enumerated() where find(other, &seen) {
                    holders[minute, default: []][index] = work
                    return true
                }
            }
            return false
        }
        return works.indices.allSatisfy { work in
            var seen: Set<Int> = []
            return find(work, &seen)
        }
    }

    /// Tries every order, each work on the agent that can begin it first.
    private static func search(_ works: [Work], ready: [Int], length: Int) -> Bool {
        guard !works.isEmpty else { return true }
        for index in works.indices {
            var rest = works
            let work = rest.remove(at: index)
            for agent in ready.indices {
                let start = max(ready[agent], work.release)
                guard start + length <= work.deadline else { continue }
                var next = ready
                next[agent] = start + length
                if search(rest, ready: next, length: length) { return true }
            }
        }
        return false
    }

    @Test("On mixed loads it admits more tickets than the first free minute does")
    func deadlineAdmitsMoreThanEarliest() throws {
        // Urgent tickets all the time, and waves of patient ones, more than the agents can do.
        let even = try admitted(seeds: 1...2, minutes: 600) { minute in
            minute / 60 % 2 == 0 ? (tickets: 4, patient: 85) : (tickets: 1, patient: 20)
        }
        // A burst of patient ones, then urgent ones, all in all less than they can do.
        let bursts = try admitted(seeds: 3...4, minutes: 480) { minute in
            if minute < 20 { return (tickets: 30, patient: 90) }
            return (tickets: minute < 130 ? 2 : 0, patient: 20)
        }
        print("waves: earliest admits \(even.earliest), deadline \(even.deadline)")
        print("bursts: earliest admits \(bursts.earliest), deadline \(bursts.deadline)")
        #expect(even.deadline * 100 > even.earliest * 104)
        #expect(bursts.deadline * 100 > bursts.earliest * 120)
    }

    private func admitted(
        seeds: ClosedRange<UInt64>, minutes: Int, _ load: (Int) -> (tickets: Int, patient: Int)
    ) throws -> (earliest: Int, deadline: Int) {
        func run(_ placement: DeskPlacement, _ seed: UInt64) throws -> Int {
            var random = Seeded(seed)
            var desk = try Scenario(DeskSettings(agents: 2, placement: placement))
            var count = 0
            for minute in 0..<minutes {
                for _ in 0..<load(minute).tickets {
                    let kind: DeskName = random.chance(load(minute).patient) ? "BRONZE" : "GOLD"
                    let context = desk.nextContext()
                    var arrears = DeskArrears(seed: DeskCommandId(high: 3, low: context.commandId.low << 20))
                    let decision = desk.state.decide(.createTicket(class: kind), context: context, arrears: &arrears)
                    if try #require(decision).isRefused == false { count += 1 }
                }
                desk.now = Scenario.minute(minute + 1)
            }
            #expect(desk.state.audit() == [])
            return count
        }
        var sum = (earliest: 0, deadline: 0)
        for seed in seeds {
            sum.earliest += try run(.earliest, seed)
            sum.deadline += try run(.deadline, seed)
        }
        return sum
    }
}
