internal import Pipeline
internal import Postgres
internal import RabbitMQ
internal import Runtime
internal import Sealing

/// Where a worker works: the servers, the line, its name and its key, all from the settings.
struct Surroundings: Sendable {
    let worker: WorkerId
    private let seats: SeatsSection
    private let database: PostgresSettings
    private let broker: ConnectionSettings
    private let backoff: Backoff
    private let key: SigningKey

    init(_ program: Program) throws {
        seats = program.settings[SeatsSection.self]
        let servers = try program.servers()
        guard let text = seats.signingSeed?.exposed, let seed = Hex.decode(text), seed.count == SigningKey.seedCount
        else { throw ProgramFailure.badKey("TURNSTILE_SEATS_SIGNING_SEED", bytes: SigningKey.seedCount) }
        key = try SigningKey(seed: seed)
        database = try PostgresSettings(program.settings[PostgresSection.self], url: servers.postgres.exposed)
        worker = WorkerId(Program.uniqueName())
        var connection = try ConnectionSettings(
            program.settings[RabbitMQSection.self], url: servers.rabbitMQ.exposed)
        connection.name = worker.text
        // A frozen worker's queues go to its successor once the broker has missed it: after two to three of these.
        connection.heartbeat = min(connection.heartbeat, .seconds(4))
        broker = connection
        backoff = Backoff(first: .milliseconds(50), limit: .seconds(1))
    }

    /// Sees that the line is there, with the numbers that the settings say.
    func prepare() throws {
        do {
            let connection = try PostgresConnection.connect(database)
            defer { connection.close() }
            try PostgresStore.prepareLine("seats", partitions: seats.partitions, spares: seats.spares, on: connection)
        } catch let error as PostgresError {
            throw ProgramFailure(.unavailable, "the database: \(error)")
        } catch let error as StoreError {
            throw ProgramFailure(error.code == .unavailable ? .unavailable : .badSettings, "\(error)")
        }
    }

    func parts(_ metrics: LoopMetrics, _ log: Log) -> WorkerLoop.Parts {
        var options = WorkerOptions(worker: worker)
        options.hashedPartitions = seats.partitions
        options.trustedUsers = Set(seats.trustedUsers)
        options.batchBound = seats.batchBound
        options.groupBound = seats.groupBound
        options.memoryBound = seats.memoryBound
        options.idleEviction = seats.idleEviction
        var parts = WorkerLoop.Parts(
            options: options, broker: broker, metrics: metrics, log: log,
            openStore: { role throws(StoreError) in
                try PostgresStore.connect(database, for: worker, as: role.rawValue)
            },
            makeSealer: { Sealer(key: key) })
        parts.backoff = backoff
        parts.prefetch = UInt16(clamping: seats.prefetch)
        parts.backlogBytes = seats.backlogBytes
        parts.prepareBroker = { connection throws(RabbitMQError) in
            try connection.withChannel { channel throws(RabbitMQError) in
                do throws(TopologyError) {
                    try Topology.declare(
                        on: channel, partitions: seats.partitions + seats.spares,
                        bounds: Topology.Bounds(messages: seats.queueMessages, bytes: seats.queueBytes))
                } catch {
                    log.error("\(error)")
                    throw error.cause
                }
            }
        }
        return parts
    }
}
