import RabbitMQ
internal import Runtime
internal import TestSupport
import Testing

@Suite struct SectionTests {
    @Test func theSettingsFilesDefaultsAreAConnectionsDefaults() throws {
        let section = RabbitMQSection.defaults
        let wanted = try ConnectionSettings(section, url: "amqp://guest:guest@127.0.0.1/")
        let own = ConnectionSettings()
        #expect(wanted.heartbeat == own.heartbeat)
        #expect(wanted.connectTimeout == own.connectTimeout)
        #expect(wanted.replyTimeout == own.replyTimeout)
        #expect(wanted.publishWindow == own.publishWindow && own.publishWindow == section.publishWindow)
        #expect(wanted.confirmTimeout == own.confirmTimeout && own.confirmTimeout == section.confirmTimeout)
        #expect(wanted.prefetch == own.prefetch && Int(own.prefetch) == section.prefetch)
    }

    @Test func whatTheSettingsFileSaysReachesAConnection() throws {
        let text = """
            { rabbitmq: { heartbeat: "7s", connectTimeout: "2s", rpcTimeout: "3s", publishWindow: 65536,
                confirmTimeout: "250ms", prefetch: 65535 } }
            """
        let all = try Settings.load(
            source: ("test.json5", [UInt8](text.utf8)), environment: [:], sections: [RabbitMQSection.self])
        let section = all[RabbitMQSection.self]
        let settings = try ConnectionSettings(section, url: "amqp://127.0.0.1/")
        #expect(settings.heartbeat == .seconds(7))
        #expect(settings.connectTimeout == .seconds(2))
        #expect(settings.replyTimeout == .seconds(3))
        #expect(settings.publishWindow == 65_536)
        #expect(settings.confirmTimeout == .milliseconds(250))
        #expect(settings.prefetch == 65_535)
    }

    @Test func publishersAndConsumersAreAsTheirConnectionsSettingsSayUnlessToldOtherwise() async throws {
        try await TestBroker.withVirtualHost { broker in
            var settings = try ConnectionSettings(url: broker.url)
            settings.publishWindow = 7
            settings.confirmTimeout = .seconds(20)
            settings.prefetch = 3
            let connection = try Connection.open(settings)
            defer { connection.close() }
            try connection.withChannel { channel throws(RabbitMQError) in _ = try channel.declare(.quorum("q")) }
            let sink = PublishRecorder()
            #expect(try connection.openPublisher(window: 2, sink: sink).room == 2)
            let publisher = try connection.openPublisher(sink: sink)
            #expect(publisher.room == 7)
            try publisher.publish((1...5).map { text("m\($0)", to: "q", tag: $0) }, within: .seconds(20))
            #expect(publisher.waitUntilReported(within: .seconds(20)))

            let deliveries = DeliveryRecorder()
            let consumer = try connection.consume("q", sink: deliveries)
            #expect(deliveries.wait { $0.deliveries.count == 3 })
            // The broker holds the rest back until there is an acknowledgement, and answers this after what it had.
            try connection.withChannel { channel throws(RabbitMQError) in _ = try channel.declare(.quorum("q")) }
            #expect(deliveries.now.bodies == ["m1", "m2", "m3"])
            consumer.acknowledge(through: 3)
            #expect(deliveries.wait { $0.deliveries.count == 5 })
        }
    }

    @Test func aPublisherGivesUpAfterTheConfirmTimeoutOfItsConnection() async throws {
        try await TestBroker.withVirtualHost { broker in
            var settings = try ConnectionSettings(url: broker.url)
            // No broker is that fast.
            settings.confirmTimeout = .nanoseconds(1)
            let connection = try Connection.open(settings)
            defer { connection.close() }
            try connection.withChannel { channel throws(RabbitMQError) in _ = try channel.declare(.quorum("q")) }
            let sink = PublishRecorder()
            let publisher = try connection.openPublisher(sink: sink)
            #expect(try publisher.publish(text("m", to: "q", tag: 1)))
            #expect(sink.wait { $0.failed.count == 1 })
            #expect(sink.now.failed.map(\.reason) == [.unconfirmed])
        }
    }
}
