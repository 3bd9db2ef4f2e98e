internal import Glibc
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

    init(_ settings: Settings) throws {
        seats = settings[SeatsSection.self]
        guard let database = settings[PostgresSection.self].url, let broker = settings[RabbitMQSection.self].url else {
            throw WorkerFailure(.badSettings, "TURNSTILE_POSTGRES_URL and TURNSTILE_RABBITMQ_URL must be set")
        }
        guard let text = seats.signingSeed?.exposed, let seed = Hex.decode(text), seed.count == SigningKey.seedCount
        else {
            throw WorkerFailure(
                .badSettings, "TURNSTILE_SEATS_SIGNING_SEED must be \(SigningKey.seedCount) bytes in hexadecimal")
        }
        key = try SigningKey(seed: seed)
        self.database = try PostgresSettings(settings[PostgresSection.self], url: database.exposed)
        var connection = try ConnectionSettings(settings[RabbitMQSection.self], url: broker.exposed)
        worker = Self.name()
        connection.name = worker.text
        // A frozen worker's queues go to its successor once the broker has missed it: after two to three of these.
        connection.heartbeat = min(connection.heartbeat, .seconds(4))
        self.broker = connection
        backoff = Backoff(first: .milliseconds(50), limit: .seconds(1))
    }

    /// Unique for good, and short: with a role behind it, it has to fit into the name of a session (63 bytes).
    private static func name() -> WorkerId {
        var host = [CChar](repeating: 0, count: 256)
        gethostname(&host, host.count - 1)
        let name = String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let safe = name.filter { $0.isASCII && ($0.isLetter || $0.isNumber) || $0 == "-" }
        return WorkerId("\(safe.prefix(20))-\(getpid())-\(Hex.encode(SecureRandom.bytes(6)))")
    }

    /// Sees that the line is there, with the numbers that the settings say.
    func prepare() throws {
        do {
            let connection = try PostgresConnection.connect(database)
            defer { connection.close() }
            try PostgresStore.prepareLine("seats", partitions: seats.partitions, spares: seats.spares, on: connection)
        } catch let error as PostgresError {
            throw WorkerFailure(.unavailable, "the database: \(error)")
        } catch let error as StoreError {
            throw WorkerFailure(error.code == .unavailable ? .unavailable : .badSettings, "\(error)")
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
