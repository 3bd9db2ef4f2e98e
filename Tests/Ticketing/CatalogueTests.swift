import Testing

@testable import Ticketing

@Suite("The catalogue")
struct CatalogueTests {
    private let row = SectionSpec(name: "Floor", tier: "A", rows: [RowSpec("A", 4)])

    private func refusal(of event: CreateEvent) -> Refusal? {
        let context = Context(commandId: CommandId(high: 1, low: 1), tenant: Scenario.tenant, now: Scenario.start)
        let (state, decision) = EventState.create(event, context: context)
        guard case .refused(let refusal) = decision.outcome else { return nil }
        #expect(state == nil && decision.writes.isEmpty)
        return refusal
    }

    private func changed(_ change: (inout CreateEvent) -> Void) throws -> CreateEvent {
        var event = try Scenario.event(shows: [Scenario.show([row])])
        change(&event)
        return event
    }

    @Test("An event beyond any bound is refused, with what is wrong, whatever the numbers")
    func bounds() throws {
        let cases: [(Invalid, (inout CreateEvent) -> Void)] = [
            (.details, { $0.details.name = "" }),
            (.details, { $0.details.city = Label(String(repeating: "x", count: 256)) }),
            (.settings, { $0.settings.maxTicketsPerBuyer = 0 }),
            (.settings, { $0.settings.maxTicketsPerBuyer = 101 }),
            (.settings, { $0.settings.hold = 0 }),
            (.settings, { $0.settings.payment = Seconds(.max) }),
            (.settings, { $0.settings.maxPassOvers = -1 }),
            (.policy, { $0.refundPolicy = [PolicyStep(hoursBefore: 1, percent: 101)] }),
            (.policy, { $0.refundPolicy = [PolicyStep(hoursBefore: -1, percent: 1)] }),
            (.policy, { $0.refundPolicy = [1, 1].map { PolicyStep(hoursBefore: $0, percent: 5) } }),
            (.tiers, { $0.tiers = [] }),
            (.tiers, { $0.tiers.append($0.tiers[0]) }),
            (.tiers, { $0.tiers = (0...100).map { TierSpec(name: Label("\($0)"), price: 1) } }),
            (.price, { $0.tiers[0].price = -1 }),
            (.price, { $0.tiers[0].price = .max }),
            (.shows, { $0.shows = [ShowSpec](repeating: $0.shows[0], count: 201) }),
            (.showTimes, { $0.shows[0].endsAt = $0.shows[0].startsAt }),
            (.showTimes, { $0.shows[0].startsAt = Time(microseconds: -1) }),
            (.showTimes, { $0.shows[0].startsAt = Time(microseconds: .max) }),
            (.showTimes, { $0.shows[0].salesStart = $0.shows[0].startsAt }),
            (.sections, { $0.shows[0].sections = [] }),
            (.sectionName, { $0.shows[0].sections.append($0.shows[0].sections[0]) }),
            (.sectionName, { $0.shows[0].sections[0].name = "a/b" }),
            (.sectionTier, { $0.shows[0].sections[0].tier = "Z" }),
            (.rows, { $0.shows[0].sections[0].seating = .rows([]) }),
            (.rowName, { $0.shows[0].sections[0].seating = .rows([RowSpec("A", 1), RowSpec("A", 1)]) }),
            (.places, { $0.shows[0].sections[0].seating = .rows([RowSpec("A", 0)]) }),
            (.places, { $0.shows[0].sections[0].seating = .rows([RowSpec("A", .max), RowSpec("B", .max)]) }),
            (.places, { $0.shows[0].sections[0].seating = .general(capacity: 200_001) }),
            (.places, { $0.shows[0].sections[0].seating = .general(capacity: .min) }),
            (
                .places,
                { event in
                    event.shows[0].sections[0].seating = .general(capacity: 200_000)
                    event.shows = [ShowSpec](repeating: event.shows[0], count: 11)
                }
            ),
        ]
        for (expected, change) in cases {
            #expect(refusal(of: try changed(change)) == .invalid(expected))
        }
        #expect(refusal(of: try changed { _ in }) == nil)
    }

    @Test("A new event's decision has a row for it, for its terms and for each show")
    func creation() throws {
        let event = try Scenario.event(shows: [Scenario.show([row]), Scenario.show([row])])
        let context = Context(commandId: CommandId(high: 1, low: 1), tenant: Scenario.tenant, now: Scenario.start)
        let (state, decision) = EventState.create(event, context: context)
        #expect(decision.outcome == .eventCreated(event.event, shows: 2))
        #expect(decision.rowCount == 4)
        #expect(decision.changes.map(\.kind) == [.added, .added])
        #expect(state?.layout(of: 1) === state?.layout(of: 2))
    }

    @Test("A show can be added, and is sold like the others")
    func adding() throws {
        var scenario = try Scenario(row)
        #expect(try scenario.outcome(.addShow(Scenario.show([row], in: 72))) == .showAdded(2))
        #expect(try scenario.reserve("ann", 4, show: 2).names.count == 4)
        #expect(try scenario.refusal(.addShow(Scenario.show([]))) == .invalid(.sections))
    }

