import Testing

@testable import Ticketing

@Suite("Holds")
struct HoldTests {
    private let floor = SectionSpec(name: "Floor", tier: "A", rows: [RowSpec("A", 5), RowSpec("B", 4)])

    @Test("A reservation names its seats, their tier and price, and ends after the event's hold")
    func reservation() throws {
        var scenario = try Scenario(floor)
        let reserved = try scenario.reserve("ann", 2)
        #expect(reserved.names == ["Floor/A/1", "Floor/A/2"])
        #expect(reserved.seats.map(\.price) == [5_000, 5_000])
        #expect(reserved.seats.allSatisfy { $0.tier == "A" })
        #expect(reserved.total == 10_000)
        #expect(reserved.endsAt == scenario.now + 600)
        #expect(scenario.state.nextDue == reserved.endsAt)
    }

    @Test("A hold ends when its time has come, and not a microsecond before")
    func expiry() throws {
        var scenario = try Scenario(floor)
        let reserved = try scenario.reserve("ann", 2)
        scenario.now = Time(microseconds: reserved.endsAt.microseconds - 1)
        #expect(scenario.fallDue().isEmpty)
        scenario.now = reserved.endsAt
        #expect(scenario.fallDue() == [.holdEnded(reserved.reservation, entry: nil)])
        #expect(scenario.state.reservationRow(reserved.reservation)?.status == .expired)
        #expect(scenario.state.nextDue == nil)
        #expect(scenario.state.availability(of: 1)?.first?.free == 9)
    }

    @Test("A command that comes after the end finds the hold ended, even if nobody looked before")
    func expiryBeforeCommand() throws {
        var scenario = try Scenario(floor)
        let first = try scenario.reserve("ann", 5)
        scenario.pass(600)
        let second = try scenario.reserve("bob", 5)
        #expect(scenario.fallen.map(\.outcome) == [.holdEnded(first.reservation, entry: nil)])
        #expect(second.names == first.names)
    }

    @Test("Commands wait while more is due than one batch may bear")
    func arrears() throws {
        var scenario = try Scenario(floor)
        for number in 0..<9 { _ = try scenario.reserve(Label("buyer \(number)")) }
        scenario.pass(600)
        var arrears = Arrears(seed: CommandId(high: 4, low: 0), atMost: 5)
        let command = Command.reserve(Reserve(show: 1, buyer: "zoe", tier: "A", quantity: 1))
        #expect(scenario.state.decide(command, context: scenario.nextContext(), arrears: &arrears) == nil)
        #expect(arrears.decisions.count == 5)
        #expect(arrears.budget == 0)
        #expect(scenario.state.isBehind(at: scenario.now))
        var next = Arrears(seed: CommandId(high: 5, low: 0), atMost: 5)
        #expect(scenario.state.decide(command, context: scenario.nextContext(), arrears: &next) != nil)
        #expect(next.decisions.count == 4)
    }

    @Test("A release frees at once; again, it is the same answer; after the end, it says so")
    func release() throws {
        var scenario = try Scenario(floor)
        let reserved = try scenario.reserve("ann", 2)
        #expect(try scenario.outcome(.release(reserved.reservation)) == .released(reserved.reservation, .released))
        #expect(scenario.state.nextDue == nil)
        #expect(try scenario.outcome(.release(reserved.reservation)) == .released(reserved.reservation, .released))
        #expect(try scenario.reserve("bob", 2).names == reserved.names)
        let other = try scenario.reserve("eve", 2)
        scenario.pass(600)
        #expect(try scenario.outcome(.release(other.reservation)) == .released(other.reservation, .expired))
    }
}
