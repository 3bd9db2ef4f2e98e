import Glibc
import Postgres
import Runtime
import TestSupport
import Testing

/// What is done to the server under a connection's feet.
enum PostgresHarm: String, CaseIterable, Sendable {
    /// Postmaster and backends are killed at once.
    case crash
    /// Everything stands still, with connections open.
    case freeze
    /// The server ends the session in an orderly way.
    case terminate
}

/// What a connection was doing at that time.
enum PostgresWork: String, CaseIterable, Sendable {
    case statement, streaming, transaction, commit, pipeline, transactionPipeline, pipelinedCommit, copy, listening,
        idle
}

/// What became of it.
struct PostgresOutcome: Sendable {
    let error: PostgresError?
    /// From the harm to the error.
    let delay: Duration
}

/// One server, harmed again and again.
final class PostgresPatient {
    let server: PrivatePostgres
    /// How long the connections wait for an answer.
    static let patience = Duration.seconds(1)

    init() throws {
        server = try PrivatePostgres()
        try prepare()
    }

    private func prepare() throws {
        let connection = try PostgresConnection.connect(server.settings)
        defer { connection.close() }
        try connection.run(
            script: SQL(
                trustedScript: """
                    CREATE TABLE slow (a int);
                    CREATE TABLE loaded (a bigint);
                    CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS
                    $$ BEGIN PERFORM pg_sleep(60); RETURN NULL; END $$;
                    CREATE CONSTRAINT TRIGGER dawdle AFTER INSERT ON slow DEFERRABLE INITIALLY DEFERRED
                    FOR EACH ROW EXECUTE FUNCTION dawdle();
                    """))
    }

    var settings: PostgresSettings {
        var settings = server.settings
        settings.responseTimeout = Self.patience
        settings.connectTimeout = Self.patience
        settings.cancelTimeout = Self.patience
        return settings
    }

    /// Has a thread do `work`, harms the server in the midst of it, and heals the server again.
    func suffer(_ harm: PostgresHarm, during work: PostgresWork) throws -> PostgresOutcome {
        let settings = settings
        let started = Latch()
        let harmed = Latch()
        let backend = Lock<Int32>(0)
        let result = Lock<(error: PostgresError?, at: MonotonicTime)?>(nil)
        let worker = try OwnedThread(name: "worker") {
            var caught: PostgresError?
            do {
                let connection = try PostgresConnection.connect(settings)
                backend.withLock { $0 = connection.backendProcess }
                defer { connection.close() }
                try Self.perform(work, on: connection, started, harmed)
            } catch {
                caught = error as? PostgresError
            }
            result.withLock { $0 = (caught, SystemTime().monotonic) }
            started.open()
        }
        let watcher = try PostgresConnection.connect(settings)
        defer { watcher.close() }
        started.wait()
        let process = backend.withLock { $0 }
        if work.sleeps {
            while try watcher.query(
                "SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'", process
            ).isEmpty {}
        }
        let time = SystemTime().monotonic
        switch harm {
        case .crash: server.crash()
        case .freeze: server.freeze()
        case .terminate: try watcher.execute("SELECT pg_terminate_backend($1, 10000)", process)
        }
        harmed.open()
        worker.join()
        switch harm {
        case .crash: try server.start()
        case .freeze: server.thaw()
        case .terminate: break
        }
        let end = try #require(result.withLock { $0 })
        return PostgresOutcome(error: end.error, delay: end.at - time)
    }

    private static func perform(
        _ work: PostgresWork, on connection: PostgresConnection, _ started: Latch, _ harmed: Latch
    ) throws {
        switch work {
        case .statement:
            started.open()
            try connection.execute("SELECT pg_sleep(60)")
        case .streaming:
            try connection.stream(
                "SELECT CASE WHEN n = 5000 THEN pg_sleep(60)::text END FROM generate_series(1, 9000) n"
            ) { _ in
                started.open()
            }
        case .transaction:
            try connection.transaction { transaction in
                try transaction.execute("INSERT INTO loaded VALUES (1)")
                started.open()
                try transaction.execute("SELECT pg_sleep(60)")
            }
        case .commit:
            try connection.transaction { transaction in
                try transaction.execute("INSERT INTO slow VALUES (1)")
                started.open()
            }
        case .pipeline, .transactionPipeline:
            started.open()
            let record = { (pipeline: PostgresPipeline) in
                pipeline.add("INSERT INTO loaded VALUES (1)")
                pipeline.add("SELECT pg_sleep(60)")
                pipeline.add("INSERT INTO loaded VALUES (2)")
            }
            if work == .pipeline {
                try connection.pipeline(record)
            } else {
                try connection.transactionPipeline(record)
            }
        case .pipelinedCommit:
            started.open()
            try connection.transactionPipeline { $0.add("INSERT INTO slow VALUES (1)") }
        case .copy:
            try connection.copy(into: "loaded", columns: ["a"], of: Int64.self) { copy in
                for number in 0..<100_000 { try copy.write(Int64(number)) }
                started.open()
                harmed.wait()
                for number in 0..<10_000_000 { try copy.write(Int64(number)) }
            }
        case .listening:
            try connection.listen(to: "c")
            started.open()
            // Silence alone is no fault while listening: that is what `ping` is for.
            while true {
                _ = try connection.waitForNotification(for: .milliseconds(300))
                try connection.ping()
            }
        case .idle:
            started.open()
            harmed.wait()
            try connection.execute("SELECT 1")
        }
    }
}

extension PostgresWork {
    var sleeps: Bool {
        switch self {
        case .statement, .streaming, .transaction, .commit, .pipeline, .transactionPipeline, .pipelinedCommit: true
        case .copy, .listening, .idle: false
        }
    }
}
