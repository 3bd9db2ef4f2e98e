internal import Pipeline
internal import RabbitMQ
internal import Runtime

/// An ingress's two connections to the broker: commands go out on one, replies and loads come in on the other. A broker
/// that is short of memory stops reading from those who publish, acknowledgements included.
///
/// Each line has a publisher and queues of its own: what one has too much of is not in the way of the other.
final class BrokerLines: Sendable {
    private let receptions: [Reception]
    private let log: Log
    private let confirmTimeout: Duration
    private let keepers = Lock<[Reconnector]>([])
    private let isListening = Lock(false)

    /// Replies that wait for their ingress: beyond it the oldest go, and their senders ask the journal.
    private static let mostReplies: Int64 = 20_000
    private static let mostLoads: Int64 = 1_000

    init(_ receptions: [Reception], confirmTimeout: Duration, log: Log) {
        self.receptions = receptions
        self.confirmTimeout = confirmTimeout
        self.log = log
    }

    /// Connects, now and whenever a connection is lost.
    func start(_ settings: ConnectionSettings, backoff: Backoff) throws(RabbitMQError) {
        let listening = try Reconnector(settings, backoff: backoff, onEvent: { self.happened($0, "listening") }) {
            connection throws(RabbitMQError) in try self.listen(on: connection)
        }
        keepers.withLock { $0.append(listening) }
        let publishing = try Reconnector(settings, backoff: backoff, onEvent: { self.happened($0, "publishing") }) {
            connection throws(RabbitMQError) in
            // What is published to an exchange that is not there ends the channel.
            try connection.withChannel { channel throws(RabbitMQError) in
                for reception in self.receptions {
                    try channel.declare(Exchange(reception.line.exchange, kind: .direct))
                    try channel.declare(Exchange(reception.line.loadExchange, kind: .fanout))
                }
            }
            for reception in self.receptions {
                let publisher = try connection.openPublisher(confirmTimeout: self.confirmTimeout, sink: reception)
                reception.publisherOpened(publisher, on: connection)
            }
        }
        keepers.withLock { $0.append(publishing) }
    }

    func stop() {
        let keepers = keepers.withLock { keepers in
            defer { keepers = [] }
            return keepers
        }
        for keeper in keepers.reversed() { keeper.stop() }
    }

    var complaints: [String] { isListening.withLock { $0 } ? [] : ["replies cannot be received from the broker"] }

    private func listen(on connection: Connection) throws(RabbitMQError) {
        let queues = try connection.withChannel { channel throws(RabbitMQError) -> [String] in
            try channel.declare(Exchange(Topology.replies, kind: .direct))
            var queues: [String] = []
            for reception in self.receptions {
                try channel.declare(Exchange(reception.line.loadExchange, kind: .fanout))
                let replies = try channel.declare(Self.queue(most: Self.mostReplies)).name
                try channel.bind(queue: replies, to: Topology.replies, routingKey: reception.name)
                let loads = try channel.declare(Self.queue(most: Self.mostLoads)).name
                try channel.bind(queue: loads, to: reception.line.loadExchange, routingKey: "")
                queues += [replies, loads]
            }
            return queues
        }
        // An end that comes at once must not be taken back.
        isListening.withLock { $0 = true }
        for (label, queue) in queues.enumerated() {
            _ = try connection.consume(queue, label: UInt64(label), sink: self)
        }
        // What was told while nobody listened is in the journal.
        for reception in receptions { reception.repliesMayBeLost() }
    }

    private static func queue(most: Int64) -> Queue {
        .exclusive(arguments: [
            "x-max-length": .int64(most), "x-overflow": .string(Queue.Overflow.dropHead.rawValue),
        ])
    }

    private func happened(_ event: Reconnector.Event, _ name: String) {
        let log = log.with(["turnstile.connection": .string(name)])
        switch event {
        case .connecting: break
        case .connected: log.info("connected to the broker")
        case .failed(let attempt, let error, _):
            if attempt == 1 || attempt % 20 == 0 { log.warning("no connection to the broker", error) }
        case .lost(let error, _): log.warning("the connection to the broker was lost", error)
        }
    }
}

extension BrokerLines: DeliverySink {
    /// Each reception's replies have an even label, and its loads the next one.
    func received(_ deliveries: [Delivery]) {
        var heard = Array(repeating: Heard(), count: 2 * receptions.count)
        for delivery in deliveries {
            heard[Int(delivery.consumer.label)].bodies.append(delivery.message.body)
            heard[Int(delivery.consumer.label)].last = delivery
        }
        for (index, reception) in receptions.enumerated() {
            reception.heard(replies: heard[2 * index].bodies, loads: heard[2 * index + 1].bodies)
        }
        for case let delivery? in heard.map(\.last) {
            delivery.consumer.acknowledge(through: delivery.message.deliveryTag)
        }
    }

    private struct Heard {
        var bodies: [[UInt8]] = []
        var last: Delivery?
    }

    func consumerEnded(_ consumer: Consumer, _ error: RabbitMQError) {
        let wasListening = isListening.withLock { isListening in
            defer { isListening = false }
            return isListening
        }
        guard wasListening, let keeper = keepers.withLock({ $0.first }) else { return }
        // Where a channel alone has ended, the whole connection is made anew; not here, on its own thread.
        guard let connection = keeper.connection, connection.ending == nil else { return }
        _ = try? OwnedThread(name: "renew") { connection.abort() }
    }
}
