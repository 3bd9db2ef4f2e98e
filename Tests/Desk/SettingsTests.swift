import Testing

@testable import Desk

@Suite struct SettingsTests {
    private func settings(
        _ placement: DeskPlacement, agents: Int = 1, minutes: Int = 1, limits: [Int] = [2, 3, 6]
    ) -> DeskSettings {
        DeskSettings(
            classes: zip(["A", "B", "C"], limits).map { DeskSettings.Class(name: $0, minutes: $1) },
            minutesPerTicket: minutes, agents: agents, placement: placement)
    }

    @Test(arguments: [DeskPlacement.earliest, .deadline])
    func fewerAgentsAreRefusedWherePromisesNeedThem(_ placement: DeskPlacement) throws {
        var desk = try Scenario(settings(placement, agents: 2))
        let first = try desk.create("A")
        _ = try desk.create("A")
        #expect(try desk.refusal(.setSettings(settings(placement))) == .promisesOutstanding)
        #expect(desk.state.settings.agents == 2)
        _ = try desk.send(.cancel(first.ticket))
        #expect(try desk.outcome(.setSettings(settings(placement))) == .settingsChanged)
        #expect(try desk.refusal(.createTicket(class: "A")) != nil)
        #expect(try desk.outcome(.setSettings(settings(placement, agents: 3))) == .settingsChanged)
        _ = try desk.create("A")
        _ = try desk.create("A")
        #expect(try desk.refusal(.createTicket(class: "A")) != nil)
    }

    @Test(arguments: [DeskPlacement.earliest, .deadline])
    func longerWorkIsRefusedWherePromisesHaveNoTimeForIt(_ placement: DeskPlacement) throws {
        var desk = try Scenario(settings(placement))
        _ = try desk.create("B")
        let long = settings(placement, minutes: 2, limits: [3, 4, 7])
        let longer = settings(placement, minutes: 3, limits: [4, 5, 8])
        #expect(try desk.refusal(.setSettings(longer)) == .promisesOutstanding)
        #expect(try desk.outcome(.setSettings(long)) == .settingsChanged)
        #expect(try desk.refusal(.createTicket(class: "A")) == .slaCannotBeMet(earliest: Scenario.minute(3)))
    }

    @Test func limitsAndClassesOfPromisesMadeStayAsTheyWere() throws {
        var desk = try Scenario(settings(.deadline))
        let first = try desk.create("C")
        _ = try desk.send(.setSettings(settings(.deadline, limits: [9])))
        #expect(desk.state.ticketRow(first.ticket)?.resolveBy == Scenario.minute(6))
        #expect(try desk.refusal(.createTicket(class: "C")) == .noSuchClass)
        #expect(try desk.create("A").resolveBy == Scenario.minute(9))
        var wrong = settings(.deadline)
        wrong.agents = 0
        #expect(try desk.refusal(.setSettings(wrong)) == .invalid(.agents))
    }

    @Test func slotsThatMovedAreFixedWhereTheyAre() throws {
        var desk = try Scenario(settings(.deadline))
        let patient = try desk.create("C")
        let urgent = try desk.create("A")
        let (kept, _) = try desk.hold("C")
        let decision = try desk.send(.setSettings(settings(.earliest)))
        #expect(decision.outcome == .settingsChanged && decision.rowCount == 2)
        #expect(desk.state.ticketRow(patient.ticket)?.startsAt == Scenario.minute(2))
        #expect(desk.state.ticketRow(urgent.ticket)?.startsAt == Scenario.minute(1))
        #expect(try desk.outcome(.allocateSlot(kept.slot, class: "C")) == .allocated(kept))
        #expect(try desk.create("C").startsAt == Scenario.minute(4))
        #expect(try desk.outcome(.setSettings(settings(.deadline))) == .settingsChanged)
        _ = try desk.create("C")
        #expect(try desk.refusal(.createTicket(class: "C")) != nil)
    }

    @Test func moreThanADecisionMayWriteAreNotFixed() throws {
        var desk = try Scenario(settings(.deadline, agents: 500))
        for _ in 0..<1_000 { _ = try desk.create("C") }
        #expect(try desk.refusal(.setSettings(settings(.earliest, agents: 500))) == .promisesOutstanding)
        #expect(desk.state.settings.placement == .deadline)
    }

    @Test func anAgentInTheMiddleOfSomethingStays() throws {
        var desk = try Scenario(settings(.earliest, agents: 2, minutes: 2, limits: [4]))
        _ = try desk.create("A")
        _ = try desk.create("A")
        desk.now = Scenario.minute(1)
        _ = desk.fallDue()
        let fewer = settings(.earliest, agents: 1, minutes: 2, limits: [4])
        #expect(try desk.refusal(.setSettings(fewer)) == .promisesOutstanding)
        desk.now = Scenario.minute(2)
        // It is done when the next minute begins.
        #expect(try desk.outcome(.setSettings(fewer)) == .settingsChanged)
        desk.now = Scenario.minute(3)
        _ = desk.fallDue()
        #expect(desk.state.idle == AgentSet(below: 1))
    }
}
