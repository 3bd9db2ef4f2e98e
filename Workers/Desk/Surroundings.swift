internal import DeskLine
internal import Pipeline
internal import Postgres
internal import RabbitMQ
internal import Runtime
internal import Schema
internal import Sealing
internal import Tenancy
internal import Workshop

/// Where a worker works: the servers, the line, its name and its key, all from the settings.
struct Surroundings: Sendable {
    let worker: WorkerId
    private let desk: DeskSection
    private let database: PostgresSettings
    private let broker: ConnectionSettings
    private let stores: Stores
    private let key: SigningKey
    private let migrations: [Migration]

    init(_ program: Program) throws {
        desk = program.settings[DeskSection.self]
        let servers = try program.servers()
        guard let text = desk.signingSeed?.exposed, let seed = Hex.decode(text), seed.count == SigningKey.seedCount
        else { throw ProgramFailure.badKey("TURNSTILE_DESK_SIGNING_SEED", bytes: SigningKey.seedCount) }
        key = try SigningKey(seed: seed)
        database = try PostgresSettings(program.settings[PostgresSection.self], url: servers.postgres.exposed)
        do throws(StoresError) {
            stores = try Stores(desk, control: database)
        } catch {
            throw ProgramFailure(.badSettings, error.description)
        }
        do throws(SchemaError) {
            migrations = try Migration.read(folder: desk.schema)
        } catch {
            throw ProgramFailure(.badSettings, "desk.schema: \(error)")
        }
        worker = WorkerId(Program.uniqueName())
        var connection = try ConnectionSettings(program.settings[RabbitMQSection.self], url: servers.rabbitMQ.exposed)
        connection.name = worker.text
        // A frozen worker's queues go to its successor once the broker has missed it: after two to three of these.
        connection.heartbeat = min(connection.heartbeat, .seconds(4))
        broker = connection
    }

    /// Sees that the line is there, with the numbers that the settings say.
    func prepare() throws {
        do {
            let connection = try PostgresConnection.connect(database)
            defer { connection.close() }
            try PostgresStore.prepareLine(
                PostgresControlStore.line, partitions: desk.partitions, spares: 0, on: connection)
            try PostgresStore.announce(key.publicKey, on: connection)
        } catch let error as PostgresError {
            throw ProgramFailure(.unavailable, "the database: \(error)")
        } catch let error as StoreError {
            throw ProgramFailure(error.code == .unavailable ? .unavailable : .badSettings, "\(error)")
        }
    }

    func parts(_ metrics: DeskLoopMetrics, _ log: Log) -> DeskLoop.Parts {
        var options = DeskOptions(worker: worker)
        options.partitions = desk.partitions
        options.trustedUsers = Set(desk.trustedUsers)
        options.batchBound = desk.batchBound
        options.hands = desk.hands
        options.connections = desk.connections
        options.silence = desk.silence
        options.spillBound = desk.spillBound
        options.idleEviction = desk.idleEviction
        var parts = DeskLoop.Parts(
            options: options, broker: broker, metrics: metrics, log: log,
            openControl: { () throws(StoreError) in
                try PostgresControlStore.connect(database, for: worker, as: "control", stores: stores)
            },
            openDesk: { visit throws(VisitFailure) in
                try PostgresDeskStore.connect(
                    stores, visit, for: worker, silence: desk.silence, key: key, migrations: migrations)
            })
        parts.prefetch = UInt16(clamping: desk.prefetch)
        parts.prepareBroker = { connection throws(RabbitMQError) in
            try connection.withChannel { channel throws(RabbitMQError) in
                do throws(TopologyError) {
                    try Topology.declare(
                        on: channel, line: Topology.desk, partitions: desk.partitions,
                        bounds: Topology.Bounds(messages: desk.queueMessages, bytes: desk.queueBytes))
                } catch {
                    log.error("\(error)")
                    throw error.cause
                }
            }
        }
        return parts
    }

    /// What makes the databases.
    func accounts(_ program: Program, _ log: Log) throws -> EffectRunner {
        try EffectRunner(
            EffectOptions(.accounts, program.settings[EffectsSection.self]),
            handler: AccountHandler(stores: stores, migrations: migrations, broker: broker), database: database,
            broker: broker, metrics: EffectMetrics(program.metrics), log: log)
    }
}
