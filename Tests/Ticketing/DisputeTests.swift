import Testing

@testable import Simulation
@testable import Ticketing

@Suite("Disputes, and refunds made on the provider's own page")
struct DisputeTests {
    private let row = SectionSpec(name: "Floor", tier: "A", rows: [RowSpec("A", 4), RowSpec("B", 4)])
    private let money = Money(10_000, Scenario.euro)

    /// A booking of two places, its payment, and its first ticket.
    private func sale() throws -> (scenario: Scenario, booking: BookingId, payment: PaymentId, ticket: TicketId) {
        var scenario = try Scenario(row)
        let reserved = try scenario.reserve("ann", 2)
        let payment = try scenario.checkout(reserved)
        _ = try scenario.succeed(payment, 10_000)
        let booking = BookingId(reserved.reservation)
        return (scenario, booking, payment, TicketId(booking, at: 0))
    }

    private func dispute(
        _ payment: PaymentId, _ status: DisputeStatus, _ money: Money? = nil, _ reference: Label = "dp"
    ) -> Command {
        .paymentDispute(payment, DisputeNews(reference: reference, money: money ?? self.money, status: status))
    }

    private func reported(_ payment: PaymentId, _ money: Money, _ reference: Label = "re") -> Command {
        .refundReported(payment, ReportedRefund(reference: reference, money: money))
    }

    private func checkIn(_ ticket: TicketId, nonce: Label = "n") -> Command {
        .checkIn(CheckIn(ticket: ticket, gate: "G", nonce: nonce))
    }

    @Test("While a dispute is open nobody is let in and nothing is given back; won, all is as before")
    func openedAndWon() throws {
        var (scenario, booking, payment, ticket) = try sale()
        _ = try scenario.send(checkIn(ticket))
        let opened = try scenario.send(dispute(payment, .opened))
        #expect(opened.outcome == .paid(payment, .told(.disputed, ended: nil, .disputed(.opened))))
        #expect(opened.effects.isEmpty)
        #expect(scenario.state.paymentRow(payment)?.status == .disputed)
        #expect(scenario.state.bookingRow(booking)?.status == .booked)
        #expect(scenario.state.letters(of: 1)?.prefix(3) == [.sold, .sold, .free])
        #expect(try scenario.refusal(checkIn(TicketId(booking, at: 1))) == .notValid)
        // Who is in, is in: the same scan again is the same answer.
        #expect(try scenario.outcome(checkIn(ticket)) == .admitted(ticket, at: scenario.now, gate: "G"))
        #expect(try scenario.refusal(.cancelBooking(booking)) == .notRefundable)
        #expect(try scenario.refusal(.refundBooking(booking, .amount(1))) == .notRefundable)
        #expect(try scenario.refusal(.refundBooking(booking, .tickets([ticket]))) == .notRefundable)
        let again = try scenario.send(dispute(payment, .opened))
        #expect(again.outcome == .paid(payment, .unchanged(.disputed)) && again.writes.isEmpty)
        let won = try scenario.send(dispute(payment, .won))
        #expect(won.outcome == .paid(payment, .told(.succeeded, ended: nil, .disputed(.won))))
        #expect(try !scenario.send(checkIn(TicketId(booking, at: 1))).isRefused)
        #expect(try scenario.outcome(dispute(payment, .opened)) == .paid(payment, .unchanged(.succeeded)))
        #expect(try !scenario.send(.cancelBooking(booking)).isRefused)
        #expect(scenario.state.audit().isEmpty)
    }

