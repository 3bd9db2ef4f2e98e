import Testing

@testable import Ticketing

@Suite("The waitlist")
struct WaitlistTests {
    private let row = SectionSpec(name: "Floor", tier: "A", rows: [RowSpec("A", 6)])

    private func join(_ buyer: Label, _ quantity: Int = 1) -> Command {
        .joinWaitlist(JoinWaitlist(show: 1, buyer: buyer, tier: "A", quantity: quantity))
    }

    /// All six seats are held singly, by holders 0…5.
    private func full(maxPassOvers: Int = 3) throws -> (Scenario, [Reserved]) {
        var settings = Settings()
        settings.maxPassOvers = maxPassOvers
        settings.offer = 120
        settings.hold = 80_000
        var scenario = try Scenario(row, settings: settings)
        let held = try (0..<6).map { try scenario.reserve(Label("holder \($0)")) }
        return (scenario, held)
    }

    private func offers(_ outcomes: [Outcome]) -> [Offer] {
        outcomes.compactMap { if case .offered(let offer) = $0 { offer } else { nil } }
    }

    @Test("Nobody waits while there is something to buy, for more than there is, or twice")
    func joining() throws {
        var (scenario, held) = try full()
        guard case .joined(let first, let position) = try scenario.outcome(join("ann", 2)) else {
            Issue.record("not joined")
            return
        }
        #expect(position == 1)
        #expect(try scenario.refusal(join("ann")) == .alreadyWaiting(first))
        #expect(try scenario.refusal(join("bob", 7)) == .soldOut)
        #expect(try scenario.refusal(join("bob", 11)) == .buyerLimitExceeded(limit: 10, has: 0))
        _ = try scenario.send(join("bob"))
        #expect(scenario.state.position(of: first) == 1)
        _ = try scenario.send(.leaveWaitlist(first))
        #expect(try scenario.outcome(.leaveWaitlist(first)) == .left(first, .left))
        _ = try scenario.send(.release(held[0].reservation))
        #expect(offers(scenario.fallDue()).map(\.reserved.buyer) == ["bob"])
        _ = try scenario.send(.release(held[1].reservation))
        #expect(scenario.fallDue().isEmpty)
        #expect(try scenario.refusal(join("eve")) == .placesAvailable)
        #expect(try scenario.refusal(join("eve", 2)) == nil)
    }

