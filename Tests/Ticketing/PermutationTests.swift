import Testing

@testable import Simulation
@testable import Ticketing

@Suite("A provider's messages in any order, any number of times")
struct PermutationTests {
    /// What has happened before the messages come.
    enum Setting: CaseIterable {
        case held, expired, expiredAndTaken, released, showCancelled
    }

    @Test("end in the same state, byte for byte", arguments: Setting.allCases)
    func permutations(setting: Setting) throws {
        var random = Seeded(11)
        for round in 0..<40 {
            var scenario = try Scenario(
                SectionSpec(name: "Floor", tier: "A", rows: [RowSpec("A", 4), RowSpec("B", 4)]))
            let reserved = try scenario.reserve("ann", 2)
            var payments: [PaymentId] = []
            for _ in 0..<random.number(1...3) {
                if let last = payments.last { _ = try scenario.send(.paymentResult(last, .failed(reason: "x"))) }
                payments.append(try scenario.checkout(reserved, acceptEquivalent: random.chance(50)))
            }
            try prepare(&scenario, reserved, setting)

            var messages: [Command] = []
            for payment in payments {
                let amount: Int64 = random.chance(80) ? 10_000 : 7
                let all: [Command] = [
                    .paymentCreated(payment, reference: "pi"), .paymentResult(payment, .failed(reason: "declined")),
                    .paymentResult(payment, .failed(reason: "again")), .paymentResult(payment, .cancelled),
                    .paymentResult(payment, .succeeded(Money(amount, Scenario.euro))),
                ]
                messages += all.filter { _ in random.chance(70) }
            }
            messages.append(
                .paymentResult(
                    PaymentId(command: CommandId(high: 8, low: 8), index: 0), .succeeded(Money(5, Scenario.euro))))

            var first: Bytes?
            for _ in 0..<24 {
                var attempt = scenario
                var order = messages.shuffled(using: &random)
                order += order.filter { _ in random.chance(40) }
                for message in order { _ = try attempt.send(message) }
                #expect(attempt.state.audit().isEmpty)
                let bytes = attempt.state.bytes
                if first == nil { first = bytes }
                let isSame = bytes == first
                #expect(isSame, "round \(round)")
            }
        }
    }

    private func prepare(_ scenario: inout Scenario, _ reserved: Reserved, _ setting: Setting) throws {
        switch setting {
        case .held: break
        case .expired: scenario.pass(900)
        case .expiredAndTaken:
            scenario.pass(900)
            _ = try scenario.take("bob", "Floor/A/1")
        case .released: _ = try scenario.send(.release(reserved.reservation))
        case .showCancelled:
            _ = try scenario.send(.cancelShow(1))
            _ = scenario.fallDue()
        }
    }
}