    @Test("Prices change for tiers that exist, within bounds, all or none")
    func prices() throws {
        var scenario = try Scenario(row)
        let half = ChangeEvent(prices: [TierSpec(name: "A", price: 1), TierSpec(name: "Z", price: 1)])
        #expect(try scenario.refusal(.changeEvent(half)) == .noSuchTier)
        let negative = ChangeEvent(prices: [TierSpec(name: "A", price: -1)])
        #expect(try scenario.refusal(.changeEvent(negative)) == .invalid(.price))
        #expect(scenario.state.availability(of: 1)?[0].price == 5_000)
        let nothing = try scenario.send(.changeEvent(ChangeEvent()))
        #expect(nothing.outcome == .eventChanged && nothing.writes.isEmpty)
    }

    @Test("Blocks take places off sale; what is held or sold forbids them, all or none")
    func blocks() throws {
        var scenario = try Scenario(row)
        let seats = try (1...4).map { try #require(SeatName("Floor/A/\($0)")) }
        #expect(
            try scenario.outcome(.block(show: 1, seats: [seats[1], seats[0]]))
                == .blocked(1, PlaceList(from: 1, count: 2)))
        #expect(scenario.state.letters(of: 1) == [.blocked, .blocked, .free, .free])
        #expect(
            try scenario.refusal(.reserve(Reserve(show: 1, buyer: "ann", seats: [seats[0]])))
                == .seatsUnavailable([seats[0]]))
        let held = try scenario.reserve("ann", 1)
        #expect(held.names == ["Floor/A/3"])
        #expect(try scenario.refusal(.block(show: 1, seats: [seats[3], seats[2]])) == .seatsUnavailable([seats[2]]))
        #expect(try scenario.refusal(.unblock(show: 1, seats: [seats[2]])) == .seatsUnavailable([seats[2]]))
        _ = try scenario.book(held)
        #expect(try scenario.refusal(.block(show: 1, seats: [seats[2]])) == .seatsUnavailable([seats[2]]))
        let again = try scenario.send(.block(show: 1, seats: [seats[0]]))
        #expect(again.outcome == .blocked(1, PlaceList([])) && again.writes.isEmpty)
        #expect(
            try scenario.outcome(.unblock(show: 1, seats: [seats[0], seats[3]]))
                == .unblocked(1, PlaceList(from: 1, count: 1)))
        #expect(try scenario.refusal(.block(show: 1, seats: [])) == .invalid(.seats))
        let many = [SeatName](repeating: seats[0], count: 1_001)
        #expect(try scenario.refusal(.block(show: 1, seats: many)) == .invalid(.seats))
    }

    @Test("A cancelled show refuses what another still sells")
    func cancelledShow() throws {
        var scenario = try Scenario(Scenario.event(shows: [Scenario.show([row]), Scenario.show([row])]))
        let reserved = try scenario.reserve("ann", 1)
        guard case .showCancelled(1, _) = try scenario.outcome(.cancelShow(1)) else { return }
        #expect(
            try scenario.refusal(.reserve(Reserve(show: 1, buyer: "ann", tier: "A", quantity: 1))) == .showCancelled)
        let checkout = Command.checkout(Checkout(reservation: reserved.reservation, provider: "sandbox"))
        #expect(try scenario.refusal(checkout) == .showCancelled)
        #expect(try scenario.refusal(.block(show: 1, seats: [])) == .showCancelled)
        #expect(try scenario.reserve("ann", 1, show: 2).names.count == 1)
        #expect(try scenario.refusal(.cancelShow(3)) == .noSuchShow)
    }

    @Test("A cancelled event refuses changes")
    func cancelledEvent() throws {
        var scenario = try Scenario(row)
        _ = try scenario.send(.cancelEvent)
        #expect(try scenario.refusal(.changeEvent(ChangeEvent())) == .eventCancelled)
        #expect(try scenario.refusal(.addShow(Scenario.show([row]))) == .eventCancelled)
        #expect(try scenario.refusal(.block(show: 1, seats: [])) == .eventCancelled)
    }

    @Test("A ticket is admitted once; the same scan again gets the same answer; what was given back is not valid")
    func checkIn() throws {
        var scenario = try Scenario(row, policy: [PolicyStep(hoursBefore: 0, percent: 100)])
        let booking = try scenario.book(try scenario.reserve("ann", 2))
        let ticket = TicketId(booking, at: 0)
        let admitted = Outcome.admitted(ticket, at: scenario.now, gate: "North")
        #expect(try scenario.outcome(.checkIn(CheckIn(ticket: ticket, gate: "North", nonce: "n1"))) == admitted)
        let at = scenario.now
        scenario.pass(5)
        #expect(try scenario.outcome(.checkIn(CheckIn(ticket: ticket, gate: "North", nonce: "n1"))) == admitted)
        #expect(
            try scenario.refusal(.checkIn(CheckIn(ticket: ticket, gate: "South", nonce: "n2")))
                == .alreadyAdmitted(at: at, gate: "North"))
        let other = TicketId(booking, at: 1)
        let offline = CheckIn(ticket: other, gate: "South", nonce: "n3", at: at)
        #expect(try scenario.outcome(.checkIn(offline)) == .admitted(other, at: at, gate: "South"))
        let third = try scenario.book(try scenario.reserve("bob", 1))
        _ = try scenario.send(.cancelBooking(third))
        let gone = CheckIn(ticket: TicketId(third, at: 0), gate: "South", nonce: "n4")
        #expect(try scenario.refusal(.checkIn(gone)) == .notValid)
        let unknown = TicketId(BookingId(command: CommandId(high: 5, low: 5), index: 0), at: 0)
        #expect(try scenario.refusal(.checkIn(CheckIn(ticket: unknown, gate: "South", nonce: "n5"))) == .notValid)
    }
}
