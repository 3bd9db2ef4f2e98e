import Testing

@testable import Ticketing

@Suite("Payments")
struct PaymentTests {
    private let row = SectionSpec(name: "Floor", tier: "A", rows: [RowSpec("A", 4), RowSpec("B", 4)])

    @Test("A checkout asks the provider for a payment and leaves time to pay")
    func checkout() throws {
        var scenario = try Scenario(row)
        let reserved = try scenario.reserve("ann", 2)
        scenario.pass(590)
        let decision = try scenario.send(
            .checkout(Checkout(reservation: reserved.reservation, provider: "sandbox")))
        guard case .checkedOut(let out) = decision.outcome else {
            Issue.record("\(decision.outcome)")
            return
        }
        #expect(out.status == .creating)
        #expect(out.total == Money(10_000, Scenario.euro))
        #expect(out.endsAt == scenario.now + 300)
        #expect(
            decision.effects == [
                .createPayment(
                    out.payment, reservation: reserved.reservation, provider: "sandbox", Money(10_000, Scenario.euro))
            ])
        #expect(try scenario.outcome(.paymentCreated(out.payment, reference: "pi_1")) == .paid(out.payment, .pending))
        // Asked again, it is the same payment.
        let again = try scenario.send(
            .checkout(Checkout(reservation: reserved.reservation, provider: "stripe")))
        guard case .checkedOut(let same) = again.outcome else { return }
        #expect(same.payment == out.payment)
        #expect(same.status == .pending)
        #expect(again.effects.isEmpty && again.writes.isEmpty)
    }

    @Test(
        "A payment that succeeds makes a booking with a ticket for each place, and another word of it changes nothing")
    func success() throws {
        var scenario = try Scenario(row)
        let reserved = try scenario.reserve("ann", 2)
        let payment = try scenario.checkout(reserved)
        let money = Money(10_000, Scenario.euro)
        let decision = try scenario.send(.paymentResult(payment, .succeeded(money)))
        let booking = BookingId(reserved.reservation)
        #expect(decision.outcome == .paid(payment, .booked(booking, seats: reserved.seats, late: nil)))
        let tickets = decision.writes.compactMap { if case .insertTickets(let tickets) = $0 { tickets } else { nil } }
        #expect(tickets.first?.tickets.map(\.id) == [TicketId(booking, at: 0), TicketId(booking, at: 1)])
        #expect(tickets.first?.tickets.map(\.price) == [5_000, 5_000])
        #expect(scenario.state.letters(of: 1)?.prefix(3) == [.sold, .sold, .free])
        #expect(scenario.state.nextDue == nil)
        let again = try scenario.send(.paymentResult(payment, .succeeded(money)))
        #expect(again.outcome == .paid(payment, .unchanged(.succeeded)))
        #expect(again.writes.isEmpty && again.effects.isEmpty)
        #expect(try scenario.refusal(.release(reserved.reservation)) == .alreadyBooked(booking))
        #expect(try scenario.refusal(.extend(reserved.reservation, by: 5)) == .alreadyBooked(booking))
        let checkout = Command.checkout(Checkout(reservation: reserved.reservation, provider: "sandbox"))
        #expect(try scenario.refusal(checkout) == .alreadyBooked(booking))
    }

    @Test("What costs nothing is booked at the checkout")
    func free() throws {
        var scenario = try Scenario(
            Scenario.event(shows: [Scenario.show([row])], tiers: [TierSpec(name: "A", price: 0)]))
        let reserved = try scenario.reserve("ann", 2)
        guard
            case .checkedOut(let out) = try scenario.outcome(
                .checkout(Checkout(reservation: reserved.reservation, provider: "sandbox")))
        else { return }
        #expect(out.status == .succeeded)
        #expect(out.booking == BookingId(reserved.reservation))
        #expect(
            try scenario.outcome(.cancelBooking(BookingId(reserved.reservation)))
                == .bookingCancelled(BookingId(reserved.reservation), refund: nil, Money(0, Scenario.euro)))
    }

    @Test("After a failed attempt the hold can be paid in another way until it ends")
    func failure() throws {
        var scenario = try Scenario(row)
        let reserved = try scenario.reserve("ann", 2)
        let first = try scenario.checkout(reserved)
        #expect(
            try scenario.outcome(.paymentResult(first, .failed(reason: "declined")))
                == .paid(first, .failed(reason: "declined")))
        #expect(scenario.state.reservationRow(reserved.reservation)?.status == .held)
        let second = try scenario.checkout(reserved)
        #expect(second != first)
        #expect(scenario.state.paymentRow(second)?.attempt == 2)
        _ = try scenario.send(.paymentResult(second, .cancelled))
        scenario.pass(600)
        #expect(
            try scenario.refusal(.checkout(Checkout(reservation: reserved.reservation, provider: "x"))) == .holdExpired)
    }

    @Test("Attempts cannot keep a hold for ever")
    func endlessAttempts() throws {
        var scenario = try Scenario(row)
        let reserved = try scenario.reserve("ann", 2)
        var attempts = 0
        while true {
            let command = Command.checkout(Checkout(reservation: reserved.reservation, provider: "sandbox"))
            guard case .checkedOut(let out) = try scenario.outcome(command) else {
                #expect(try scenario.refusal(command) == .holdLimitReached)
                break
            }
            attempts += 1
            scenario.pass(299)
            _ = try scenario.send(.paymentResult(out.payment, .failed(reason: "declined")))
        }
        #expect(attempts == 5)
    }

    @Test("A paying hold that ends, or is released, asks the provider to forget the payment")
    func callingOff() throws {
        var scenario = try Scenario(row)
        let first = try scenario.checkout(try scenario.reserve("ann", 2))
        _ = try scenario.send(.paymentCreated(first, reference: "pi_1"))
        scenario.pass(600)
        #expect(scenario.fallDue().count == 1)
        #expect(scenario.fallen[0].effects == [.cancelPayment(first, provider: "sandbox", reference: "pi_1")])
        let reserved = try scenario.reserve("bob", 2)
        let second = try scenario.checkout(reserved)
        let released = try scenario.send(.release(reserved.reservation))
        #expect(released.effects == [.cancelPayment(second, provider: "sandbox", reference: nil)])
        // It was made all the same: now that its name is known, it is called off by that.
        let made = try scenario.send(.paymentCreated(second, reference: "pi_2"))
        #expect(made.effects == [.cancelPayment(second, provider: "sandbox", reference: "pi_2")])
    }

    @Test("Late money: the same places if they are free")
    func sameLate() throws {
        var scenario = try Scenario(row)
        let reserved = try scenario.reserve("ann", 2)
        let payment = try scenario.checkout(reserved)
        scenario.pass(600)
        #expect(
            try scenario.succeed(payment, 10_000)
                == .booked(BookingId(reserved.reservation), seats: reserved.seats, late: .samePlaces))
        #expect(scenario.state.audit().isEmpty)
    }

    @Test("Late money: as good places, side by side as they were, if the buyer agreed; else it goes back")
    func equivalentLate() throws {
        for accepts in [true, false] {
            var scenario = try Scenario(row)
            let reserved = try scenario.reserve("ann", 2)
            let payment = try scenario.checkout(reserved, acceptEquivalent: accepts)
            scenario.pass(600)
            _ = try scenario.take("bob", "Floor/A/2", "Floor/A/4")
            let step = try scenario.succeed(payment, 10_000)
            if accepts {
                guard case .booked(_, let seats, .equivalentPlaces) = step else {
                    Issue.record("\(step)")
                    continue
                }
                #expect(seats.map(\.name.description) == ["Floor/B/1", "Floor/B/2"])
            } else {
                #expect(step == .refunded(RefundId(payment, number: 0), .tooLate))
                #expect(scenario.state.paymentRow(payment)?.status == .refundPending)
            }
            #expect(scenario.state.audit().isEmpty)
        }
    }

    @Test("Late money gets nothing where somebody waits, over the buyer's limit, or once the show has begun")
    func lateRefused() throws {
        var settings = Settings()
        settings.maxTicketsPerBuyer = 4
        var scenario = try Scenario(row, settings: settings)
        let reserved = try scenario.reserve("ann", 3)
        let waited = try scenario.checkout(reserved)
        _ = try scenario.send(.release(reserved.reservation))
        _ = try scenario.reserve("bob", 4)
        _ = try scenario.reserve("eve", 3)
        _ = try scenario.send(.joinWaitlist(JoinWaitlist(show: 1, buyer: "zoe", tier: "A", quantity: 2)))
        #expect(try scenario.succeed(waited, 15_000) == .refunded(RefundId(waited, number: 0), .tooLate))

        scenario = try Scenario(row, settings: settings)
        let first = try scenario.reserve("ann", 3)
        let limited = try scenario.checkout(first)
        _ = try scenario.send(.release(first.reservation))
        _ = try scenario.take("ann", "Floor/B/1", "Floor/B/2")
        #expect(try scenario.succeed(limited, 15_000) == .refunded(RefundId(limited, number: 0), .tooLate))

        scenario = try Scenario(row, settings: settings)
        let begun = try scenario.checkout(try scenario.reserve("ann", 3))
        scenario.pass(48 * 3_600)
        #expect(try scenario.succeed(begun, 15_000) == .refunded(RefundId(begun, number: 0), .tooLate))
    }

    @Test("A wrong amount or currency goes back, and the hold stays")
    func wrongAmount() throws {
        var scenario = try Scenario(row)
        let reserved = try scenario.reserve("ann", 2)
        let payment = try scenario.checkout(reserved)
        let decision = try scenario.send(.paymentResult(payment, .succeeded(Money(9_999, Scenario.euro))))
        let refund = RefundId(payment, number: 0)
        #expect(decision.outcome == .paid(payment, .refunded(refund, .wrongAmount)))
        #expect(
            decision.effects == [
                .refund(
                    refund, payment: payment, provider: "sandbox", reference: nil, Money(9_999, Scenario.euro))
            ])
        #expect(scenario.state.reservationRow(reserved.reservation)?.status == .held)
        let dollars = try #require(Currency("USD"))
        let second = try scenario.checkout(reserved)
        let other = try scenario.send(.paymentResult(second, .succeeded(Money(10_000, dollars))))
        #expect(
            other.effects == [
                .refund(
                    RefundId(second, number: 0), payment: second, provider: "sandbox", reference: nil,
                    Money(10_000, dollars))
            ])
    }

    @Test("A second payment for one reservation goes back")
    func paidTwice() throws {
        var scenario = try Scenario(row)
        let reserved = try scenario.reserve("ann", 2)
        let first = try scenario.checkout(reserved)
        _ = try scenario.send(.paymentResult(first, .failed(reason: "declined")))
        let second = try scenario.checkout(reserved)
        _ = try scenario.succeed(first, 10_000)
        #expect(try scenario.succeed(second, 10_000) == .refunded(RefundId(second, number: 0), .paidTwice))
        #expect(scenario.state.bookingRow(BookingId(reserved.reservation))?.payment == first)
    }

    @Test("Money for a payment that nobody knows is an incident, once")
    func incident() throws {
        var scenario = try Scenario(row)
        let unknown = PaymentId(command: CommandId(high: 8, low: 8), index: 0)
        let message = Command.paymentResult(unknown, .succeeded(Money(100, Scenario.euro)))
        let decision = try scenario.send(message)
        #expect(decision.outcome == .paid(unknown, .incident))
        #expect(decision.effects == [.reportIncident(unknown, Money(100, Scenario.euro))])
        let again = try scenario.send(message)
        #expect(again.outcome == decision.outcome && again.writes.isEmpty && again.effects.isEmpty)
    }

    @Test("A refund's result settles the payment; a failure is reported and can still become a success")
    func refundResults() throws {
        var scenario = try Scenario(row)
        let payment = try scenario.checkout(try scenario.reserve("ann", 2))
        _ = try scenario.succeed(payment, 1)
        let refund = RefundId(payment, number: 0)
        let failed = try scenario.send(.refundResult(refund, .failed(reason: "closed")))
        #expect(failed.outcome == .refundSettled(refund, .failed))
        #expect(failed.effects == [.reportIncident(payment, Money(1, Scenario.euro))])
        #expect(scenario.state.paymentRow(payment)?.status == .incident)
        #expect(try scenario.outcome(.refundResult(refund, .succeeded)) == .refundSettled(refund, .succeeded))
        #expect(scenario.state.paymentRow(payment)?.status == .refunded)
        #expect(
            try scenario.outcome(.refundResult(refund, .failed(reason: "late"))) == .refundSettled(refund, .succeeded))
    }
}
