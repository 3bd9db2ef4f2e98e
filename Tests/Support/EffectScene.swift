internal import Glibc
public import Pipeline
public import Postgres
public import RabbitMQ
public import Runtime
internal import Schema
public import Ticketing
internal import Wire

/// Effects in a database and a broker for their commands, for tests of what does them. Used from one thread.
///
/// The effects have the numbers 1, 2, 3 … in their ids.
public final class EffectScene {
    public let database: PostgresSettings
    /// A runner's.
    public let broker: ConnectionSettings
    /// The test's own.
    private let patient: ConnectionSettings
    public private(set) var session: PostgresConnection
    public let metrics = Metrics()
    private let effectMetrics: EffectMetrics
    private var runners: [EffectRunner] = []

    /// Brings the schema and the queues to where a runner finds them.
    public init(database: PostgresSettings, brokerURL: String, bounds: Topology.Bounds = .init()) throws {
        self.database = database
        var broker = try ConnectionSettings(url: brokerURL)
        broker.heartbeat = .seconds(1)
        self.broker = broker
        patient = try ConnectionSettings.patient(url: brokerURL)
        effectMetrics = EffectMetrics(metrics)
        session = try PostgresConnection.connect(database)
        let steps = try Migration.read(folder: "\(Tool.packageFolder)/Config/schema")
        _ = try Migrator.migrate(session, to: steps)
        let connection = try Connection.open(patient)
        defer { connection.close() }
        let channel = try connection.openChannel()
        try Topology.declare(on: channel, partitions: 2, bounds: bounds)
        try channel.close()
    }

    /// Runs a body with a database and a virtual host of its own on the shared servers.
    public static func with<Value: Sendable>(
        bounds: Topology.Bounds = .init(), _ body: @escaping @Sendable (EffectScene) throws -> Value
    ) async throws -> Value {
        try await TestBroker.withVirtualHost { broker in
            let database = try TestDatabase()
            let result = Result {
                let scene = try EffectScene(database: database.settings, brokerURL: broker.url, bounds: bounds)
                defer { scene.close() }
                return try body(scene)
            }
            try database.drop()
            return try result.get()
        }
    }

    /// After a server that went away has come back.
    public func reconnect() throws {
        session.close()
        session = try PostgresConnection.connect(database)
    }

    /// Stops all runners, and keeps none.
    ///
    /// - Returns: whether all of them finished.
    @discardableResult
    public func stop(within grace: Duration) -> Bool {
        defer { runners = [] }
        return runners.map { $0.stop(within: grace) }.allSatisfy { $0 }
    }

    /// Ends all runners as a kill would.
    public func close() {
        stop(within: .zero)
        session.close()
    }

