public import RabbitMQ

/// The exchanges and queues of an installation's virtual host.
///
///     turnstile.seats     direct   a partition's number -> turnstile.seats.N      quorum, one active consumer, bounded
///     turnstile.desk      direct   a partition's number -> turnstile.desk.N       the same
///     turnstile.directory fanout   which tenants have a desk -> queues of whoever has a copy
///     turnstile.changes   fanout   everything           -> queues of the readers
///     turnstile.load      fanout   how busy all of the seats line are -> queues of the ingresses and readers
///     turnstile.load.desk fanout   how busy all of the desk line are  -> queues of the ingresses
///     turnstile.replies   direct   an ingress's name    -> its queue
///     turnstile.effects   direct   a kind of effect     -> turnstile.effects.KIND classic, durable
///
/// Readers and ingresses declare queues of their own; the others are made here, by whoever comes first.
public enum Topology {
    public static let seats = "turnstile.seats"
    public static let desk = "turnstile.desk"
    public static let directory = "turnstile.directory"
    public static let changes = "turnstile.changes"
    public static let load = "turnstile.load"
    /// Partitions are told by their numbers, so each line has an exchange for that.
    public static let deskLoad = "turnstile.load.desk"
    public static let replies = "turnstile.replies"
    public static let effects = "turnstile.effects"

    /// What commands for a partition are published with, to `seats`.
    public static func routingKey(partition: Int) -> String { String(partition) }
    public static func seatsQueue(_ partition: Int) -> String { queue(of: seats, partition) }
    public static func queue(of exchange: String, _ partition: Int) -> String { "\(exchange).\(partition)" }

    /// What a wake-up is published with, to `effects`.
    public static func routingKey(_ kind: EffectKind) -> String { kind.rawValue }
    public static func effectQueue(_ kind: EffectKind) -> String { "\(effects).\(kind.rawValue)" }

    /// What a partition's queue holds at most; what comes beyond is refused (a nack) and never lost silently.
    public struct Bounds: Sendable, Hashable {
        public var messages: Int
        public var bytes: Int

        public init(messages: Int = 50_000, bytes: Int = 256 << 20) {
            self.messages = messages
            self.bytes = bytes
        }
    }

    /// Wake-ups that wait at most: the newest says the same as the oldest, and the sweep needs none.
    static let wakeUps: Int64 = 1_000

    /// Makes sure that everything is there. What is there already stays as it is, so every process may ask for it.
    ///
    /// Costs a round trip each; a new quorum queue takes the broker some 10 ms.
    ///
    /// - Parameters:
    ///   - channel: unusable after an error.
    ///   - exchange: the line's.
    ///   - partitions: of the line, spares included.
    public static func declare(
        on channel: Channel, line exchange: String = seats, partitions: Int, bounds: Bounds = Bounds(),
        kinds: [EffectKind] = EffectKind.allCases
    ) throws(TopologyError) {
        precondition(partitions > 0, "a line has partitions")
        try declareExchanges(on: channel)
        for partition in 0..<partitions {
            let queue = Queue.quorum(
                self.queue(of: exchange, partition), singleActiveConsumer: true, maxLength: Int64(bounds.messages),
                maxLengthBytes: Int64(bounds.bytes), overflow: .rejectPublish)
            try declare(queue, on: channel, boundTo: exchange, by: routingKey(partition: partition))
        }
        for kind in kinds { try declareEffects(kind, on: channel) }
    }

    /// What is published to: a channel that publishes to an exchange that is not there is closed.
    static func declareExchanges(on channel: Channel) throws(TopologyError) {
        let exchanges = [
            Exchange(seats, kind: .direct), Exchange(desk, kind: .direct), Exchange(directory, kind: .fanout),
            Exchange(changes, kind: .fanout), Exchange(load, kind: .fanout), Exchange(deskLoad, kind: .fanout),
            Exchange(replies, kind: .direct), Exchange(effects, kind: .direct),
        ]
        for exchange in exchanges {
            try explaining("exchange", exchange.name) { () throws(RabbitMQError) in try channel.declare(exchange) }
        }
    }

    /// What an effect runner needs of it.
    static func declareEffects(_ kind: EffectKind, on channel: Channel) throws(TopologyError) {
        for name in [seats, desk, effects] {
            try explaining("exchange", name) { () throws(RabbitMQError) in
                try channel.declare(Exchange(name, kind: .direct))
            }
        }
        let queue = Queue(
            effectQueue(kind),
            arguments: [
                "x-max-length": .int64(wakeUps), "x-overflow": .string(Queue.Overflow.dropHead.rawValue),
            ])
        try declare(queue, on: channel, boundTo: effects, by: routingKey(kind))
    }

    private static func declare(
        _ queue: Queue, on channel: Channel, boundTo exchange: String, by key: String
    ) throws(TopologyError) {
        try explaining("queue", queue.name) { () throws(RabbitMQError) in
            try channel.declare(queue)
            try channel.bind(queue: queue.name, to: exchange, routingKey: key)
        }
    }

    private static func explaining(
        _ what: String, _ name: String, _ body: () throws(RabbitMQError) -> Void
    ) throws(TopologyError) {
        do throws(RabbitMQError) {
            try body()
        } catch {
            throw TopologyError(what: what, name: name, cause: error)
        }
    }
}
