import RabbitMQ
internal import TestSupport
import Testing

@Suite struct PublisherTests {
    @Test func confirmsWhatItPublishedAndAConsumerGetsIt() async throws {
        try await TestBroker.withVirtualHost { broker in
            let connection = try Connection.open(to: broker.url)
            defer { connection.close() }
            try connection.withChannel { channel throws(RabbitMQError) in
                _ = try channel.declare(.quorum("q"))
            }
            let sink = PublishRecorder()
            let publisher = try connection.openPublisher(sink: sink)
            try publisher.publish((1...500).map { text("m\($0)", to: "q", tag: $0) }, within: .seconds(20))
            #expect(publisher.waitUntilReported(within: .seconds(20)))
            #expect(sink.now.confirmed.sorted() == (1...500).map { $0 })
            #expect(sink.now.failed.isEmpty)

            let deliveries = DeliveryRecorder()
            let consumer = try connection.consume("q", prefetch: 1000, sink: deliveries)
            #expect(deliveries.wait { $0.deliveries.count == 500 })
            #expect(deliveries.now.bodies == (1...500).map { "m\($0)" })
            consumer.acknowledge(through: 500)
            try consumer.close()
            #expect(deliveries.now.ended.count == 1)
            let left = try connection.withChannel { channel throws(RabbitMQError) in try channel.status(ofQueue: "q") }
            #expect(left.messages == 0)
        }
    }
}