    @Test(
        "While somebody waits, free places are the line's: nobody walks past it, and the map shows them held"
    )
    func waitlistFirst() throws {
        var (scenario, held) = try full()
        _ = try scenario.send(join("ann", 2))
        _ = try scenario.send(.release(held[2].reservation))
        #expect(scenario.fallDue().isEmpty)
        let seat = try #require(SeatName("Floor/A/3"))
        #expect(
            try scenario.refusal(.reserve(Reserve(show: 1, buyer: "bob", tier: "A", quantity: 1))) == .waitlistFirst)
        #expect(try scenario.refusal(.reserve(Reserve(show: 1, buyer: "bob", seats: [seat]))) == .waitlistFirst)
        #expect(scenario.state.letters(of: 1)?[2] == .held)
        #expect(scenario.state.availability(of: 1)?[0].free == 0)
        #expect(scenario.state.availability(of: 1)?[0].held == 6)
    }

    @Test("Freed places are offered to the first whose party they hold, side by side if they can be")
    func offer() throws {
        var (scenario, held) = try full()
        guard case .joined(let entry, _) = try scenario.outcome(join("ann", 2)) else { return }
        _ = try scenario.send(.release(held[0].reservation))
        _ = try scenario.send(.release(held[2].reservation))
        // The second release found enough, though not side by side.
        let offer = try #require(offers(scenario.fallDue()).first)
        #expect(offer.entry == entry)
        #expect(offer.reserved.names == ["Floor/A/1", "Floor/A/3"])
        #expect(offer.reserved.endsAt == scenario.now + 120)
        #expect(scenario.state.entryRow(entry)?.status == .offered)
        #expect(try scenario.refusal(.extend(offer.reserved.reservation, by: 10)) == .holdLimitReached)
        #expect(try scenario.refusal(join("ann")) == .alreadyWaiting(entry))
    }

    @Test("An offer is taken by its checkout; then the entry is done")
    func taking() throws {
        var (scenario, held) = try full()
        guard case .joined(let entry, _) = try scenario.outcome(join("ann")) else { return }
        _ = try scenario.send(.release(held[0].reservation))
        let offer = try #require(offers(scenario.fallDue()).first)
        _ = try scenario.send(.checkout(Checkout(reservation: offer.reserved.reservation, provider: "sandbox")))
        #expect(scenario.state.entryRow(entry)?.status == .taken)
        #expect(try scenario.refusal(.leaveWaitlist(entry)) == .alreadyTaken(offer.reserved.reservation))
    }

    @Test("An offer that lapses ends its entry, and the places go to the next")
    func lapse() throws {
        var (scenario, held) = try full()
        guard case .joined(let first, _) = try scenario.outcome(join("ann")),
            case .joined(let second, let position) = try scenario.outcome(join("bob"))
        else { return }
        #expect(position == 2)
        _ = try scenario.send(.release(held[0].reservation))
        #expect(offers(scenario.fallDue()).map(\.entry) == [first])
        #expect(scenario.state.position(of: second) == 1)
        scenario.pass(120)
        let fell = scenario.fallDue()
        #expect(fell.count == 2)
        #expect(offers(fell).map(\.entry) == [second])
        #expect(scenario.state.entryRow(first)?.status == .lapsed)
        #expect(try scenario.outcome(.leaveWaitlist(first)) == .left(first, .lapsed))
    }

    @Test("Who leaves while an offer stands gives it back to the next")
    func leaving() throws {
        var (scenario, held) = try full()
        guard case .joined(let first, _) = try scenario.outcome(join("ann")) else { return }
        _ = try scenario.send(join("bob"))
        _ = try scenario.send(.release(held[0].reservation))
        #expect(offers(scenario.fallDue()).map(\.entry) == [first])
        #expect(try scenario.outcome(.leaveWaitlist(first)) == .left(first, .left))
        #expect(offers(scenario.fallDue()).map(\.reserved.buyer) == ["bob"])
    }

    @Test(
        "A party that does not fit is passed over so many times; then places gather for it, and it starts anew"
    )
    func passingOver() throws {
        var (scenario, held) = try full(maxPassOvers: 2)
        guard case .joined(let large, _) = try scenario.outcome(join("large", 3)) else { return }
        for number in 0..<5 { _ = try scenario.send(join(Label("small \(number)"))) }

        _ = try scenario.send(.release(held[0].reservation))
        let first = try #require(offers(scenario.fallDue()).first)
        #expect(first.reserved.buyer == "small 0")
        #expect(
            first.passedOver == [PassOver(entry: large, quantity: 3, free: 1, count: 1, gatherUntil: nil)])
        _ = try scenario.send(.release(held[1].reservation))
        let second = try #require(offers(scenario.fallDue()).first)
        let until = scenario.now + Bounds.gathering
        #expect(
            second.passedOver == [PassOver(entry: large, quantity: 3, free: 1, count: 2, gatherUntil: until)])

        // From now on places gather.
        _ = try scenario.send(.release(held[2].reservation))
        #expect(scenario.fallDue().isEmpty)
        // Both offers are checked out, so that nothing but the time passes.
        for offer in [first, second] { _ = try scenario.book(offer.reserved) }
        scenario.now = until
        let fell = scenario.fallDue()
        #expect(fell.first == .gatheringEnded(large))
        #expect(offers(fell).map(\.reserved.buyer) == ["small 2"])
        #expect(offers(fell).first?.passedOver.map(\.count) == [1])
    }

    @Test("Places that have gathered go to the party that they gathered for")
    func gathering() throws {
        var (scenario, held) = try full(maxPassOvers: 0)
        guard case .joined(let large, _) = try scenario.outcome(join("large", 2)) else { return }
        _ = try scenario.send(join("small"))
        _ = try scenario.send(.release(held[0].reservation))
        #expect(scenario.fallDue().isEmpty)
        _ = try scenario.send(.release(held[1].reservation))
        #expect(offers(scenario.fallDue()).map(\.entry) == [large])
    }

    @Test("An entry ends when its turn comes and its buyer has reached the limit meanwhile")
    func limit() throws {
        var settings = Settings()
        settings.maxTicketsPerBuyer = 2
        var scenario = try Scenario(
            SectionSpec(name: "Floor", tier: "A", rows: [RowSpec("A", 1)]),
            SectionSpec(name: "Balcony", tier: "B", rows: [RowSpec("A", 2)]), settings: settings)
        let held = try scenario.reserve("bob")
        guard case .joined(let entry, _) = try scenario.outcome(join("ann")) else { return }
        _ = try scenario.reserve("ann", 2, tier: "B")
        _ = try scenario.send(.release(held.reservation))
        #expect(scenario.fallDue() == [.entryEnded(entry, .lapsed, .buyerLimit(limit: 2, has: 2))])
    }

    @Test("When sales end, the wait is over")
    func salesEnd() throws {
        var show = Scenario.show([row])
        show.salesEnd = Scenario.start + 100
        var scenario = try Scenario(Scenario.event(shows: [show]))
        _ = try scenario.reserve("bob", 6)
        guard case .joined(let entry, _) = try scenario.outcome(join("ann")) else { return }
        #expect(scenario.state.nextDue == Scenario.start + 100)
        scenario.pass(100)
        #expect(scenario.fallDue() == [.entryEnded(entry, .lapsed, .salesEnded)])
    }

    @Test("Blocked places that come back are offered, too")
    func unblocking() throws {
        var scenario = try Scenario(row)
        let seats = try (1...6).map { try #require(SeatName("Floor/A/\($0)")) }
        _ = try scenario.send(.block(show: 1, seats: Array(seats.prefix(3))))
        _ = try scenario.reserve("bob", 3)
        _ = try scenario.send(join("ann", 2))
        _ = try scenario.send(.unblock(show: 1, seats: Array(seats.prefix(2))))
        #expect(offers(scenario.fallDue()).first?.reserved.names == ["Floor/A/1", "Floor/A/2"])
    }
}
