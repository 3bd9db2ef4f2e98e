internal import Postgres
internal import Runtime

/// Says in the database every second that this query server is there, and counts those that are: the limits of keys
/// are shared out among them. While the database is away, the last count holds.
final class Census: Sendable {
    private let database: PostgresSettings
    private let name: String
    private let counted: @Sendable (Int) -> Void
    private let log: Log
    private let stopped = Latch()
    private let thread = Lock<OwnedThread?>(nil)

    private static let interval = Duration.seconds(1)

    /// - Parameters:
    ///   - name: no other process has it.
    ///   - counted: told each time how many query servers there are, this one included.
    init(
        _ database: PostgresSettings, name: String, log: Log, counted: @escaping @Sendable (Int) -> Void
    ) throws {
        self.database = database
        self.name = name
        self.log = log
        self.counted = counted
        let thread = try OwnedThread(name: "census") { self.run() }
        self.thread.withLock { $0 = thread }
    }

    /// Takes this server off the list.
    func stop() {
        stopped.open()
        thread.withLock { $0.take() }?.join()
    }

    private func run() {
        var connection: PostgresConnection?
        var isFailing = false
        repeat {
            do {
                let open = try connection ?? connect()
                connection = open
                counted(try open.query(Self.report, name).one().get(0))
                isFailing = false
            } catch {
                connection?.close()
                connection = nil
                if !isFailing { log.warning("the other query servers cannot be counted", error) }
                isFailing = true
            }
        } while !stopped.wait(for: Self.interval)
        _ = try? connection?.execute("DELETE FROM query_server WHERE name = $1", name)
        connection?.close()
    }

    private func connect() throws -> PostgresConnection {
        let connection = try PostgresConnection.connect(database)
        // A report that is lost is followed by the next.
        try connection.run(script: "SET synchronous_commit = off")
        return connection
    }

    // Rows of processes that ended without a word go with the next hour's reports.
    private static let report: SQL = """
        WITH gone AS (DELETE FROM query_server WHERE name <> $1 AND seen_at < now() - interval '1 hour'),
        here AS (
            INSERT INTO query_server (name, seen_at) VALUES ($1, clock_timestamp())
            ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at
        )
        SELECT 1 + count(*) FROM query_server WHERE name <> $1 AND seen_at > clock_timestamp() - interval '5 seconds'
        """
}
