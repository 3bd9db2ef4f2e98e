import Testing

@testable import Ticketing

@Suite("Cancelling and refunding")
struct CancelTests {
    private let row = SectionSpec(name: "Floor", tier: "A", rows: [RowSpec("A", 8)])
    private let policy = [
        PolicyStep(hoursBefore: 2, percent: 25), PolicyStep(hoursBefore: 24, percent: 50),
        PolicyStep(hoursBefore: 0, percent: 0),
    ]

    @Test(
        "A booking is given back by the policy's step that is still met",
        arguments: [(86_400, 5_000), (86_399, 2_500), (7_200, 2_500), (7_199, nil), (0, nil)] as [(Int64, Int64?)])
    func steps(secondsBefore: Int64, expected: Int64?) throws {
        var scenario = try Scenario(row, policy: policy)
        let booking = try scenario.book(try scenario.reserve("ann", 2))
        scenario.pass(48 * 3_600 - secondsBefore)
        let outcome = try scenario.outcome(.cancelBooking(booking))
        guard let expected else {
            #expect(outcome == .refused(.notRefundable))
            #expect(scenario.state.bookingRow(booking)?.status == .booked)
            return
        }
        guard case .bookingCancelled(booking, _, let money) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(money == Money(expected, Scenario.euro))
        #expect(scenario.state.letters(of: 1)?.contains(.sold) == false)
        // Again, it is the same answer.
        #expect(try scenario.outcome(.cancelBooking(booking)) == outcome)
    }

    @Test("Shares are rounded to the nearest minor unit, halves down")
    func rounding() {
        #expect(Terms.share(50, of: 1) == 0)
        #expect(Terms.share(50, of: 3) == 1)
        #expect(Terms.share(51, of: 1) == 1)
        #expect(Terms.share(33, of: 100) == 33)
        #expect(Terms.share(0, of: 100) == 0)
        #expect(Terms.share(100, of: Bounds.price * 100) == Bounds.price * 100)
    }

    @Test("The policy is the one of the purchase, prices are those of the reservation")
    func termsOfThePurchase() throws {
        var scenario = try Scenario(row, policy: [PolicyStep(hoursBefore: 0, percent: 100)])
        let early = try scenario.reserve("ann", 1)
        let booked = try scenario.book(early)
        let change = ChangeEvent(
            prices: [TierSpec(name: "A", price: 9_000)], refundPolicy: [PolicyStep(hoursBefore: 0, percent: 10)])
        #expect(try scenario.outcome(.changeEvent(change)) == .eventChanged)
        #expect(try scenario.reserve("bob", 1).total == 9_000)
        guard case .bookingCancelled(_, _, let money) = try scenario.outcome(.cancelBooking(booked)) else { return }
        #expect(money.amount == 5_000)
    }

    @Test("Without a policy of its own an event gives all back until a day before")
    func defaultPolicy() throws {
        var scenario = try Scenario(row)
        let booking = try scenario.book(try scenario.reserve("ann", 2))
        let other = try scenario.book(try scenario.reserve("bob", 1))
        scenario.pass(24 * 3_600)
        guard case .bookingCancelled(_, _, let money) = try scenario.outcome(.cancelBooking(booking)) else { return }
        #expect(money.amount == 10_000)
        scenario.pass(1)
        #expect(try scenario.refusal(.cancelBooking(other)) == .notRefundable)
    }

    @Test("Freed places go to those who wait, first")
    func waitlist() throws {
        var scenario = try Scenario(row)
        let booking = try scenario.book(try scenario.reserve("ann", 8))
        _ = try scenario.send(.joinWaitlist(JoinWaitlist(show: 1, buyer: "bob", tier: "A", quantity: 2)))
        _ = try scenario.send(.cancelBooking(booking))
        guard case .offered(let offer) = scenario.fallDue().first else {
            Issue.record("no offer")
            return
        }
        #expect(offer.reserved.buyer == "bob")
    }

