import RabbitMQ
import Runtime
import TestSupport
import Testing

/// The same of RabbitMQ, so that the fake is no kinder than it.
@Suite struct RealBrokerTests {
    @Test(arguments: BrokerConformance.all)
    func itDoesWhatEveryBrokerDoes(check: BrokerConformance.Check) async throws {
        try await TestBroker.withVirtualHost { broker in
            let world = try RealQueue(broker)
            defer { world.end() }
            try check.run(world)
        }
    }
}

private final class RealQueue: QueueWorld {
    private static let name = "q"
    private let connections: Lock<[Connection]>
    private let publisher: Publisher
    private let url: String

    init(_ broker: TestBroker) throws {
        url = broker.url
        let connection = try Connection.open(ConnectionSettings(url: broker.url))
        connections = Lock([connection])
        try connection.withChannel { channel throws(RabbitMQError) in
            _ = try channel.declare(Queue.quorum(Self.name, singleActiveConsumer: true))
        }
        publisher = try connection.openPublisher(sink: Silent())
    }

    func end() { for connection in connections.withLock({ $0 }) { connection.close() } }

    func publish(_ bodies: [String]) throws {
        try publisher.publish(
            bodies.map { OutgoingMessage(routingKey: Self.name, body: Array($0.utf8)) }, within: .seconds(20))
        try #require(publisher.waitUntilReported(within: .seconds(20)))
    }

    /// Each on a connection of its own, as workers are.
    func consume(prefetch: Int) throws -> any QueueReader {
        let connection = try Connection.open(ConnectionSettings(url: url))
        connections.withLock { $0.append(connection) }
        return try Reader(connection, Self.name, prefetch)
    }

    private final class Silent: PublishSink {
        func published(_ results: PublishResults, by publisher: Publisher) {}
        func publisherEnded(_ publisher: Publisher, _ error: RabbitMQError) {}
    }

    private final class Reader: QueueReader {
        private let connection: Connection
        private let deliveries = DeliveryQueue()
        private let consumer: Consumer
        private var waiting: [Delivered] = []

        init(_ connection: Connection, _ queue: String, _ prefetch: Int) throws {
            self.connection = connection
            consumer = try connection.consume(queue, prefetch: UInt16(prefetch), sink: deliveries)
        }

        private func take(within patience: Duration) {
            for delivery in deliveries.next(within: patience).deliveries {
                waiting.append(
                    Delivered(
                        body: String(decoding: delivery.message.body, as: UTF8.self), tag: delivery.message.deliveryTag,
                        isRedelivered: delivery.message.isRedelivered))
            }
        }

        func next(_ count: Int) throws -> [Delivered] {
            let deadline = SystemTime().monotonic + .seconds(20)
            while waiting.count < count, SystemTime().monotonic < deadline { take(within: .seconds(1)) }
            try #require(waiting.count >= count, "\(count) messages")
            defer { waiting.removeFirst(count) }
            return Array(waiting.prefix(count))
        }

        /// A round trip on the same connection comes after everything that was sent before it.
        func rest() throws -> [Delivered] {
            try connection.withChannel { channel throws(RabbitMQError) in _ = try channel.status(ofQueue: "q") }
            take(within: .milliseconds(50))
            return waiting
        }

        func acknowledge(through tag: UInt64) throws { try #require(consumer.acknowledge(through: tag)) }
        func close() throws { try consumer.close() }
    }
}
