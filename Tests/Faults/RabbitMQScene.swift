internal import RabbitMQ
internal import Runtime
internal import TestSupport
internal import Testing

/// A publisher and a consumer at work on one queue, each on a connection of its own, and what they were told.
final class RabbitMQScene: Sendable {
    let publishing: Connection
    let consuming: Connection
    let publisher: Publisher
    let consumer: Consumer
    private let record = RabbitMQSceneRecord()
    private let sent = Lock<UInt64>(0)

    /// - Parameter port: of a proxy in between.
    init(url: String, port: UInt16?) throws {
        var settings = try ConnectionSettings(url: url)
        if let port { settings.port = port }
        settings.heartbeat = .seconds(1)
        settings.replyTimeout = .seconds(1)
        settings.sendBufferBytes = 64 << 20
        let record = record
        publishing = try Connection.open(settings, onEvent: record.happened)
        consuming = try Connection.open(settings, onEvent: record.happened)
        try publishing.withChannel { channel throws(RabbitMQError) in _ = try channel.declare(.quorum("q")) }
        publisher = try publishing.openPublisher(confirmTimeout: .seconds(60), sink: record)
        consumer = try consuming.consume("q", prefetch: 100, sink: record)
    }

    func message(_ tag: UInt64) -> OutgoingMessage {
        OutgoingMessage(routingKey: "q", body: Array("message \(tag)".utf8), tag: tag)
    }

    /// Publishes some messages and waits until they are confirmed and have come back.
    func work() throws {
        let first = sent.withLock { sent in
            sent += 100
            return sent - 99
        }
        try publisher.publish((first..<(first + 100)).map { message($0) }, within: .seconds(10))
        let hasWorked = record.fact.wait(for: .seconds(20)) { record.hasSeen(through: first + 99) }
        try #require(hasWorked)
    }

    var confirmed: Int { record.state.withLock { $0.confirmed.count } }
    var failed: [PublishFailure] { record.state.withLock { $0.failed } }
    var delivered: Int { record.state.withLock { $0.delivered.count } }
    var blocked: Int { record.state.withLock { $0.blocked } }
    var unblocked: Int { record.state.withLock { $0.unblocked } }
    /// What both connections, the publisher and the consumer ended with.
    var ends: [RabbitMQError] { record.state.withLock { $0.ends } }

    /// Whether no message was reported twice.
    var publishedOnce: Bool {
        record.state.withLock { state in
            let tags = state.confirmed + state.failed.map(\.tag).filter { $0 > 1 }
            return Set(tags).count == tags.count
        }
    }

    func waitForEnd(_ limit: Duration) -> Bool {
        record.fact.wait(for: limit) { record.state.withLock { $0.ends.count } == 4 }
    }

    func wait(for limit: Duration = .seconds(20), until condition: @escaping () -> Bool) -> Bool {
        record.fact.wait(for: limit, until: condition)
    }

    func close() {
        publishing.close()
        consuming.close()
    }
}

private final class RabbitMQSceneRecord: PublishSink, DeliverySink {
    struct State {
        var confirmed: [UInt64] = []
        var failed: [PublishFailure] = []
        var delivered: Set<String> = []
        var ends: [RabbitMQError] = []
        var blocked = 0
        var unblocked = 0
    }

    let state = Lock(State())
    let fact = RabbitMQFact()

    func hasSeen(through tag: UInt64) -> Bool {
        state.withLock { $0.confirmed.contains(tag) && $0.delivered.contains("message \(tag)") }
    }

    @Sendable func happened(_ event: ConnectionEvent) {
        change { state in
            switch event {
            case .blocked: state.blocked += 1
            case .unblocked: state.unblocked += 1
            case .closed(let error): state.ends.append(error)
            }
        }
    }

    func published(_ results: PublishResults, by publisher: Publisher) {
        change { state in
            state.confirmed += results.confirmed
            state.failed += results.failed
        }
    }
    func publisherEnded(_ publisher: Publisher, _ error: RabbitMQError) { change { $0.ends.append(error) } }
    func received(_ deliveries: [Delivery]) {
        change { state in
            for delivery in deliveries {
                state.delivered.insert(String(decoding: delivery.message.body, as: UTF8.self))
            }
        }
        if let last = deliveries.last { last.consumer.acknowledge(through: last.message.deliveryTag) }
    }
    func consumerEnded(_ consumer: Consumer, _ error: RabbitMQError) { change { $0.ends.append(error) } }

    private func change(_ body: (inout State) -> Void) {
        state.withLock { body(&$0) }
        fact.happened()
    }
}

/// Lets one thread wait on a fact that another brings about.
final class RabbitMQFact: Sendable {
    private let waiter = Lock<Latch?>(nil)

    func happened() { waiter.withLock { $0 }?.open() }

    func wait(for limit: Duration, until condition: () -> Bool) -> Bool {
        let deadline = SystemTime().monotonic + limit
        while true {
            let latch = Latch()
            waiter.withLock { $0 = latch }
            if condition() { return true }
            let remaining = deadline - SystemTime().monotonic
            guard remaining > .zero, latch.wait(for: remaining) || condition() else { return false }
        }
    }
}
