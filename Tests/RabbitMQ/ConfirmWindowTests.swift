internal import Runtime
import Testing

@testable import RabbitMQ

@Suite struct ConfirmWindowTests {
    private func window(_ count: Int, capacity: Int = 10) -> ConfirmWindow {
        var window = ConfirmWindow(capacity: capacity, patience: .seconds(1))
        for number in 0..<count { window.sent(message(UInt64(number + 1)), at: at(number)) }
        return window
    }

    private func at(_ seconds: Int) -> MonotonicTime { MonotonicTime(nanoseconds: Int64(seconds) * 1_000_000_000) }

    private func digest(_ texts: String...) -> Fingerprint {
        var result = Fingerprint()
        for text in texts { result.add(text) }
        return result
    }

    private func message(_ tag: UInt64, key: String = "k", body: String? = nil) -> ConfirmWindow.Message {
        ConfirmWindow.Message(
            tag: tag, route: digest("x", key), content: digest(body ?? "body \(tag)", "x", key), isMandatory: true)
    }

    private func returned(key: String = "k") -> ReturnedMessage {
        ReturnedMessage(replyCode: 312, text: "NO_ROUTE", exchange: "x", routingKey: key)
    }

    @Test func aMultipleAckSettlesEverythingUpToIt() throws {
        var window = window(5)
        var results = PublishResults()
        try window.settled(3, isMultiple: true, isPositive: true, into: &results)
        #expect(results.confirmed == [1, 2, 3])
        #expect(window.count == 2)
        #expect(window.headNumber == 4)
    }

    @Test func ackZeroWithMultipleSettlesEverything() throws {
        var window = window(4)
        var results = PublishResults()
        try window.settled(0, isMultiple: true, isPositive: true, into: &results)
        #expect(results.confirmed == [1, 2, 3, 4])
        #expect(window.count == 0)
    }

    @Test func acksOutOfOrderFreeTheirPlaceOnceTheOldestIsSettled() throws {
        var window = window(3, capacity: 3)
        var results = PublishResults()
        try window.settled(2, isMultiple: false, isPositive: true, into: &results)
        #expect(results.confirmed == [2])
        #expect(window.room == 0)
        try window.settled(1, isMultiple: false, isPositive: true, into: &results)
        #expect(window.room == 2)
        try window.settled(3, isMultiple: true, isPositive: true, into: &results)
        #expect(results.confirmed == [2, 1, 3])
        #expect(window.room == 3)
    }

    @Test func aSecondAckOfTheSameNumberChangesNothing() throws {
        var window = window(3)
        var results = PublishResults()
        try window.settled(2, isMultiple: false, isPositive: true, into: &results)
        try window.settled(2, isMultiple: false, isPositive: false, into: &results)
        try window.settled(3, isMultiple: true, isPositive: true, into: &results)
        try window.settled(1, isMultiple: false, isPositive: true, into: &results)
        #expect(results.confirmed == [2, 1, 3])
        #expect(results.failed.isEmpty)
    }

    @Test func aNackFailsTheMessage() throws {
        var window = window(2)
        var results = PublishResults()
        try window.settled(2, isMultiple: true, isPositive: false, into: &results)
        #expect(results.failed == [1, 2].map { PublishFailure(tag: $0, reason: .rejected) })
        #expect(results.failed.allSatisfy { !$0.outcomeIsUnknown })
    }

    @Test func aReturnedMessageFailsWhenItsAckComes() throws {
        var window = window(3)
        var results = PublishResults()
        try window.returned(returned(), content: message(2).content)
        #expect(results.isEmpty)
        try window.settled(3, isMultiple: true, isPositive: true, into: &results)
        #expect(results.confirmed == [1, 3])
        #expect(results.failed == [PublishFailure(tag: 2, reason: .returned(replyCode: 312, text: "NO_ROUTE"))])
    }

