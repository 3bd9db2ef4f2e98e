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

    @Test func returnsWithinALargeWindowCostNoMoreThanWithinASmallOne() throws {
        let count = 20_000
        for isAltered in [false, true] {
            var window = ConfirmWindow(capacity: count, patience: .seconds(1))
            var results = PublishResults()
            for tag in 1...count { window.sent(message(UInt64(tag)), at: at(0)) }
            let contents = (1...count).map { isAltered ? digest("altered \($0)") : message(UInt64($0)).content }
            let took = try processorTime {
                for content in contents { try window.returned(returned(), content: content) }
            }
            // A fraction of a second; it would be many if each return looked at the messages before it.
            #expect(took < .seconds(2))
            try window.settled(0, isMultiple: true, isPositive: true, into: &results)
            #expect(results.confirmed.isEmpty)
            #expect(results.failed.map(\.tag) == (1...count).map { UInt64($0) })
        }
    }

    @Test func aReturnFindsItsMessageWhateverCameBeforeIt() throws {
        var generator = SplitMix(state: 11)
        for _ in 0..<200 {
            let capacity = Int.random(in: 1...7, using: &generator)
            var window = ConfirmWindow(capacity: capacity, patience: .seconds(1))
            var results = PublishResults()
            var wanted: Set<UInt64> = []
            // The next number that the broker will look at, and what it has to settle.
            var next: UInt64 = 1
            var unsettled: [UInt64] = []
            var total: UInt64 = 0
            while total < 100 || !unsettled.isEmpty || next <= total {
                switch Int.random(in: 0..<3, using: &generator) {
                case 0 where window.room > 0 && total < 100:
                    total += 1
                    window.sent(message(total, key: total % 3 == 0 ? "a" : "b"), at: at(0))
                case 1 where next <= total:
                    if Bool.random(using: &generator) {
                        let sent = message(next, key: next % 3 == 0 ? "a" : "b")
                        try window.returned(returned(key: next % 3 == 0 ? "a" : "b"), content: sent.content)
                        wanted.insert(next)
                    }
                    unsettled.append(next)
                    next += 1
                case 2 where !unsettled.isEmpty:
                    let number = unsettled.remove(at: Int.random(in: 0..<unsettled.count, using: &generator))
                    try window.settled(number, isMultiple: false, isPositive: true, into: &results)
                default: break
                }
            }
            #expect(Set(results.failed.map(\.tag)) == wanted)
            #expect(results.confirmed.count + results.failed.count == 100)
        }
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
