internal import Pipeline
internal import RabbitMQ
internal import Runtime
internal import TestSupport
internal import Testing

@Suite struct TopologyTests {
    /// A connection to a virtual host of the test's own.
    private func withConnection(_ body: @escaping @Sendable (Connection, TestBroker) throws -> Void) async throws {
        try await TestBroker.withVirtualHost { broker in
            let connection = try Connection.open(try ConnectionSettings.patient(url: broker.url))
            defer { connection.close() }
            try body(connection, broker)
        }
    }

    @Test func declaringTwiceChangesNothing() async throws {
        try await withConnection { connection, broker in
            for _ in 0..<2 {
                let channel = try connection.openChannel()
                try Topology.declare(on: channel, partitions: 3)
                try channel.close()
            }
            let channel = try connection.openChannel()
            for partition in 0..<3 {
                let status = try channel.status(ofQueue: Topology.seatsQueue(partition))
                #expect(status.messages == 0)
            }
            for kind in EffectKind.allCases { _ = try channel.status(ofQueue: Topology.effectQueue(kind)) }
            // Consumers of a partition stand by behind one active one, and the bounds refuse.
            let queue = try broker.manage("GET", "/api/queues/{vhost}/turnstile.seats.0")
            for argument in [
                #""x-single-active-consumer":true"#, #""x-queue-type":"quorum""#, #""x-overflow":"reject-publish""#,
                #""x-max-length":50000"#, #""x-max-length-bytes":268435456"#,
            ] {
                #expect(queue.contains(argument))
            }
        }
    }

    @Test func aCommandReachesTheQueueOfItsPartition() async throws {
        try await withConnection { connection, _ in
            let channel = try connection.openChannel()
            try Topology.declare(on: channel, partitions: 2)
            let sink = ConfirmSink()
            let publisher = try connection.openPublisher(confirmTimeout: .seconds(20), sink: sink)
            let messages = [
                OutgoingMessage(
                    exchange: Topology.seats, routingKey: Topology.routingKey(partition: 1), body: [7], tag: 1),
                OutgoingMessage(
                    exchange: Topology.effects, routingKey: Topology.routingKey(.payments), body: [], tag: 2),
                OutgoingMessage(
                    exchange: Topology.seats, routingKey: Topology.routingKey(partition: 2), body: [8], tag: 3),
            ]
            try publisher.publish(messages, within: .seconds(20))
            #expect(publisher.waitUntilReported(within: .seconds(20)))
            #expect(sink.confirmed.sorted() == [1, 2])
            // There is no partition 2.
            #expect(sink.failed.map(\.tag) == [3])
            let lane = DeliveryQueue()
            _ = try connection.consume(Topology.seatsQueue(1), sink: lane)
            #expect(lane.next(within: .seconds(20)).deliveries.map(\.message.body) == [[7]])
            #expect(try channel.get(queue: Topology.effectQueue(.payments))?.body == [])
        }
    }

    @Test func aFullPartitionRefuses() async throws {
        try await withConnection { connection, _ in
            let channel = try connection.openChannel()
            try Topology.declare(on: channel, partitions: 1, bounds: .init(messages: 2))
            let sink = ConfirmSink()
            let publisher = try connection.openPublisher(confirmTimeout: .seconds(20), sink: sink)
            for tag: UInt64 in 1...10 {
                let message = OutgoingMessage(exchange: Topology.seats, routingKey: "0", body: [1], tag: tag)
                try publisher.publish([message], within: .seconds(20))
                #expect(publisher.waitUntilReported(within: .seconds(20)))
            }
            #expect(sink.confirmed.first == 1)
            // The bound is soft by a message or two, and then nothing is taken, and nothing thrown away.
            #expect(sink.failed.contains { $0.tag == 10 && $0.reason == .rejected })
            let lane = DeliveryQueue()
            _ = try connection.consume("turnstile.seats.0", sink: lane)
            #expect(lane.next(within: .seconds(20)).deliveries.first?.message.body == [1])
        }
    }

    @Test func anotherBoundThanBeforeIsAnErrorThatSaysWhatToDo() async throws {
        try await withConnection { connection, _ in
            try Topology.declare(on: try connection.openChannel(), partitions: 1)
            let channel = try connection.openChannel()
            let error = #expect(throws: TopologyError.self) {
                try Topology.declare(on: channel, partitions: 1, bounds: .init(messages: 10))
            }
            #expect(error?.name == "turnstile.seats.0")
            #expect(error?.cause.code == .preconditionFailed)
            let text = try #require(error?.description)
            #expect(text.contains("x-max-length"))
            #expect(text.contains("set them back"))
            #expect(text.contains("rabbitmqctl delete_queue"))
            // What was there is untouched.
            try Topology.declare(on: try connection.openChannel(), partitions: 1)
        }
    }

    @Test func anExchangeOfAnotherKindIsAnError() async throws {
        try await withConnection { connection, _ in
            try connection.openChannel().declare(Exchange(Topology.changes, kind: .direct))
            let channel = try connection.openChannel()
            let error = #expect(throws: TopologyError.self) { try Topology.declare(on: channel, partitions: 1) }
            #expect(error?.name == Topology.changes)
            #expect(error?.description.contains("exchange “turnstile.changes” was made") == true)
        }
    }
}

private final class ConfirmSink: PublishSink {
    private let results = Lock(PublishResults())
    var confirmed: [UInt64] { results.withLock { $0.confirmed } }
    var failed: [PublishFailure] { results.withLock { $0.failed } }

    func published(_ more: PublishResults, by publisher: Publisher) {
        results.withLock { results in
            results.confirmed += more.confirmed
            results.failed += more.failed
        }
    }
    func publisherEnded(_ publisher: Publisher, _ error: RabbitMQError) {}
}
