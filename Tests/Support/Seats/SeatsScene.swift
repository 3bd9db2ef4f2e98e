internal import Glibc
public import Pipeline
public import Postgres
internal import RabbitMQ
internal import Runtime
internal import Schema
internal import Sealing
public import Ticketing

/// Where workers of the seats line work in a test: a database with the schema, a virtual host with the queues.
public struct SeatsScene: Sendable {
    public let database: PostgresSettings
    public let databaseURL: String
    public let brokerURL: String
    public let partitions: Int
    public let spares: Int
    /// What a partition's queue holds at most.
    public let queueMessages: Int
    public let seed = [UInt8](repeating: 7, count: SigningKey.seedCount)

    /// Brings the database to its schema. The queues are made by the workers.
    public init(
        database: PostgresSettings, databaseURL: String, brokerURL: String, partitions: Int = 4, spares: Int = 1,
        queueMessages: Int = 50_000
    ) throws {
        self.database = database
        self.databaseURL = databaseURL
        self.brokerURL = brokerURL
        self.partitions = partitions
        self.spares = spares
        self.queueMessages = queueMessages
        let connection = try PostgresConnection.connect(database)
        defer { connection.close() }
        _ = try Migrator.migrate(connection, to: try Migration.read(folder: "\(Tool.packageFolder)/Config/schema"))
        try PostgresStore.prepareLine("seats", partitions: partitions, spares: spares, on: connection)
    }

    /// Runs `body` on a thread of its own with a database and a virtual host that are dropped afterwards.
    public static func with<Value: Sendable>(
        partitions: Int = 4, spares: Int = 1, queueMessages: Int = 50_000,
        _ body: @escaping @Sendable (SeatsScene) throws -> Value
    ) async throws -> Value {
        try await TestBroker.withVirtualHost { broker in
            let database = try TestDatabase()
            let result = Result {
                try body(
                    try SeatsScene(
                        database: database.settings, databaseURL: database.url, brokerURL: broker.url,
                        partitions: partitions, spares: spares, queueMessages: queueMessages))
            }
            let dropped = Result { try database.drop() }
            let value = try result.get()
            try dropped.get()
            return value
        }
    }

    /// What workers in this process say; `TURNSTILE_TEST_LOG=1` shows it.
    private static let log =
        ProcessEnvironment.current["TURNSTILE_TEST_LOG"] == nil
        ? Log.none : Log(service: "seats", sink: .standardError(level: .info, format: .text))

    /// A worker in this process, with everything about it open to a change.
    public func parts(_ name: String) throws -> WorkerLoop.Parts {
        let log = Self.log
        let key = try SigningKey(seed: seed)
        var options = WorkerOptions(worker: WorkerId(name))
        options.hashedPartitions = partitions
        options.trustedUsers = ["turnstile"]
        let database = database
        var parts = WorkerLoop.Parts(
            options: options, broker: try ConnectionSettings(url: brokerURL),
            metrics: LoopMetrics(Metrics(), log: log), log: log,
            openStore: { role throws(StoreError) in
                try PostgresStore.connect(database, for: WorkerId(name), as: role.rawValue)
            }, makeSealer: { Sealer(key: key) })
        parts.prepareBroker = { connection throws(RabbitMQError) in try self.declare(on: connection) }
        return parts
    }

    func declare(on connection: Connection) throws(RabbitMQError) {
        try connection.withChannel { channel throws(RabbitMQError) in
            do throws(TopologyError) {
                try Topology.declare(
                    on: channel, partitions: partitions + spares, bounds: Topology.Bounds(messages: queueMessages))
            } catch {
                throw error.cause
            }
        }
    }

    /// Runs `body` beside a worker in this process, which drains afterwards.
    public func withWorker<Value>(
        _ name: String = "worker-1", _ change: (inout WorkerLoop.Parts) -> Void = { _ in },
        _ body: (WorkerLoop) throws -> Value
    ) throws -> Value {
        var parts = try parts(name)
        change(&parts)
        let loop = try WorkerLoop(parts)
        defer {
            loop.drain()
            precondition(loop.wait(for: .seconds(60)), "the worker does not drain")
        }
        try waitUntil("the worker owns its partitions") { try self.owned(by: name) > 0 }
        return try body(loop)
    }

    /// Starts the program, as the supervisor does.
    package func startProcess(_ environment: [String: String] = [:]) throws -> Tool.Running {
        var all = [
            "TURNSTILE_POSTGRES_URL": databaseURL, "TURNSTILE_RABBITMQ_URL": brokerURL,
            "TURNSTILE_SEATS_SIGNING_SEED": Hex.encode(seed), "TURNSTILE_SEATS_PARTITIONS": "\(partitions)",
            "TURNSTILE_SEATS_SPARES": "\(spares)", "TURNSTILE_SEATS_QUEUE_MESSAGES": "\(queueMessages)",
        ]
        all.merge(environment) { $1 }
        return try Tool.start(try Tool.built("turnstile-seats"), environment: all)
    }

    // MARK: looking

    public func withConnection<Value>(_ body: (PostgresConnection) throws -> Value) throws -> Value {
        let connection = try PostgresConnection.connect(database)
        defer { connection.close() }
        return try body(connection)
    }

    public func count(_ statement: SQL) throws -> Int {
        try withConnection { Int(try $0.query(statement).one().get(0, as: Int64.self)) }
    }

    /// Whether anybody has a place of an event; asked so that it costs the server next to nothing.
    public func hasClaims(_ event: EventId, _ connection: PostgresConnection) throws -> Bool {
        let id = PostgresUUID(high: event.high, low: event.low)
        return try connection.query("SELECT EXISTS (SELECT FROM claim WHERE event = $1)", id).one()
            .get(0, as: Bool.self)
    }

    public func owned(by worker: String) throws -> Int {
        try withConnection {
            Int(
                try $0.query("SELECT count(*) FROM partition WHERE owner = $1", worker).one().get(0, as: Int64.self))
        }
    }

    public func waitUntil(
        _ what: String, within patience: Duration = .seconds(60), _ isTrue: () throws -> Bool
    ) throws {
        let time = SystemTime()
        let deadline = time.monotonic + patience
        while !(try isTrue()) {
            guard time.monotonic < deadline else { throw Waited(what: what) }
            usleep(5_000)
        }
    }

    struct Waited: Error, CustomStringConvertible {
        let what: String
        var description: String { "waited in vain until \(what)" }
    }
}