    @Test("A manager gives back some tickets, which end, or an amount, which ends none; never more than was paid")
    func byManager() throws {
        var scenario = try Scenario(row, policy: [])
        let booking = try scenario.book(try scenario.reserve("ann", 3))
        #expect(try scenario.refusal(.cancelBooking(booking)) == .notRefundable)
        let euros = { (amount: Int64) in Money(amount, Scenario.euro) }
        let payment = try #require(scenario.state.bookingRow(booking)?.payment)
        #expect(
            try scenario.outcome(.refundBooking(booking, .amount(4_000)))
                == .refunded(booking, RefundId(payment, number: 0), euros(4_000)))
        #expect(try scenario.refusal(.refundBooking(booking, .amount(11_001))) == .invalid(.amount))
        let second = TicketId(booking, at: 1)
        #expect(
            try scenario.outcome(.refundBooking(booking, .tickets([second])))
                == .refunded(booking, RefundId(payment, number: 1), euros(5_000)))
        #expect(scenario.state.letters(of: 1)?.prefix(3) == [.sold, .free, .sold])
        #expect(!scenario.state.isValid(second))
        #expect(try scenario.refusal(.refundBooking(booking, .tickets([second]))) == .invalid(.tickets))
        #expect(
            try scenario.refusal(.refundBooking(booking, .tickets([TicketId(booking, at: 9)]))) == .invalid(.tickets))
        // The last tickets end the booking; what is left is less than their price.
        let rest = [TicketId(booking, at: 2), TicketId(booking, at: 0)]
        #expect(
            try scenario.outcome(.refundBooking(booking, .tickets(rest)))
                == .refunded(booking, RefundId(payment, number: 2), euros(6_000)))
        #expect(scenario.state.bookingRow(booking)?.status == .cancelled)
        #expect(try scenario.refusal(.refundBooking(booking, .amount(1))) == .notRefundable)
        #expect(scenario.state.audit().isEmpty)
    }

    @Test("A cancelled event sells nothing more at once, and is unwound in bounded steps while others are decided")
    func unwinding() throws {
        var settings = Settings()
        settings.maxTicketsPerBuyer = 100
        var scenario = try Scenario(
            SectionSpec(name: "Floor", tier: "A", rows: [RowSpec("A", 1_200), RowSpec("B", 900)]),
            SectionSpec(name: "Balcony", tier: "B", rows: [RowSpec("A", 1)]), settings: settings)
        var bookings: [BookingId] = []
        for number in 0..<1_200 {
            bookings.append(try scenario.book(try scenario.reserve(Label("buyer \(number)"), 1)))
        }
        for number in 0..<9 { bookings.append(try scenario.book(try scenario.reserve(Label("group \(number)"), 90))) }
        let hold = try scenario.reserve("holder", 90)
        let paying = try scenario.checkout(try scenario.reserve("payer", 1, tier: "B"))
        _ = try scenario.send(.joinWaitlist(JoinWaitlist(show: 1, buyer: "zoe", tier: "B", quantity: 1)))

        let expected = Cancellation(bookings: 1_209, refunds: Money((1_200 + 810) * 5_000, Scenario.euro))
        #expect(try scenario.outcome(.cancelEvent) == .eventCancelled(expected))
        #expect(try scenario.outcome(.cancelEvent) == .eventCancelled(expected))
        #expect(scenario.state.nextDue == scenario.now)
        let reserve = Command.reserve(Reserve(show: 1, buyer: "eve", tier: "A", quantity: 1))
        #expect(try scenario.refusal(reserve) == .eventCancelled)
        #expect(try scenario.refusal(.extend(hold.reservation, by: 60)) == .eventCancelled)
        let checkIn = CheckIn(ticket: TicketId(bookings[0], at: 0), gate: "G", nonce: "n")
        #expect(try scenario.refusal(.checkIn(checkIn)) == .notValid)

        var steps = 0
        var given: [BookingId] = []
        var refunded: Int64 = 0
        var rows = StoredCount()
        while scenario.state.nextDue != nil {
            for outcome in scenario.fallDue(atMost: 700) {
                guard case .unwound(let step) = outcome else {
                    Issue.record("\(outcome)")
                    return
                }
                steps += 1
                given += step.bookings
                refunded += step.refunded.amount
                #expect(step.bookings.count + step.holds.count + step.entries.count <= Bounds.unwoundPerDecision)
            }
            rows.add(scenario.fallen)
        }
        #expect(steps >= 5)
        #expect(rows.most <= Bounds.rowsPerDecision)
        #expect(given.count == 1_209 && Set(given) == Set(bookings))
        #expect(refunded == expected.refunds.amount)
        #expect(scenario.state.reservationRow(hold.reservation)?.status == .released)
        #expect(try scenario.succeed(paying, 2_000) == .refunded(RefundId(paying, number: 0), .showCancelled))
        #expect(scenario.state.audit().isEmpty)
    }

    private struct StoredCount {
        var most = 0
        mutating func add(_ decisions: [Decision]) { most = max(most, decisions.map(\.rowCount).max() ?? 0) }
    }
}
