internal import RabbitMQ
internal import Runtime
internal import TestSupport
internal import Testing

/// What happens when the broker itself is short of memory or dies. Each test has a broker of its own.
@Suite(.serialized) struct RabbitMQBrokerFaults {
    @Test func aMemoryAlarmDeadlocksNeitherPublishingNorConsuming() async throws {
        try await onThread {
            let broker = try PrivateBroker()
            defer { broker.stop() }
            let scene = try RabbitMQScene(url: broker.url, port: nil)
            try scene.work()
            // Something for the consumer to do during the alarm: on a queue that nobody reads yet.
            try scene.publishing.withChannel { channel throws(RabbitMQError) in
                _ = try channel.declare(.quorum("later"))
            }
            let stock = (0..<200).map { OutgoingMessage(routingKey: "later", body: [1], tag: 1_000_000 + $0) }
            try scene.publisher.publish(stock, within: .seconds(10))
            #expect(scene.publisher.waitUntilReported(within: .seconds(10)))

            try broker.raiseMemoryAlarm()
            // The broker says that it is blocked once somebody publishes.
            let impatient = RabbitMQImpatientSink()
            let publisher = try scene.publishing.openPublisher(confirmTimeout: .milliseconds(500), sink: impatient)
            let began = SystemTime().monotonic
            #expect(try publisher.publish(scene.message(2_000_000)))
            #expect(publisher.waitUntilReported(within: .seconds(10)))
            #expect(SystemTime().monotonic - began < .seconds(3))
            #expect(impatient.failed == [PublishFailure(tag: 2_000_000, reason: .unconfirmed)])
            #expect(scene.wait { scene.blocked > 0 })
            let refused = #expect(throws: RabbitMQError.self) { try publisher.publish(scene.message(2_000_001)) }
            #expect(refused?.code == .blocked)
            #expect(refused?.reason.contains("memory") == true)

            // Consuming goes on: deliveries, acknowledgements and requests on the other connection.
            let lane = DeliveryQueue()
            let consumer = try scene.consuming.consume("later", prefetch: 20, sink: lane)
            var received = 0
            while received < 200 {
                let batch = lane.next(within: .seconds(10))
                try #require(!batch.deliveries.isEmpty)
                received += batch.deliveries.count
                if let last = batch.deliveries.last { consumer.acknowledge(through: last.message.deliveryTag) }
            }
            // A request on the blocked connection ends in its own time.
            let request = #expect(throws: RabbitMQError.self) { try scene.publishing.openChannel() }
            #expect(request?.code == .timeout)
            // Longer than two heartbeats: being blocked is not being dead.
            #expect(!scene.waitForEnd(.seconds(3)))
            #expect(scene.ends.isEmpty)

            try broker.clearMemoryAlarm()
            #expect(scene.wait { scene.unblocked > 0 })
            // What was in the socket all the time arrives late, and is not reported a second time.
            try scene.work()
            #expect(impatient.failed.count == 1)
            scene.close()
            #expect(scene.publishedOnce)
        }
    }

    @Test func closingABlockedConnectionKeepsToItsTime() async throws {
        try await onThread {
            let broker = try PrivateBroker(settings: "vm_memory_high_watermark.absolute = 1")
            defer { broker.stop() }
            var settings = try ConnectionSettings(url: broker.url)
            settings.replyTimeout = .milliseconds(500)
            let sink = RabbitMQImpatientSink()
            let connection = try Connection.open(settings)
            let publisher = try connection.openPublisher(confirmTimeout: .seconds(5), sink: sink)
            // More than the sockets hold.
            let large = OutgoingMessage(routingKey: "q", body: [UInt8](repeating: 1, count: 1_000_000))
            do throws(RabbitMQError) {
                for _ in 0..<20 { _ = try publisher.publish(large) }
            } catch {
                #expect(error.code == .blocked)
            }
            let began = SystemTime().monotonic
            connection.close()
            #expect(SystemTime().monotonic - began < .seconds(3))
            #expect(sink.failed.allSatisfy { $0.outcomeIsUnknown })
        }
    }

    @Test func aKilledBrokerIsReportedToEverybodyAndNothingConfirmedIsLost() async throws {
        try await onThread {
            let broker = try PrivateBroker()
            defer { broker.stop() }
            let before = try ProcessResources()
            do {
                let scene = try RabbitMQScene(url: broker.url, port: nil)
                try scene.work()
                try broker.waitUntilRegistered(quorumQueue: "q")
                // No consumer any more, so that everything confirmed has to be there afterwards.
                try scene.consumer.close()
                let pump = try OwnedThread(name: "pump") {
                    var tag: UInt64 = 10_000
                    while (try? scene.publisher.publish([scene.message(tag)], within: .seconds(5))) != nil { tag += 1 }
                }
                #expect(scene.wait { scene.confirmed > 2000 })
                broker.kill()
                let began = SystemTime().monotonic
                #expect(scene.waitForEnd(.seconds(5)))
                #expect(SystemTime().monotonic - began < .seconds(3))
                pump.join()
                // The consumer's own end was asked for; the others lost their connection.
                let codes = scene.ends.map(\.code)
                #expect(codes.filter { $0 == .closed }.count == 1)
                #expect(codes.filter { $0 == .connectionLost || $0 == .connectionClosed }.count == 3)
                #expect(scene.publishedOnce)
                let unreachable = #expect(throws: RabbitMQError.self) {
                    try Connection.open(ConnectionSettings(url: broker.url))
                }
                // While the kernel takes the dead process apart, its port may still accept and then reset.
                #expect(unreachable?.code == .unreachable || unreachable?.code == .connectionLost)

                try broker.start()
                // A consumer that comes before a quorum queue has elected its leader is never answered: try again.
                let again = try Self.retried(10) { try RabbitMQScene(url: broker.url, port: nil) }
                let confirmed = scene.confirmed - 100
                #expect(again.wait(for: .seconds(60)) { again.delivered >= confirmed })
                again.close()
            }
            try before.expectSame()
        }
    }

    private static func retried<Value>(_ times: Int, _ attempt: () throws -> Value) throws -> Value {
        for _ in 1..<times {
            if let value = try? attempt() { return value }
        }
        return try attempt()
    }

    @Test func aMessageLargerThanTheBrokerAllowsIsRefusedAlone() async throws {
        try await onThread {
            let broker = try PrivateBroker(settings: "max_message_size = 65536")
            defer { broker.stop() }
            let scene = try RabbitMQScene(url: broker.url, port: nil)
            let sink = RabbitMQImpatientSink()
            let publisher = try scene.publishing.openPublisher(confirmTimeout: .seconds(5), sink: sink)
            let large = OutgoingMessage(routingKey: "q", body: [UInt8](repeating: 1, count: 65537), tag: 5)
            #expect(try publisher.publish(large))
            #expect(publisher.waitUntilReported(within: .seconds(10)))
            #expect(publisher.ending?.code == .preconditionFailed)
            #expect(publisher.ending?.replyCode == 406)
            #expect(sink.failed.map(\.tag) == [5])
            try scene.work()
            scene.close()
        }
    }
}
