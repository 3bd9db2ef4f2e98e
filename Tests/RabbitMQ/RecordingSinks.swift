import RabbitMQ
internal import Runtime

/// Remembers what a publisher reported.
final class PublishRecorder: PublishSink {
    struct Record: Sendable {
        var confirmed: [UInt64] = []
        var failed: [PublishFailure] = []
        var ended: [RabbitMQError] = []
        var blocked = 0
        var unblocked = 0
    }

    let record = Lock(Record())
    private let changes = Changes()

    var now: Record { record.withLock { $0 } }

    func published(_ results: PublishResults, by publisher: Publisher) {
        change { record in
            record.confirmed += results.confirmed
            record.failed += results.failed
        }
    }
    func publisherBlocked(_ publisher: Publisher, reason: String) { change { $0.blocked += 1 } }
    func publisherUnblocked(_ publisher: Publisher) { change { $0.unblocked += 1 } }
    func publisherEnded(_ publisher: Publisher, _ error: RabbitMQError) { change { $0.ended.append(error) } }

    private func change(_ body: (inout Record) -> Void) {
        record.withLock { body(&$0) }
        changes.happened()
    }

    func wait(for duration: Duration = .seconds(20), until condition: (Record) -> Bool) -> Bool {
        changes.wait(for: duration) { condition(now) }
    }
}

/// Remembers what consumers got.
final class DeliveryRecorder: DeliverySink {
    struct Record: Sendable {
        var deliveries: [Delivery] = []
        var batches: [Int] = []
        var ended: [(label: UInt64, error: RabbitMQError)] = []

        var bodies: [String] { deliveries.map { String(decoding: $0.message.body, as: UTF8.self) } }
    }

    let record = Lock(Record())
    private let changes = Changes()

    var now: Record { record.withLock { $0 } }

    func received(_ deliveries: [Delivery]) {
        change { record in
            record.deliveries += deliveries
            record.batches.append(deliveries.count)
        }
    }
    func consumerEnded(_ consumer: Consumer, _ error: RabbitMQError) {
        change { $0.ended.append((consumer.label, error)) }
    }

    private func change(_ body: (inout Record) -> Void) {
        record.withLock { body(&$0) }
        changes.happened()
    }

    func wait(for duration: Duration = .seconds(20), until condition: (Record) -> Bool) -> Bool {
        changes.wait(for: duration) { condition(now) }
    }
}

/// Remembers the events of a connection.
final class EventRecorder: Sendable {
    let events = Lock<[ConnectionEvent]>([])
    private let changes = Changes()

    @Sendable func record(_ event: ConnectionEvent) {
        events.withLock { $0.append(event) }
        changes.happened()
    }

    var closings: [RabbitMQError] {
        events.withLock { $0.compactMap { if case .closed(let error) = $0 { error } else { nil } } }
    }

    func wait(for duration: Duration = .seconds(20), until condition: ([ConnectionEvent]) -> Bool) -> Bool {
        changes.wait(for: duration) { condition(events.withLock { $0 }) }
    }
}

/// Lets one thread wait on a fact that another brings about.
final class Changes: Sendable {
    private let waiter = Lock<Latch?>(nil)

    func happened() {
        waiter.withLock { $0 }?.open()
    }

    func wait(for duration: Duration, until condition: () -> Bool) -> Bool {
        let deadline = SystemTime().monotonic + duration
        while true {
            let latch = Latch()
            waiter.withLock { $0 = latch }
            if condition() { return true }
            let remaining = deadline - SystemTime().monotonic
            guard remaining > .zero, latch.wait(for: remaining) || condition() else { return false }
        }
    }
}

extension Connection {
    /// A connection to a test's virtual host.
    static func open(
        to url: String, onEvent: @escaping @Sendable (ConnectionEvent) -> Void = { _ in }
    ) throws(RabbitMQError) -> Connection {
        var settings = try ConnectionSettings(url: url)
        settings.name = "test"
        return try open(settings, onEvent: onEvent)
    }
}

func text(_ text: String, to queue: String, tag: UInt64 = 0) -> OutgoingMessage {
    OutgoingMessage(routingKey: queue, body: [UInt8](text.utf8), tag: tag)
}