    public static func id(_ number: Int) -> EffectId { EffectId(high: 0xEFFE, low: UInt64(number)) }
    public static let event = EventId(high: 0x0E, low: 1)
    private static let tenant = TenantId(high: 0x7E, low: 2)
    private static let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    /// As a handler gets it in its first attempt, but for the time.
    public static func request(_ number: Int) -> EffectRequest {
        EffectRequest(
            id: id(number), kind: .payments, event: event, tenant: tenant, partition: 1,
            command: CommandId(high: 0xC0, low: UInt64(number)), trace: TraceContext(traceparent: traceparent),
            body: Array(#"{"number": \#(number)}"#.utf8), attempt: 1, createdAt: Timestamp(microseconds: 0))
    }

    /// Stores effects as a decision of partition 1 does.
    public func add(_ numbers: ClosedRange<Int>, dueIn delay: Duration = .zero, attempts: Int = 0) throws {
        for number in numbers {
            let request = Self.request(number)
            try session.execute(
                """
                INSERT INTO effect (
                    id, kind, event, tenant, partition, command, trace, body, attempts, next_at, created_at)
                VALUES ($1, 'payments', $2, $3, $4, $5, $6, $7, $8, now() + $9 * interval '1 microsecond', now())
                """, uuid(request.id), uuid(request.event), uuid(request.tenant), Int32(request.partition),
                uuid(request.command), request.trace?.traceparent, PostgresJSON(bytes: request.body), Int32(attempts),
                delay.microseconds)
        }
    }

    public struct Row: Sendable, Hashable {
        public let state: String
        public let attempts: Int
        public let lastError: String?
        public let isFinished: Bool

        public init(state: String, attempts: Int, lastError: String?, isFinished: Bool) {
            self.state = state
            self.attempts = attempts
            self.lastError = lastError
            self.isFinished = isFinished
        }
    }

    public func row(_ number: Int) throws -> Row {
        let row = try session.query(
            "SELECT state, attempts, last_error, finished_at IS NOT NULL FROM effect WHERE id = $1",
            uuid(Self.id(number))
        ).one()
        let (state, attempts, lastError, isFinished) = try row.decode((String, Int32, String?, Bool).self)
        return Row(state: state, attempts: Int(attempts), lastError: lastError, isFinished: isFinished)
    }

    public func count(_ state: String) throws -> Int {
        Int(try session.query("SELECT count(*) FROM effect WHERE state = $1", state).one().get(0, as: Int64.self))
    }

    /// A runner with little patience.
    public func start(
        _ handler: any EffectHandler, brokerPort: UInt16? = nil, databasePort: Int? = nil,
        _ change: (inout EffectOptions) -> Void = { _ in }
    ) throws -> EffectRunner {
        var options = EffectOptions(.payments)
        options.sweepInterval = .milliseconds(50)
        options.retries = [.milliseconds(20)]
        options.jitter = 0
        options.handlers = 4
        change(&options)
        var (broker, database) = (broker, database)
        if let brokerPort { broker.port = brokerPort }
        if let databasePort { database.hosts = [.init("127.0.0.1", port: databasePort)] }
        let runner = try EffectRunner(
            options, handler: handler, database: database, broker: broker,
            backoff: Backoff(first: .milliseconds(20), limit: .milliseconds(200)), metrics: effectMetrics, log: .none)
        runners.append(runner)
        return runner
    }

    /// Wakes a runner, as a worker does after its commit.
    public func wake(_ times: Int = 1) throws {
        let connection = try Connection.open(patient)
        defer { connection.close() }
        let sink = ConfirmCount()
        let publisher = try connection.openPublisher(confirmTimeout: .seconds(60), sink: sink)
        let message = OutgoingMessage(
            exchange: Topology.effects, routingKey: Topology.routingKey(.payments), properties: MessageProperties(),
            body: [])
        try publisher.publish(Array(repeating: message, count: times), within: .seconds(60))
        guard publisher.waitUntilReported(within: .seconds(60)), sink.confirmed == times else {
            throw TestBrokerError("not all wake-ups were confirmed")
        }
    }

    /// Whoever consumes from it is told that it is gone.
    public func deleteEffectQueue() throws {
        let connection = try Connection.open(patient)
        defer { connection.close() }
        try connection.withChannel { channel throws(RabbitMQError) in
            _ = try channel.delete(queue: Topology.effectQueue(.payments))
        }
    }

    /// Takes the ids of this many commands off a partition's queue, and fewer only when the time is over.
    public func commands(_ count: Int, partition: Int = 1, within limit: Duration = .seconds(60)) throws -> [CommandId]
    {
        try messages(count, partition: partition, within: limit).map { message in
            guard let id = Self.commandId(of: message.body) else { throw TestBrokerError("a line without an id") }
            return id
        }
    }

    /// The same with everything that travels with a command.
    public func messages(
        _ count: Int, partition: Int = 1, within limit: Duration = .seconds(60)
    ) throws -> [ReceivedMessage] {
        let connection = try Connection.open(patient)
        defer { connection.close() }
        let lane = DeliveryQueue()
        let consumer = try connection.consume(Topology.seatsQueue(partition), sink: lane)
        var messages: [ReceivedMessage] = []
        let deadline = SystemTime().monotonic + limit
        while messages.count < count, SystemTime().monotonic < deadline {
            for delivery in lane.next(within: deadline - SystemTime().monotonic).deliveries {
                messages.append(delivery.message)
                consumer.acknowledge(through: delivery.message.deliveryTag)
            }
        }
        try consumer.close()
        return messages
    }

    /// The second member of a line.
    private static func commandId(of line: [UInt8]) -> CommandId? {
        let front = Array(#"{"v":1,"id":""#.utf8)
        guard line.starts(with: front) else { return nil }
        return line[front.count...].prefix(CommandId.hexLength).withUnsafeBytes { CommandId(hex: $0) }
    }

    /// Waits until something holds; false when the time is over.
    public func wait(within limit: Duration = .seconds(60), until holds: () throws -> Bool) rethrows -> Bool {
        let deadline = SystemTime().monotonic + limit
        while try !holds() {
            guard SystemTime().monotonic < deadline else { return false }
            usleep(5_000)
        }
        return true
    }

    private func uuid<Kind>(_ id: Id<Kind>) -> PostgresUUID { PostgresUUID(high: id.high, low: id.low) }
}

private final class ConfirmCount: PublishSink {
    private let count = Lock(0)
    var confirmed: Int { count.withLock { $0 } }
    func published(_ results: PublishResults, by publisher: Publisher) {
        count.withLock { $0 += results.confirmed.count }
    }
    func publisherEnded(_ publisher: Publisher, _ error: RabbitMQError) {}
}