    @Test func equalMessagesAreReturnedInTheirOrder() throws {
        var window = ConfirmWindow(capacity: 4, patience: .seconds(1))
        var results = PublishResults()
        for tag in 1...3 { window.sent(message(UInt64(tag), body: "same"), at: at(0)) }
        for _ in 1...2 { try window.returned(returned(), content: message(0, body: "same").content) }
        try window.settled(3, isMultiple: true, isPositive: true, into: &results)
        #expect(results.failed.map(\.tag) == [1, 2])
        #expect(results.confirmed == [3])
    }

    @Test func aReturnWithChangedPropertiesIsMatchedByItsRoute() throws {
        var window = ConfirmWindow(capacity: 4, patience: .seconds(1))
        var results = PublishResults()
        window.sent(message(1, key: "a"), at: at(0))
        window.sent(message(2, key: "b"), at: at(0))
        try window.returned(returned(key: "b"), content: digest("something else"))
        try window.settled(2, isMultiple: true, isPositive: true, into: &results)
        #expect(results.failed.map(\.tag) == [2])
    }

    @Test func aReturnOfNothingThatWasPublishedIsAViolation() {
        var window = window(1)
        #expect(throws: ProtocolViolation.self) { try window.returned(returned(key: "other"), content: digest("?")) }
    }

    @Test func aConfirmOfSomethingNeverSentIsAViolation() {
        var window = window(2)
        var results = PublishResults()
        #expect(throws: ProtocolViolation.self) {
            try window.settled(3, isMultiple: false, isPositive: true, into: &results)
        }
    }

    @Test func whatIsTooOldIsReportedOnceAndKeepsItsPlace() throws {
        var window = window(3, capacity: 3)
        var results = PublishResults()
        #expect(window.deadline == at(1))
        window.expire(at: at(2), into: &results)
        #expect(results.failed.map(\.tag) == [1, 2])
        #expect(results.failed.allSatisfy { $0.reason == .unconfirmed && $0.outcomeIsUnknown })
        #expect(window.room == 0)
        #expect(window.deadline == at(3))
        try window.settled(3, isMultiple: true, isPositive: true, into: &results)
        #expect(results.failed.count == 2)
        #expect(results.confirmed == [3])
        #expect(window.room == 3)
        #expect(window.deadline == nil)
    }

    @Test func theEndReportsWhatIsUnsettledAsLost() throws {
        var window = window(4)
        var results = PublishResults()
        try window.settled(2, isMultiple: false, isPositive: true, into: &results)
        try window.returned(returned(), content: message(3).content)
        let error = RabbitMQError(.connectionLost, "testing", "gone")
        window.end(error, into: &results)
        #expect(results.confirmed == [2])
        #expect(
            results.failed == [
                PublishFailure(tag: 1, reason: .lost(error)),
                PublishFailure(tag: 3, reason: .returned(replyCode: 312, text: "NO_ROUTE")),
                PublishFailure(tag: 4, reason: .lost(error)),
            ])
        #expect(window.hasReported(through: 4))
    }

    /// Random orders of acks, nacks and refills against a plain model.
    @Test func everyMessageIsReportedExactlyOnceWhateverTheOrder() throws {
        var generator = SplitMix(state: 7)
        for _ in 0..<200 {
            var window = ConfirmWindow(capacity: Int.random(in: 1...9, using: &generator), patience: .seconds(1))
            var results = PublishResults()
            var open: Set<UInt64> = []
            for _ in 0..<100 {
                if window.room > 0 && Bool.random(using: &generator) {
                    open.insert(window.nextNumber)
                    window.sent(message(window.nextNumber), at: at(0))
                } else if let number = open.sorted().randomElement(using: &generator) {
                    let isMultiple = Bool.random(using: &generator)
                    let isPositive = Bool.random(using: &generator)
                    try window.settled(number, isMultiple: isMultiple, isPositive: isPositive, into: &results)
                    open = isMultiple ? open.filter { $0 > number } : open.subtracting([number])
                }
            }
            let last = window.nextNumber - 1
            window.end(RabbitMQError(.closed, "testing", "over"), into: &results)
            let reported = results.confirmed + results.failed.map(\.tag)
            #expect(reported.sorted() == (0..<last).map { $0 + 1 })
        }
    }
}

struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
