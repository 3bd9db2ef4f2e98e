import Testing

@testable import Desk

@Suite struct TicketTests {
    private static let placements: [DeskPlacement] = [.earliest, .deadline]

    private func desk(
        _ placement: DeskPlacement, agents: Int = 1, minutes: Int = 1, classes: [DeskSettings.Class] = Scenario.short
    ) throws -> Scenario {
        try Scenario(
            DeskSettings(classes: classes, minutesPerTicket: minutes, agents: agents, placement: placement))
    }

    @Test(arguments: placements)
    func aTicketThatCannotBeDoneInTimeIsRefusedWithTheFirstStartThatWouldDo(_ placement: DeskPlacement) throws {
        var desk = try desk(placement)
        // From the beginning of a minute, a limit of two minutes leaves one that has not begun.
        let first = try desk.create("A")
        #expect(first.startsAt == Scenario.minute(1) && first.resolveBy == Scenario.minute(2))
        #expect(try desk.refusal(.createTicket(class: "A")) == .slaCannotBeMet(earliest: Scenario.minute(2)))
        #expect(try desk.create("B").startsAt == Scenario.minute(2))
        #expect(try desk.refusal(.createTicket(class: "B")) == .slaCannotBeMet(earliest: Scenario.minute(3)))
        #expect(try desk.refusal(.createTicket(class: "D")) == .noSuchClass)
        for _ in 0..<3 { _ = try desk.create("C") }
        #expect(try desk.refusal(.createTicket(class: "C")) == .slaCannotBeMet(earliest: Scenario.minute(6)))
    }

    @Test func theWorkEndsByTheLimitToTheMicrosecond() throws {
        let classes = [DeskSettings.Class(name: "A", minutes: 2)]
        var desk = try desk(.earliest, classes: classes)
        desk.now = DeskTime(microseconds: Scenario.minute(1).microseconds - 1)
        // The limit ends a microsecond before the minute does that the work could end with; one fits before it.
        _ = try desk.create("A")
        #expect(try desk.refusal(.createTicket(class: "A")) == .slaCannotBeMet(earliest: Scenario.minute(2)))
        desk.now = Scenario.minute(1)
        #expect(try desk.create("A").resolveBy == Scenario.minute(3))
    }

    @Test(arguments: placements)
    func cancellingFreesTheMinuteForTheNext(_ placement: DeskPlacement) throws {
        var desk = try desk(placement)
        let first = try desk.create()
        #expect(try desk.refusal(.createTicket(class: "A")) != nil)
        #expect(try desk.outcome(.cancel(first.ticket)) == .cancelled(first.ticket))
        #expect(desk.status(first) == .cancelled)
        let again = try desk.send(.cancel(first.ticket))
        #expect(again.outcome == .cancelled(first.ticket) && again.writes.isEmpty)
        #expect(try desk.refusal(.resolve(first.ticket)) == .alreadyCancelled)
        #expect(try desk.create().startsAt == Scenario.minute(1))
        #expect(try desk.refusal(.cancel(DeskTicketId(command: first.ticket.command, index: 1))) == .noSuchTicket)
        #expect(try desk.refusal(.resolve(DeskTicketId(command: first.ticket.command, index: 1))) == .noSuchTicket)
    }

    @Test(arguments: placements)
    func resolvingBeforeItBeginsFreesTheMinute(_ placement: DeskPlacement) throws {
        var desk = try desk(placement)
        let first = try desk.create()
        let decision = try desk.send(.resolve(first.ticket))
        #expect(decision.effects == [.notify(.resolved, [first.ticket])])
        #expect(try desk.send(.resolve(first.ticket)).effects.isEmpty)
        #expect(try desk.refusal(.cancel(first.ticket)) == .alreadyResolved)
        _ = try desk.create()
    }

    @Test(arguments: placements)
    func whatIsLeftOfTheWorkIsFreeWhenItEndsEarly(_ placement: DeskPlacement) throws {
        let classes = [DeskSettings.Class(name: "A", minutes: 7)]
        var desk = try desk(placement, minutes: 3, classes: classes)
        let first = try desk.create()
        let second = try desk.create()
        #expect(second.startsAt == Scenario.minute(4))
        desk.now = Scenario.minute(1)
        #expect(desk.fallDue().count == 1)
        #expect(desk.status(first) == .working)
        desk.pass(30)
        // Seven minutes on there are 2 to 8; the work takes 4 to 6, and then there is one minute left.
        #expect(try desk.refusal(.createTicket(class: "A")) != nil)
        _ = try desk.send(.resolve(first.ticket))
        if placement == .earliest {
            // The second keeps its slot: two minutes before it are free, and one after it.
            #expect(try desk.refusal(.createTicket(class: "A")) == .slaCannotBeMet(earliest: Scenario.minute(7)))
        } else {
            #expect(desk.state.forecast(second.ticket) == Scenario.minute(2))
            #expect(try desk.create().startsAt == Scenario.minute(5))
        }
        desk.now = Scenario.minute(2)
        _ = desk.fallDue()
        #expect(desk.status(second) == (placement == .earliest ? .open : .working))
    }

