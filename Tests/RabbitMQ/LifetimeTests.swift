import RabbitMQ
internal import Runtime
internal import TestSupport
import Testing

/// Whoever holds a connection, a publisher or deliveries and is also told by them goes once they have ended.
@Suite struct LifetimeTests {
    /// An owner as there will be many: it holds what calls it.
    private final class Owner: PublishSink, DeliverySink {
        struct State {
            var connection: Connection?
            var publisher: Publisher?
            var deliveries: [Delivery] = []
            var keeper: Reconnector?
        }
        let state = Lock(State())
        let arrived = Latch()
        let connected = Latch()

        func published(_ results: PublishResults, by publisher: Publisher) {}
        func publisherEnded(_ publisher: Publisher, _ error: RabbitMQError) {}
        func received(_ deliveries: [Delivery]) {
            state.withLock { $0.deliveries += deliveries }
            arrived.open()
        }
        func consumerEnded(_ consumer: Consumer, _ error: RabbitMQError) {}
        @Sendable func happened(_ event: ConnectionEvent) {}
        @Sendable func happened(_ event: Reconnector.Event) {
            if case .connected = event { connected.open() }
        }
    }

    @Test func anOwnerOfAConnectionGoesAfterItsEnd() async throws {
        try await TestBroker.withVirtualHost { broker in
            func live() throws -> () -> Bool {
                let owner = Owner()
                let connection = try Connection.open(to: broker.url, onEvent: owner.happened)
                try connection.withChannel { channel throws(RabbitMQError) in _ = try channel.declare(.quorum("q")) }
                let publisher = try connection.openPublisher(sink: owner)
                _ = try connection.consume("q", prefetch: 10, sink: owner)
                owner.state.withLock { state in
                    state.connection = connection
                    state.publisher = publisher
                }
                try publisher.publish([text("m", to: "q")], within: .seconds(10))
                try #require(owner.arrived.wait(for: .seconds(20)))
                connection.close()
                return { [weak owner] in owner == nil }
            }
            let isGone = try live()
            #expect(isGone())
        }
    }

    @Test func anOwnerOfAReconnectorGoesAfterItsStop() async throws {
        try await TestBroker.withVirtualHost { broker in
            func live() throws -> () -> Bool {
                let owner = Owner()
                let settings = try ConnectionSettings(url: broker.url)
                let keeper = try Reconnector(settings, onEvent: owner.happened, onConnectionEvent: owner.happened) {
                    connection throws(RabbitMQError) in owner.state.withLock { $0.connection = connection }
                }
                owner.state.withLock { $0.keeper = keeper }
                try #require(owner.connected.wait(for: .seconds(20)))
                keeper.stop()
                return { [weak owner] in owner == nil }
            }
            let isGone = try live()
            #expect(isGone())
        }
    }
}
