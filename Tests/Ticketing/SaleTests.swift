import Testing

@testable import Ticketing

@Suite("Limits and sale times")
struct SaleTests {
    private let floor = SectionSpec(name: "Floor", tier: "A", rows: [RowSpec("A", 30)])

    @Test("Holds and bookings count together, what ended does not, and each show counts for itself")
    func limit() throws {
        var scenario = try Scenario(
            Scenario.event(shows: [Scenario.show([floor]), Scenario.show([floor])]))
        let first = try scenario.reserve("ann", 6)
        let second = try scenario.reserve("ann", 4)
        let one = Command.reserve(Reserve(show: 1, buyer: "ann", tier: "A", quantity: 1))
        #expect(try scenario.refusal(one) == .buyerLimitExceeded(limit: 10, has: 10))
        _ = try scenario.reserve("ann", 10, show: 2)
        _ = try scenario.book(first)
        #expect(try scenario.refusal(one) == .buyerLimitExceeded(limit: 10, has: 10))
        _ = try scenario.send(.release(second.reservation))
        _ = try scenario.reserve("ann", 4)
        #expect(try scenario.refusal(one) == .buyerLimitExceeded(limit: 10, has: 10))
        scenario.pass(600)
        #expect(try scenario.refusal(one) == nil)
        _ = try scenario.send(.cancelBooking(BookingId(first.reservation)))
        #expect(try scenario.reserve("ann", 9).seats.count == 9)
    }

    @Test("More than the limit at once is refused with the limit; more than any limit is invalid")
    func quantity() throws {
        var scenario = try Scenario(floor)
        func reserve(_ quantity: Int) -> Command {
            .reserve(Reserve(show: 1, buyer: "ann", tier: "A", quantity: quantity))
        }
        #expect(try scenario.refusal(reserve(11)) == .buyerLimitExceeded(limit: 10, has: 0))
        for quantity in [0, -1, 101, .max, .min] {
            #expect(try scenario.refusal(reserve(quantity)) == .invalid(.quantity))
        }
    }

    @Test("A show is on sale from the start of sales, and until their end or its own start")
    func window() throws {
        let opens = Scenario.start + 60
        let closes = Scenario.start + 120
        var early = Scenario.show([floor], in: 1)
        early.salesStart = opens
        early.salesEnd = closes
        var scenario = try Scenario(Scenario.event(shows: [early, Scenario.show([floor], in: 1)]))
        func reserve(_ show: ShowNumber) -> Command {
            .reserve(Reserve(show: show, buyer: "ann", tier: "A", quantity: 1))
        }
        let refusal = Refusal.showNotOnSale(salesStart: opens, salesEnd: closes)
        #expect(try scenario.refusal(reserve(1)) == refusal)
        scenario.pass(60)
        #expect(try scenario.refusal(reserve(1)) == nil)
        scenario.pass(60)
        #expect(try scenario.refusal(reserve(1)) == refusal)
        let join = Command.joinWaitlist(JoinWaitlist(show: 1, buyer: "bob", tier: "A", quantity: 1))
        #expect(try scenario.refusal(join) == refusal)
        scenario.pass(3_479)
        #expect(try scenario.refusal(reserve(2)) == nil)
        scenario.pass(1)
        #expect(try scenario.refusal(reserve(2)) == .showNotOnSale(salesStart: nil, salesEnd: nil))
    }

    @Test("An extension gives up to twice the hold from its beginning, and then no more")
    func extend() throws {
        var scenario = try Scenario(floor)
        let reserved = try scenario.reserve("ann", 1)
        let id = reserved.reservation
        #expect(try scenario.outcome(.extend(id, by: 400)) == .extended(id, endsAt: Scenario.start + 1_000))
        #expect(try scenario.outcome(.extend(id, by: 400)) == .extended(id, endsAt: Scenario.start + 1_200))
        #expect(try scenario.refusal(.extend(id, by: 1)) == .holdLimitReached)
        scenario.now = Scenario.start + 1_199
        #expect(scenario.fallDue().isEmpty)
        scenario.pass(1)
        #expect(try scenario.refusal(.extend(id, by: 1)) == .holdExpired)
        for seconds in [Seconds(0), Seconds(-5), Seconds(.max)] {
            #expect(try scenario.refusal(.extend(id, by: seconds)) == .invalid(.seconds))
        }
    }

    @Test("What is not there is told apart from what has ended")
    func unknown() throws {
        var scenario = try Scenario(floor)
        let nobody = CommandId(high: 77, low: 77)
        let reservation = ReservationId(command: nobody, index: 0)
        #expect(try scenario.refusal(.release(reservation)) == .noSuchReservation)
        #expect(try scenario.refusal(.extend(reservation, by: 1)) == .noSuchReservation)
        let checkout = Command.checkout(Checkout(reservation: reservation, provider: "sandbox"))
        #expect(try scenario.refusal(checkout) == .noSuchReservation)
        #expect(try scenario.refusal(.cancelBooking(BookingId(reservation))) == .noSuchBooking)
        #expect(try scenario.refusal(.leaveWaitlist(EntryId(command: nobody, index: 0))) == .noSuchEntry)
        #expect(
            try scenario.refusal(.refundResult(RefundId(command: nobody, index: 0), .succeeded)) == .noSuchRefund)
        #expect(
            try scenario.refusal(.reserve(Reserve(show: 2, buyer: "ann", tier: "A", quantity: 1))) == .noSuchShow)
        #expect(
            try scenario.refusal(.reserve(Reserve(show: 1, buyer: "ann", tier: "Z", quantity: 1))) == .noSuchTier)
    }

    @Test("Another tenant's command finds no event")
    func tenant() throws {
        var scenario = try Scenario(floor)
        var context = scenario.nextContext()
        context.tenant = TenantId(high: 0, low: 8)
        var arrears = Arrears(seed: CommandId(high: 3, low: 0))
        let decision = scenario.state.decide(.cancelEvent, context: context, arrears: &arrears)
        #expect(decision?.outcome == .refused(.noSuchEvent))
        #expect(scenario.state.status == .active)
    }

    @Test("What ended without a payment is forgotten after a day, and its memory comes back")
    func forgetting() throws {
        var scenario = try Scenario(floor)
        let reserved = try scenario.reserve("ann", 1)
        _ = try scenario.send(.release(reserved.reservation))
        scenario.pass(Bounds.remembered.count - 1)
        #expect(try scenario.outcome(.release(reserved.reservation)) == .released(reserved.reservation, .released))
        scenario.pass(1)
        #expect(try scenario.refusal(.release(reserved.reservation)) == .noSuchReservation)
        #expect(scenario.state.reservations.count == 0)
        #expect(scenario.state.audit().isEmpty)
    }
}
