import Testing

@testable import Desk

@Suite struct SlotTests {
    private static let placements: [DeskPlacement] = [.earliest, .deadline]

    private func desk(_ placement: DeskPlacement, soft: Int = 30) throws -> Scenario {
        try Scenario(DeskSettings(classes: Scenario.short, placement: placement, softAssignSeconds: soft))
    }

    @Test(arguments: placements)
    func aSlotIsKeptAndBecomesATicketOnce(_ placement: DeskPlacement) throws {
        var desk = try desk(placement)
        let (slot, until) = try desk.hold()
        #expect(until == Scenario.start.adding(seconds: 30) && slot.startsAt == Scenario.minute(1))
        #expect(desk.status(slot) == nil)
        #expect(try desk.refusal(.cancel(slot.ticket)) == .noSuchTicket)
        #expect(try desk.refusal(.createTicket(class: "A")) != nil)
        #expect(try desk.refusal(.allocateSlot(slot.slot, class: "B")) == .invalid(.ticketType))
        desk.now = DeskTime(microseconds: until.microseconds - 1)
        #expect(try desk.outcome(.allocateSlot(slot.slot, class: "A")) == .allocated(slot))
        let again = try desk.send(.allocateSlot(slot.slot, class: "A"))
        #expect(again.outcome == .allocated(slot) && again.writes.isEmpty)
        desk.now = Scenario.minute(1)
        _ = desk.fallDue()
        #expect(desk.status(slot) == .working)
        #expect(try desk.outcome(.allocateSlot(slot.slot, class: "A")) == .allocated(slot))
    }

    @Test(arguments: placements)
    func aSlotLapsesAtItsTime(_ placement: DeskPlacement) throws {
        var desk = try desk(placement)
        let (slot, until) = try desk.hold()
        #expect(desk.state.nextDue == until)
        desk.now = until
        #expect(try desk.refusal(.allocateSlot(slot.slot, class: "A")) == .slotLapsed)
        #expect(desk.fallen.map(\.outcome) == [.slotsLapsed([slot.slot])])
        #expect(desk.state.nextDue == nil)
        _ = try desk.create("B")
        let (other, _) = try desk.hold("C")
        _ = try desk.send(.allocateSlot(other.slot, class: "C"))
        _ = try desk.send(.cancel(other.ticket))
        #expect(try desk.refusal(.allocateSlot(other.slot, class: "C")) == .slotLapsed)
        let unknown = DeskSlotId(command: slot.slot.command, index: 9)
        #expect(try desk.refusal(.allocateSlot(unknown, class: "A")) == .slotLapsed)
    }

    @Test(arguments: placements)
    func nobodyLosesASlotBeforeItsTimeBecauseItsMinuteBegins(_ placement: DeskPlacement) throws {
        var desk = try desk(placement)
        desk.pass(45)
        // It is kept into the next minute, so it begins in the one after.
        let (slot, until) = try desk.hold("B")
        #expect(until == Scenario.minute(1).adding(seconds: 15) && slot.startsAt == Scenario.minute(2))
        #expect(try desk.refusal(.validateEta(class: "A")) == .slaCannotBeMet(earliest: Scenario.minute(3)))
        // Before it there is time for another.
        #expect(try desk.create("A").startsAt == Scenario.minute(1))
        desk.now = DeskTime(microseconds: until.microseconds - 1)
        _ = try desk.send(.allocateSlot(slot.slot, class: "B"))
        desk.now = Scenario.minute(3)
        _ = desk.fallDue()
        #expect(desk.state.ticketRow(slot.ticket)?.startsAt == Scenario.minute(2))
    }

    @Test func withDeadlineTheMinuteBeforeAKeptSlotGoesToWhoeverComesNext() throws {
        var desk = try desk(.deadline)
        desk.pass(45)
        let (slot, _) = try desk.hold("B")
        let patient = try desk.create("C")
        desk.now = Scenario.minute(1)
        _ = desk.fallDue()
        #expect(desk.status(patient) == .working)
        _ = try desk.send(.allocateSlot(slot.slot, class: "B"))
        desk.now = Scenario.minute(2)
        _ = desk.fallDue()
        #expect(desk.status(slot) == .working)
    }

    @Test func slotsThatLapseTogetherAreOneDecision() throws {
        var desk = try desk(.deadline, soft: 60)
        let slots = [try desk.hold("C").0, try desk.hold("C").0]
        desk.pass(300)
        #expect(desk.fallDue().map(\.outcome) == [.slotsLapsed(slots.map(\.slot))])
    }
}