    @Test("A dispute that is lost ends the tickets, frees the places and gives nothing back, now or later")
    func lost() throws {
        var (scenario, booking, payment, ticket) = try sale()
        _ = try scenario.send(dispute(payment, .opened))
        let lost = try scenario.send(dispute(payment, .lost))
        #expect(lost.outcome == .paid(payment, .told(.disputed, ended: booking, .disputed(.lost))))
        #expect(lost.effects.isEmpty)
        #expect(scenario.state.letters(of: 1)?.prefix(2) == [.free, .free])
        #expect(scenario.state.bookingRow(booking)?.status == .cancelled)
        #expect(try scenario.refusal(checkIn(ticket)) == .notValid)
        #expect(
            try scenario.outcome(.cancelBooking(booking))
                == .bookingCancelled(booking, refund: nil, Money(0, Scenario.euro)))
        #expect(try scenario.refusal(.refundBooking(booking, .amount(1))) == .notRefundable)
        // It cannot be won any more, and others have the places.
        #expect(try scenario.outcome(dispute(payment, .won)) == .paid(payment, .unchanged(.disputed)))
        _ = try scenario.take("bob", "Floor/A/1", "Floor/A/2")
        let account = try #require(scenario.state.account(of: payment))
        #expect(account.lost == 10_000 && account.kept == 0)
        #expect(scenario.state.audit().isEmpty)
    }

    @Test("Places that a lost dispute frees go to those who wait")
    func toTheWaitlist() throws {
        var scenario = try Scenario(SectionSpec(name: "Floor", tier: "A", rows: [RowSpec("A", 2)]))
        let reserved = try scenario.reserve("ann", 2)
        let payment = try scenario.checkout(reserved)
        _ = try scenario.succeed(payment, 10_000)
        _ = try scenario.send(.joinWaitlist(JoinWaitlist(show: 1, buyer: "zoe", tier: "A", quantity: 2)))
        _ = try scenario.send(dispute(payment, .lost))
        guard case .offered(let offer) = scenario.fallDue().first else {
            Issue.record("no offer: \(scenario.fallen)")
            return
        }
        #expect(offer.reserved.buyer == "zoe")
    }

    @Test("A cancelled show waits for a dispute: won, the money goes back; lost, it does not")
    func cancelledShow() throws {
        for isWon in [true, false] {
            var (scenario, booking, payment, _) = try sale()
            _ = try scenario.send(dispute(payment, .opened))
            _ = try scenario.send(.cancelShow(1))
            let unwound = scenario.fallDue()
            guard case .unwound(let step) = unwound.last else {
                Issue.record("\(unwound)")
                continue
            }
            #expect(step.bookings.isEmpty && step.isLast && step.refunded.amount == 0)
            #expect(scenario.state.nextDue == nil)
            #expect(scenario.state.bookingRow(booking)?.status == .booked)
            #expect(try scenario.refusal(.cancelBooking(booking)) == .notRefundable)
            let settled = try scenario.send(dispute(payment, isWon ? .won : .lost))
            let status: PaymentStatus = isWon ? .refundPending : .disputed
            let step2 = PaymentStep.disputed(isWon ? .won : .lost)
            #expect(settled.outcome == .paid(payment, .told(status, ended: booking, step2)))
            #expect(settled.effects.count == (isWon ? 1 : 0))
            #expect(scenario.state.letters(of: 1)?.prefix(2) == [.free, .free])
            #expect(scenario.state.audit().isEmpty)
        }
    }

    @Test("Of a refund on the provider's page, some of the money ends no ticket, and all of it ends them all")
    func reportedRefunds() throws {
        var (scenario, booking, payment, ticket) = try sale()
        let first = try scenario.send(reported(payment, Money(4_000, Scenario.euro), "re-1"))
        #expect(
            first.outcome
                == .paid(payment, .told(.succeeded, ended: nil, .refundReported(RefundId(payment, number: 255)))))
        #expect(first.effects.isEmpty)
        #expect(scenario.state.isValid(ticket))
        // The same refund again, even as another message, is the same refund.
        let again = try scenario.send(reported(payment, Money(4_000, Scenario.euro), "re-1"))
        #expect(again.outcome == .paid(payment, .unchanged(.succeeded)) && again.writes.isEmpty)
        // No more than is left can be given back by us.
        #expect(try scenario.refusal(.refundBooking(booking, .amount(6_001))) == .invalid(.amount))
        let second = try scenario.send(reported(payment, Money(6_000, Scenario.euro), "re-2"))
        #expect(
            second.outcome
                == .paid(payment, .told(.refunded, ended: booking, .refundReported(RefundId(payment, number: 254)))))
        #expect(second.effects.isEmpty)
        #expect(!scenario.state.isValid(ticket))
        #expect(scenario.state.bookingRow(booking)?.status == .cancelled)
        #expect(scenario.state.audit().isEmpty)
    }

    @Test("What is gone beyond what was taken is an incident, and reported once")
    func beyond() throws {
        var (scenario, booking, payment, _) = try sale()
        _ = try scenario.send(.cancelBooking(booking))
        _ = try scenario.send(.refundResult(RefundId(payment, number: 0), .succeeded))
        let more = try scenario.send(reported(payment, Money(3_000, Scenario.euro)))
        #expect(more.effects == [.reportIncident(payment, Money(3_000, Scenario.euro))])
        #expect(scenario.state.paymentRow(payment)?.status == .incident)
        let lost = try scenario.send(dispute(payment, .lost))
        #expect(lost.effects == [.reportIncident(payment, money)])
        let account = try #require(scenario.state.account(of: payment))
        #expect(account.beyond == 13_000)
        #expect(try scenario.send(dispute(payment, .lost)).effects.isEmpty)
        #expect(scenario.state.audit().isEmpty)
    }

    @Test("Money that is gone in another currency than was taken is an incident, and ends no ticket")
    func otherCurrency() throws {
        var (scenario, booking, payment, _) = try sale()
        let dollars = Money(10_000, try #require(Currency("USD")))
        let decision = try scenario.send(reported(payment, dollars))
        #expect(decision.effects == [.reportIncident(payment, dollars)])
        #expect(scenario.state.paymentRow(payment)?.status == .incident)
        #expect(scenario.state.bookingRow(booking)?.status == .booked)
        #expect(scenario.state.account(of: payment)?.kept == 10_000)
        #expect(scenario.state.audit().isEmpty)
    }

    @Test("What a provider tells anew, in another currency, does not count any more: the rest goes back as well")
    func toldAnew() throws {
        var scenario = try Scenario(row)
        let payment = try scenario.checkout(try scenario.reserve("ann", 2))
        _ = try scenario.send(reported(payment, Money(4, Scenario.euro)))
        _ = try scenario.succeed(payment, 7)
        #expect(scenario.state.account(of: payment)?.returning == 3)
        let dollars = Money(5, try #require(Currency("USD")))
        let decision = try scenario.send(reported(payment, dollars))
        #expect(
            decision.effects == [
                .refund(
                    RefundId(payment, number: 1), payment: payment, provider: "sandbox", reference: nil,
                    Money(4, Scenario.euro)), .reportIncident(payment, dollars),
            ])
        #expect(scenario.state.account(of: payment)?.returning == 7)
        #expect(scenario.state.paymentRow(payment)?.status == .incident)
        #expect(scenario.state.audit().isEmpty)
        // However often it is told anew, our refunds have an end.
        for amount in 6...600 as ClosedRange<Int64> {
            let currency = amount % 2 == 0 ? Scenario.euro : dollars.currency
            _ = try scenario.send(reported(payment, Money(amount, currency)))
        }
        #expect(scenario.state.audit().isEmpty)
    }

    @Test("What our own refund cannot give back any more, because the provider has, needs not be given back")
    func bothGiveBack() throws {
        var (scenario, booking, payment, _) = try sale()
        _ = try scenario.send(.cancelBooking(booking))
        let refund = RefundId(payment, number: 0)
        _ = try scenario.send(.refundResult(refund, .failed(reason: "charge already refunded")))
        #expect(scenario.state.paymentRow(payment)?.status == .incident)
        _ = try scenario.send(reported(payment, money))
        #expect(scenario.state.paymentRow(payment)?.status == .refunded)
    }

    @Test("What is told before the money is kept, and applied when it comes")
    func before() throws {
        var scenario = try Scenario(row)
        let reserved = try scenario.reserve("ann", 2)
        let payment = try scenario.checkout(reserved)
        let early = try scenario.send(dispute(payment, .lost))
        #expect(early.outcome == .paid(payment, .told(.creating, ended: nil, .disputed(.lost))))
        #expect(scenario.state.letters(of: 1)?.first == .held)
        let paid = try scenario.send(.paymentResult(payment, .succeeded(money)))
        let booking = BookingId(reserved.reservation)
        #expect(
            paid.outcome
                == .paid(
                    payment,
                    .told(.disputed, ended: booking, .booked(booking, seats: reserved.seats, late: nil))))
        #expect(scenario.state.letters(of: 1)?.first == .free)
        #expect(paid.effects.isEmpty)
        // A wrong amount goes back as far as it has not.
        let second = try scenario.checkout(try scenario.reserve("bob", 2))
        _ = try scenario.send(reported(second, Money(3, Scenario.euro)))
        let wrong = try scenario.send(.paymentResult(second, .succeeded(Money(7, Scenario.euro))))
        #expect(
            wrong.effects == [
                .refund(
                    RefundId(second, number: 0), payment: second, provider: "sandbox", reference: nil,
                    Money(4, Scenario.euro))
            ])
        let third = try scenario.checkout(try scenario.reserve("eve", 2))
        _ = try scenario.send(reported(third, Money(7, Scenario.euro)))
        let gone = try scenario.send(.paymentResult(third, .succeeded(Money(7, Scenario.euro))))
        #expect(gone.outcome == .paid(third, .told(.refunded, ended: nil, .refunded(nil, .wrongAmount))))
        #expect(gone.effects.isEmpty)
        #expect(scenario.state.audit().isEmpty)
    }

    @Test("A payment has room for so many reports; what comes after is an incident each time")
    func room() throws {
        var (scenario, _, payment, _) = try sale()
        let cent = Money(1, Scenario.euro)
        for number in 0..<Bounds.reportsPerPayment {
            _ = try scenario.send(reported(payment, cent, Label("re-\(number)")))
            _ = try scenario.send(dispute(payment, .won, cent, Label("dp-\(number)")))
        }
        #expect(scenario.state.account(of: payment)?.reported == Int64(Bounds.reportsPerPayment))
        for command in [reported(payment, cent, "more"), dispute(payment, .lost, cent, "more")] {
            let decision = try scenario.send(command)
            #expect(decision.outcome == .paid(payment, .incident))
            #expect(decision.effects == [.reportIncident(payment, cent)] && decision.writes.isEmpty)
        }
        // Those that are known can still change.
        _ = try scenario.send(dispute(payment, .lost, cent, "dp-0"))
        #expect(scenario.state.account(of: payment)?.lost == 1)
        #expect(try scenario.refusal(dispute(payment, .lost, Money(0, Scenario.euro))) == .invalid(.amount))
        #expect(try scenario.refusal(reported(payment, Money(.max, Scenario.euro))) == .invalid(.amount))
    }

    @Test("Of a payment that nobody knows, the most that was told is kept; the first rules kept what came first")
    func unknown() throws {
        let unknown = PaymentId(command: CommandId(high: 8, low: 8), index: 0)
        let paid = Command.paymentResult(unknown, .succeeded(money))
        var scenario = try Scenario(row)
        _ = try scenario.send(.paymentCreated(unknown, reference: nil))
        let decision = try scenario.send(paid)
        #expect(decision.effects == [.reportIncident(unknown, money)])
        #expect(decision.writes.count == 1)
        #expect(try scenario.send(paid).writes.isEmpty)
        #expect(try scenario.send(reported(unknown, Money(1, Scenario.euro))).writes.isEmpty)
        #expect(try scenario.outcome(dispute(unknown, .opened)) == .paid(unknown, .incident))

        scenario = try Scenario(row)
        for (command, isFirst) in [(Command.paymentCreated(unknown, reference: nil), true), (paid, false)] {
            var context = scenario.nextContext()
            context.rulesVersion = 1
            var arrears = Arrears(seed: CommandId(high: 4, low: isFirst ? 1 : 2), rulesVersion: 1)
            let decision = try #require(scenario.state.decide(command, context: context, arrears: &arrears))
            #expect(decision.effects.isEmpty == !isFirst)
        }
    }

    @Test("Rows of reports that cannot be are told, and never trap")
    func rows() throws {
        var (scenario, _, payment, _) = try sale()
        _ = try scenario.send(dispute(payment, .opened))
        _ = try scenario.send(reported(payment, Money(1, Scenario.euro)))
        var event: EventRow?
        var terms: [TermsRow] = []
        var rows: [Row] = []
        scenario.state.rows { row in
            switch row {
            case .event(let row): event = row
            case .terms(let row): terms.append(row)
            default: rows.append(row)
            }
        }
        func load(_ change: (Row) -> [Row]) throws -> EventState {
            var loader = try Loader(try #require(event), terms: terms, at: scenario.now)
            for row in rows.flatMap(change) { try loader.add(row) }
            return try loader.finish()
        }
        let same = try load { [$0] }
        let isSame = same.bytes == scenario.state.bytes
        #expect(isSame && same.audit().isEmpty)
        func disputes(_ change: @escaping (DisputeRow) -> [DisputeRow]) -> (Row) -> [Row] {
            { if case .dispute(let row) = $0 { change(row).map { .dispute($0) } } else { [$0] } }
        }
        func refunds(_ change: @escaping (RefundRow) -> [RefundRow]) -> (Row) -> [Row] {
            { if case .refund(let row) = $0 { change(row).map { .refund($0) } } else { [$0] } }
        }
        #expect(throws: LoadError(.twice, in: "dispute")) { try load(disputes { [$0, $0] }) }
        #expect(throws: LoadError(.dangling, in: "dispute")) {
            try load(
                disputes {
                    var row = $0
                    row.payment = PaymentId(command: CommandId(high: 8, low: 8), index: 0)
                    return [row]
                })
        }
        #expect(throws: LoadError(.impossible, in: "dispute")) {
            try load(
                disputes {
                    var row = $0
                    row.money = Money(0, Scenario.euro)
                    return [row]
                })
        }
        #expect(throws: LoadError(.impossible, in: "refund")) {
            try load(
                refunds {
                    var row = $0
                    row.origin = nil
                    return [row]
                })
        }
        #expect(throws: LoadError(.impossible, in: "refund")) {
            try load(
                refunds {
                    var row = $0
                    row.status = .pending
                    return [row]
                })
        }
    }
}
