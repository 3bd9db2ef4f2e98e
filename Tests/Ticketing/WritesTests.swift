import Testing

@testable import Ticketing

@Suite struct WritesTests {
    private func reserved() throws -> Decision {
        var scenario = try Scenario(SectionSpec(name: "Floor", tier: "A", rows: [RowSpec("R", 9)]))
        return try scenario.send(.reserve(Reserve(show: 1, buyer: "b", tier: "A", quantity: 3)))
    }

    private func bytes(_ decision: Decision) -> [UInt8] {
        var bytes: [UInt8] = [1]
        decision.appendWrites(to: &bytes)
        return bytes
    }

    @Test func equalDecisionsHaveEqualBytesAndOthersOthers() throws {
        let decision = try reserved()
        #expect(bytes(decision) == bytes(try reserved()))
        #expect(bytes(decision).first == 1)
        var fewerWrites = decision
        fewerWrites.writes.removeLast()
        var fewerChanges = decision
        fewerChanges.changes.removeLast()
        var effect = decision
        let payment = PaymentId(command: decision.id, index: 0)
        effect.effects.append(.reportIncident(payment, nil))
        var withMoney = decision
        withMoney.effects.append(.reportIncident(payment, Money(0, Scenario.euro)))
        let others = [fewerWrites, fewerChanges, effect, withMoney].map(bytes)
        #expect(Set(others + [bytes(decision)]).count == 5)
    }

    @Test func numbersOfEveryLengthHaveBytesOfTheirOwn() {
        let numbers: [UInt64] = [0, 1, 127, 128, 255, 16_383, 16_384, 1 << 35, .max - 1, .max]
        let all = numbers.map { number in
            var bytes = CanonicalBytes()
            bytes.put(number)
            return bytes.bytes
        }
        #expect(Set(all).count == numbers.count)
        #expect(all.map(\.count) == [1, 1, 1, 2, 2, 2, 3, 6, 10, 10])
    }
}
