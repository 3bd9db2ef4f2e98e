import Testing

@testable import Desk

@Suite struct AccountTests {
    private func create(_ command: RequestAccount) -> (DeskState?, DeskDecision) {
        DeskState.create(
            command,
            context: DeskContext(
                commandId: DeskCommandId(high: 1, low: 1), tenant: Scenario.tenant, now: Scenario.start))
    }

    @Test func anAccountAsksForItsDatabaseAndIsRealWhenThatIsThere() throws {
        let (state, decision) = create(RequestAccount(subDomain: "acme"))
        #expect(decision.outcome == .accountRequested(subDomain: "acme"))
        #expect(decision.effects == [.createDatabase(subDomain: "acme")])
        #expect(state?.row.status == .requested)
        var desk = try Scenario(isReady: false)
        #expect(try desk.refusal(.createTicket(class: "A")) == .accountNotReady)
        #expect(try desk.outcome(.accountReady(store: "main")) == .accountReady(store: "main"))
        #expect(desk.state.row.status == .active)
        _ = try desk.create()
        let again = try desk.send(.accountReady(store: "other"))
        #expect(again.outcome == .accountReady(store: "main") && again.writes.isEmpty)
    }

    @Test func whatCannotBeANameIsRefused() throws {
        for name in ["", "-a", "a-", "A", "a.b", String(repeating: "a", count: 64)] {
            let (state, decision) = create(RequestAccount(subDomain: DeskName(name)))
            #expect(state == nil && decision.outcome == .refused(.invalid(.subDomain)))
        }
        var desk = try Scenario(isReady: false)
        #expect(try desk.refusal(.accountReady(store: "")) == .invalid(.store))
    }

    @Test func aStrangerFindsNoAccount() throws {
        var desk = try Scenario()
        var context = desk.nextContext()
        context.tenant = DeskTenantId(high: 0, low: 8)
        var arrears = DeskArrears(seed: DeskCommandId(high: 3, low: 0))
        let decision = desk.state.decide(.createTicket(class: "A"), context: context, arrears: &arrears)
        #expect(decision?.outcome == .refused(.noSuchAccount))
    }

    @Test func timesEnd() throws {
        var desk = try Scenario()
        desk.now = DeskTime(microseconds: DeskBounds.latest.microseconds + 1)
        #expect(try desk.refusal(.createTicket(class: "A")) == .invalid(.time))
    }

    @Test func settingsHaveBounds() throws {
        func problem(_ change: (inout DeskSettings) -> Void) -> DeskInvalid? {
            var settings = DeskSettings()
            change(&settings)
            return settings.problem
        }
        #expect(DeskSettings().problem == nil)
        #expect(problem { $0.minutesPerTicket = 0 } == .minutesPerTicket)
        #expect(problem { $0.minutesPerTicket = 241 } == .minutesPerTicket)
        #expect(problem { $0.agents = 0 } == .agents)
        #expect(problem { $0.agents = 1_001 } == .agents)
        #expect(problem { $0.agents = 1_000 } == nil)
        #expect(problem { $0.softAssignSeconds = 0 } == .softAssignSeconds)
        #expect(problem { $0.softAssignSeconds = 301 } == .softAssignSeconds)
        #expect(problem { $0.classes = [] } == .classes)
        #expect(problem { $0.classes = (0...20).map { .init(name: DeskName("\($0)"), minutes: 9) } } == .classes)
        #expect(problem { $0.classes[0].name = "" } == .className)
        #expect(problem { $0.classes[0].name = "SILVER" } == .className)
        #expect(problem { $0.classes[0].minutes = 1 } == .limit)
        #expect(problem { $0.classes[0].minutes = 10_081 } == .limit)
        #expect(problem { $0.classes[0].minutes = 10_080 } == nil)
        let most = problem {
            $0.classes[0].minutes = 10_080
            $0.agents = 50
        }
        #expect(most == .agents)
    }
}
