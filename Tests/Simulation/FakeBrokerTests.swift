import Testing

@testable import Simulation

@Suite struct FakeBrokerTests {
    @Test(arguments: BrokerConformance.all)
    func itDoesWhatEveryBrokerDoes(check: BrokerConformance.Check) throws {
        try check.run(FakeQueue())
    }

    @Test("Nobody can publish to a broker that is away or consume from it, and its consumers are told")
    func away() {
        let broker = FakeBroker(queues: 1)
        var reasons: [String] = []
        let consumer = broker.consume(0, prefetch: 1, deliver: { _, _ in }, ended: { reasons.append($0) })
        #expect(consumer != nil)
        #expect(broker.publish(FakeBroker.Message(user: nil, body: [1]), to: 0))
        broker.goAway()
        #expect(reasons.count == 1)
        #expect(!broker.publish(FakeBroker.Message(user: nil, body: [2]), to: 0))
        #expect(broker.consume(0, prefetch: 1, deliver: { _, _ in }, ended: { _ in }) == nil)
        broker.comeBack()
        var bodies: [[UInt8]] = []
        _ = broker.consume(0, prefetch: 9, deliver: { bodies.append($1.body) }, ended: { _ in })
        #expect(bodies == [[1]], "what was confirmed is kept")
    }
}

private final class FakeQueue: QueueWorld {
    private let broker = FakeBroker(queues: 1)

    func publish(_ bodies: [String]) throws {
        for body in bodies {
            try #require(broker.publish(FakeBroker.Message(user: nil, body: Array(body.utf8)), to: 0))
        }
    }

    func consume(prefetch: Int) throws -> any QueueReader { try Reader(broker, prefetch) }

    private final class Reader: QueueReader {
        private let broker: FakeBroker
        private var consumer: FakeBroker.Consumer?
        private var waiting: [Delivered] = []

        init(_ broker: FakeBroker, _ prefetch: Int) throws {
            self.broker = broker
            consumer = broker.consume(
                0, prefetch: prefetch,
                deliver: { [unowned self] tag, message in
                    waiting.append(
                        Delivered(
                            body: String(decoding: message.body, as: UTF8.self), tag: tag,
                            isRedelivered: message.isRedelivered))
                },
                ended: { _ in })
            _ = try #require(consumer)
        }

        func next(_ count: Int) throws -> [Delivered] {
            try #require(waiting.count >= count)
            defer { waiting.removeFirst(count) }
            return Array(waiting.prefix(count))
        }

        func rest() throws -> [Delivered] { waiting }
        func acknowledge(through tag: UInt64) throws { broker.acknowledge(try #require(consumer), through: tag) }
        func close() throws { broker.close(try #require(consumer)) }
    }
}
