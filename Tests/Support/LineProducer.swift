internal import Glibc
internal import Pipeline
internal import RabbitMQ
public import Runtime
public import Ticketing
public import Wire

/// Who publishes commands and waits for their replies, as an ingress does.
public final class LineProducer: Sendable {
    public struct Reply: Sendable, Hashable {
        public let id: CommandId
        public let status: Int
        public let isReplayed: Bool
        public let body: [UInt8]
        /// When it came.
        public let at: MonotonicTime

        public var text: String { String(decoding: body, as: UTF8.self) }
    }

    public let name: String
    private let exchange: String
    private let partitions: Int
    private let connection: Connection
    private let publisher: Publisher
    private let sink: Sink

    /// To the seats line.
    public convenience init(_ scene: SeatsScene, named name: String = "ingress-1", window: Int = 4_096) throws {
        try self.init(
            at: scene.brokerURL, exchange: Topology.seats, partitions: scene.partitions, named: name, window: window
        ) { connection throws(RabbitMQError) in try scene.declare(on: connection) }
    }

    init(
        at brokerURL: String, exchange: String, partitions: Int, named name: String, window: Int = 4_096,
        declare: (Connection) throws(RabbitMQError) -> Void
    ) throws {
        self.name = name
        self.exchange = exchange
        self.partitions = partitions
        connection = try Connection.open(try ConnectionSettings.patient(url: brokerURL))
        let sink = Sink()
        self.sink = sink
        try declare(connection)
        let channel = try connection.openChannel()
        let queue = "replies.\(name)"
        try channel.declare(Queue(queue, isDurable: false, isAutoDelete: true))
        try channel.bind(queue: queue, to: Topology.replies, routingKey: name)
        try channel.close()
        _ = try connection.consume(queue, prefetch: 10_000, sink: sink)
        publisher = try connection.openPublisher(window: window, confirmTimeout: .seconds(30), sink: sink)
    }

    deinit { connection.abort() }

    public func close() { connection.close() }

    /// Publishes commands of one partition in one message, and returns at once where there is room.
    public func send(_ commands: [WireCommand], user: String? = "turnstile", to partition: Int? = nil) throws {
        guard let first = commands.first else { return }
        var body: [UInt8] = []
        for command in commands { command.appendLine(to: &body) }
        try send(
            body, user: user,
            to: partition ?? Keys.partition(of: first.event, among: partitions))
    }

    /// Publishes commands of one tenant in one message.
    public func send(_ commands: [DeskWireCommand], user: String? = "turnstile", to partition: Int? = nil) throws {
        guard let first = commands.first else { return }
        var body: [UInt8] = []
        for command in commands { command.appendLine(to: &body) }
        try send(body, user: user, to: partition ?? Keys.partition(of: first.tenant, among: partitions))
    }

    public func send(_ body: [UInt8], user: String? = "turnstile", to partition: Int) throws {
        var properties = MessageProperties.persistent()
        properties.userID = user
        let message = OutgoingMessage(
            exchange: exchange, routingKey: Topology.routingKey(partition: partition), properties: properties,
            body: body)
        while !(try publisher.publish(message)) { _ = publisher.waitForRoom(.seconds(10)) }
    }

    /// Waits until the broker has everything.
    public func flush() throws {
        guard publisher.waitUntilReported(within: .seconds(60)), sink.failures.withLock({ $0 }) == 0 else {
            throw Failure(description: "\(sink.failures.withLock { $0 }) messages were not confirmed")
        }
    }

    /// All replies to a command, in the order of their arrival.
    public func replies(to id: CommandId) -> [Reply] { sink.replies.withLock { $0[id] ?? [] } }

    public var replyCount: Int { sink.count.withLock { $0 } }
    /// Commands that have a reply.
    public var answered: Int { sink.replies.withLock { $0.count } }

    /// The first reply to a command.
    public func reply(to id: CommandId, within patience: Duration = .seconds(60)) throws -> Reply {
        let time = SystemTime()
        let deadline = time.monotonic + patience
        while time.monotonic < deadline {
            if let first = replies(to: id).first { return first }
            usleep(2_000)
        }
        throw Failure(description: "command \(id) was not answered within \(patience)")
    }

    /// Sends one command and tells how long its reply takes, to the microsecond.
    public func time(_ command: WireCommand) throws -> (status: Int, took: Duration) {
        let latch = Latch()
        sink.waiters.withLock { $0[command.id] = latch }
        let start = SystemTime().monotonic
        try send([command])
        guard latch.wait(for: .seconds(60)), let reply = replies(to: command.id).first else {
            throw Failure(description: "no reply within 20 s")
        }
        return (reply.status, reply.at - start)
    }

    /// Sends one command and waits for its reply.
    public func ask(_ command: WireCommand) throws -> Reply {
        try send([command])
        return try reply(to: command.id)
    }

    public func ask(_ command: DeskWireCommand) throws -> Reply {
        try send([command])
        return try reply(to: command.id)
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private final class Sink: DeliverySink, PublishSink {
        let replies = Lock<[CommandId: [Reply]]>([:])
        let count = Lock(0)
        let waiters = Lock<[CommandId: Latch]>([:])
        let failures = Lock(0)

        func received(_ deliveries: [Delivery]) {
            let now = SystemTime().monotonic
            var decoder = ReplyDecoder()
            var found: [Reply] = []
            for delivery in deliveries {
                delivery.message.body.withUnsafeBytes { message in
                    decoder.decode(message: message) { result in
                        guard case .success(let line) = result else { return }
                        found.append(
                            Reply(
                                id: line.id, status: line.status, isReplayed: line.isReplayed, body: Array(line.body),
                                at: now))
                    }
                }
            }
            replies.withLock { replies in
                for reply in found { replies[reply.id, default: []].append(reply) }
            }
            count.withLock { $0 += found.count }
            let latches = waiters.withLock { waiters in
                waiters.isEmpty ? [] : found.compactMap { waiters.removeValue(forKey: $0.id) }
            }
            for latch in latches { latch.open() }
            guard let last = deliveries.last else { return }
            last.consumer.acknowledge(through: last.message.deliveryTag)
        }

        func consumerEnded(_ consumer: Consumer, _ error: RabbitMQError) {}

        func published(_ results: PublishResults, by publisher: Publisher) {
            if !results.failed.isEmpty { failures.withLock { $0 += results.failed.count } }
        }

        func publisherEnded(_ publisher: Publisher, _ error: RabbitMQError) {}
    }
}
