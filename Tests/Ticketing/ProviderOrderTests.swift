import Testing

@testable import Simulation
@testable import Ticketing

@Suite("What a provider tells, disputes and its own refunds included, in any order and any number of times")
struct ProviderOrderTests {
    typealias Setting = ProviderMessages.Setting

    @Test("Small sets end in the same state in every order", arguments: Setting.allCases)
    func everyOrder(setting: Setting) throws {
        var random = Seeded(UInt64(3 + Self.number(of: setting)))
        for round in 0..<60 {
            let start = try start(setting, &random)
            let messages = Array(messages(start, &random).prefix(4))
            var first: [String]?
            for order in Self.permutations(of: messages) {
                try expect(order, from: start, ends: &first, "round \(round)", &random)
            }
        }
    }

    @Test("Larger sets end in the same state in orders taken at random", arguments: Setting.allCases)
    func someOrders(setting: Setting) throws {
        var random = Seeded(UInt64(300 + Self.number(of: setting)))
        for round in 0..<60 {
            let start = try start(setting, &random)
            let messages = messages(start, &random)
            var first: [String]?
            for _ in 0..<30 {
                try expect(
                    messages.shuffled(using: &random), from: start, ends: &first, "round \(round)", &random)
            }
        }
    }

    /// Two payments, and the later one is taken back: by whatever message first, the buyer has what the earlier one
    /// paid.
    @Test("Of two payments, the one that is given back is the one too many", arguments: [true, false])
    func theOneTooMany(isLost: Bool) throws {
        let start = try ProviderMessages(.held, acceptEquivalent: [false, false])
        let (one, two) = (start.payments[0], start.payments[1])
        let money = ProviderMessages.euros(10_000)
        let back: Command =
            isLost
            ? .paymentDispute(two, DisputeNews(reference: "d", money: money, status: .lost))
            : .refundReported(two, ReportedRefund(reference: "r", money: money))
        var random = Seeded(1)
        var first: [String]?
        for order in Self.permutations(
            of: [.paymentResult(one, .succeeded(money)), .paymentResult(two, .succeeded(money)), back])
        {
            try expect(order, from: start, ends: &first, "\(order)", &random)
            var attempt = start
            try attempt.tell(order)
            let booking = attempt.scenario.state.bookingRow(BookingId(start.reserved.reservation))
            #expect(booking?.status == .booked && booking?.payment == one)
            #expect(attempt.stored.tickets.count == 2)
            #expect(attempt.scenario.state.paymentRow(two)?.status == (isLost ? .disputed : .refunded))
        }
    }

    private func expect(
        _ order: [Command], from start: ProviderMessages, ends first: inout [String]?, _ what: String,
        _ random: inout Seeded
    ) throws {
        var told = order
        // What is told again, is told at any time after.
        for message in order where random.chance(30) {
            let position = told.firstIndex(of: message).map { random.number($0 + 1...told.count) } ?? told.count
            told.insert(message, at: position)
        }
        var attempt = start
        try attempt.tell(told)
        let end = attempt.end
        let expected = first ?? end
        first = expected
        let difference = zip(end, expected).filter { $0 != $1 }.map { "\($0)\n   not \($1)" }
        let isSame = end == expected
        try #require(
            isSame, "\(what): \(told.map { "\($0)" }.joined(separator: "\n"))\n\(difference.joined(separator: "\n"))")
        // Whoever takes the event over has the same.
        let loaded = try attempt.stored.load(at: attempt.scenario.state.time)
        let isLoaded = loaded.bytes == attempt.scenario.state.bytes
        try #require(isLoaded && loaded.audit().isEmpty, "\(what): the rows make another state")
    }

    private func start(_ setting: Setting, _ random: inout Seeded) throws -> ProviderMessages {
        try ProviderMessages(
            setting, acceptEquivalent: (0..<random.number(1...2)).map { _ in random.chance(50) })
    }

    /// A set such as a provider can send: what it has refunded itself, or a bank has taken, it does not let us refund.
    private func messages(_ start: ProviderMessages, _ random: inout Seeded) -> [Command] {
        var messages: [Command] = []
        for payment in start.payments {
            let taken: Int64 = random.chance(80) ? 10_000 : random.one(of: [7, 20_000])
            let dollars = random.chance(5) ? Currency("USD") : nil
            let money = Money(taken, dollars ?? Scenario.euro)
            var some: [Command] = [
                .paymentCreated(payment, reference: "pi"), .paymentResult(payment, .failed(reason: "declined")),
                .paymentResult(payment, .failed(reason: "again")), .paymentResult(payment, .cancelled),
            ].filter { _ in random.chance(30) }
            if random.chance(85) { some.append(.paymentResult(payment, .succeeded(money))) }
            var isGone = false
            if random.chance(35) {
                for reference in ["r-1", "r-2"] as [Label] where random.chance(70) {
                    let amount = random.one(of: [taken, taken, 1, 3_000])
                    some.append(
                        .refundReported(
                            payment, ReportedRefund(reference: reference, money: ProviderMessages.euros(amount))))
                    isGone = true
                }
            }
            if random.chance(45) {
                let end = random.one(of: [DisputeStatus.won, .lost, .opened])
                let news = [DisputeStatus.opened, end].map {
                    Command.paymentDispute(payment, DisputeNews(reference: "d", money: money, status: $0))
                }
                some += random.chance(60) ? news : [news[1]]
                isGone = isGone || end == .lost
            }
            if random.chance(10) {
                let part = DisputeNews(
                    reference: "e", money: ProviderMessages.euros(2_000), status: random.one(of: [.won, .lost]))
                some.append(.paymentDispute(payment, part))
                isGone = isGone || part.status == .lost
            }
            if random.chance(40) {
                let refund = RefundId(payment, number: 0)
                if random.chance(60) { some.append(.refundResult(refund, .failed(reason: "no"))) }
                if !isGone { some.append(.refundResult(refund, .succeeded)) }
            }
            messages += some
        }
        if random.chance(15) {
            let unknown = PaymentId(command: CommandId(high: 8, low: 8), index: 0)
            messages += [
                .paymentCreated(unknown, reference: "pi"),
                .paymentResult(unknown, .succeeded(ProviderMessages.euros(5))),
                .refundReported(unknown, ReportedRefund(reference: "r", money: ProviderMessages.euros(9))),
            ].filter { _ in random.chance(70) }
        }
        return messages.shuffled(using: &random)
    }

    private static func number(of setting: Setting) -> Int { Setting.allCases.firstIndex(of: setting) ?? 0 }

    private static func permutations(of messages: [Command]) -> [[Command]] {
        guard messages.count > 1 else { return [messages] }
        return messages.indices.flatMap { index in
            var rest = messages
            let first = rest.remove(at: index)
            return permutations(of: rest).map { [first] + $0 }
        }
    }
}