    @Test(arguments: placements)
    func itBeginsInItsMinuteAndIsResolvedWhenThatIsOver(_ placement: DeskPlacement) throws {
        var desk = try desk(placement, agents: 2)
        let tickets = [try desk.create(), try desk.create(), try desk.create("B")]
        #expect(desk.state.nextDue == Scenario.minute(1))
        desk.now = DeskTime(microseconds: Scenario.minute(1).microseconds - 1)
        #expect(desk.fallDue().isEmpty)
        desk.now = Scenario.minute(1)
        let began = desk.fallDue()
        #expect(began.map(\.outcome).count == 1)
        guard case .minuteBegan(let minute) = began[0].outcome else { throw Scenario.Missing() }
        #expect(minute.at == Scenario.minute(1) && minute.resolved.isEmpty)
        #expect(minute.began.map(\.ticket) == tickets[..<2].map(\.ticket) && minute.began.map(\.agent) == [0, 1])
        #expect(began[0].effects == [.notify(.began, tickets[..<2].map(\.ticket))])
        desk.now = Scenario.minute(2)
        let ended = desk.fallDue()
        guard case .minuteBegan(let next) = ended[0].outcome else { throw Scenario.Missing() }
        #expect(next.resolved == tickets[..<2].map(\.ticket) && next.began.map(\.ticket) == [tickets[2].ticket])
        #expect(desk.state.ticketRow(tickets[2].ticket)?.agent == 0)
        desk.now = Scenario.minute(20)
        _ = desk.fallDue()
        #expect(desk.status(tickets[2]) == .resolved && desk.state.nextDue == nil)
        #expect(desk.state.ticketRow(tickets[2].ticket)?.endsAt == Scenario.minute(3))
    }

    @Test func withDeadlineATighterLimitGoesFirstAndNoPromiseBreaks() throws {
        var desk = try desk(.deadline)
        let patient = try desk.create("C")
        #expect(patient.startsAt == Scenario.minute(1))
        let urgent = try desk.create("A")
        #expect(urgent.startsAt == Scenario.minute(1))
        #expect(desk.state.forecast(patient.ticket) == Scenario.minute(2))
        desk.now = Scenario.minute(1)
        _ = desk.fallDue()
        #expect(desk.status(urgent) == .working && desk.status(patient) == .open)
        var fixed = try self.desk(.earliest)
        _ = try fixed.create("C")
        #expect(try fixed.refusal(.createTicket(class: "A")) == .slaCannotBeMet(earliest: Scenario.minute(2)))
    }

    @Test func endedTicketsAreForgottenAfterADay() throws {
        var desk = try desk(.earliest)
        let first = try desk.create()
        _ = try desk.send(.cancel(first.ticket))
        desk.now = Scenario.start.adding(seconds: DeskBounds.rememberedSeconds - 1)
        _ = desk.fallDue()
        #expect(desk.status(first) == .cancelled)
        desk.pass(1)
        _ = desk.fallDue()
        #expect(try desk.refusal(.cancel(first.ticket)) == .noSuchTicket)
        #expect(desk.state.tickets.count == 0)
    }

    @Test func aMinuteOfManyIsTakenInSteps() throws {
        let classes = [DeskSettings.Class(name: "A", minutes: 4)]
        var desk = try desk(.deadline, agents: 1_000, classes: classes)
        var tickets: [Promised] = []
        for _ in 0..<1_200 { tickets.append(try desk.create()) }
        desk.now = Scenario.minute(1)
        let steps = desk.fallDue(atMost: 700)
        #expect(steps.map(\.rowCount) == [501, 201])
        #expect(desk.state.isBehind(at: desk.now))
        // A takeover in the middle of a minute finds the same minute, and so does one that comes later.
        var late = try DeskState(snapshot: desk.state.snapshot)
        desk.now = Scenario.minute(2)
        _ = desk.fallDue(atMost: 5_000)
        var arrears = DeskArrears(seed: DeskCommandId(high: 8, low: 8), atMost: 5_000)
        late.fallDue(through: desk.now, arrears: &arrears)
        #expect(late.digest == desk.state.digest && late.audit() == [] && desk.state.audit() == [])
        #expect(desk.state.ticketRow(tickets[999].ticket)?.startsAt == Scenario.minute(1))
        #expect(desk.state.ticketRow(tickets[1_000].ticket)?.startsAt == Scenario.minute(2))
        var none = DeskArrears(seed: DeskCommandId(high: 8, low: 9), atMost: 0)
        let context = DeskContext(
            commandId: DeskCommandId(high: 8, low: 10), tenant: Scenario.tenant, now: Scenario.minute(3))
        #expect(desk.state.decide(.createTicket(class: "A"), context: context, arrears: &none) == nil)
    }

    @Test func aLimitInDangerIsAnAlarm() throws {
        var desk = try desk(.deadline)
        let first = try desk.create("A")
        guard let slot = desk.state.tickets.slot(of: first.ticket) else { throw Scenario.Missing() }
        // No command leads there: the minute is taken away behind the rule book's back.
        desk.state.row.notBefore = Scenario.minute(3)
        desk.now = Scenario.minute(3)
        let effects = desk.fallDue().flatMap(\.effects)
        #expect(effects.contains(.notify(.limitInDanger, [first.ticket])))
        #expect(desk.state.tickets[slot].row.status == .working)
        #expect(desk.state.audit().contains("work that ends after its limit"))
    }
}
