internal import Glibc
public import Postgres
internal import Runtime
public import Sealing
internal import Ticketing

/// The store in Postgres: one session. Once it is lost, every call answers `unavailable`, and another has to be opened.
///
///     let store = try PostgresStore.connect(settings, for: worker, as: "committer")
public final class PostgresStore: Store {
    package let connection: PostgresConnection
    let line: String
    /// Partitions that keys are hashed to; the spares have the numbers behind them.
    let hashedPartitions: Int
    let spares: Int
    /// Whether the session is set for `commit`.
    var isSetForCommits = false
    /// For groups that come without their statements.
    let writer: GroupWriter
    /// When it last saw to it that what readers were told long ago is thrown away.
    var retiredAt: MonotonicTime?

    private init(_ connection: PostgresConnection, line: String, hashedPartitions: Int, spares: Int) {
        self.connection = connection
        self.line = line
        writer = GroupWriter(line: line)
        self.hashedPartitions = hashedPartitions
        self.spares = spares
    }

    /// Opens a session of the worker's.
    ///
    /// - Parameters:
    ///   - role: what the session is for, to be seen in `pg_stat_activity` behind the worker's id.
    ///   - line: prepared before, see `prepareLine`.
    public static func connect(
        _ settings: PostgresSettings, for worker: WorkerId, as role: String, line: String = "seats"
    ) throws(StoreError) -> PostgresStore {
        var settings = settings
        settings.applicationName = applicationName(of: worker, as: role)
        settings.statementTimeout = settings.statementTimeout ?? .seconds(15)
        settings.lockTimeout = settings.lockTimeout ?? .seconds(5)
        settings.idleInTransactionTimeout = settings.idleInTransactionTimeout ?? .seconds(5)
        settings.other["options"] = [settings.other["options"], sessionOptions].compactMap(\.self)
            .joined(separator: " ")
        return try StoreError.catching {
            let connection = try PostgresConnection.connect(settings)
            guard let row = try connection.query(findLine, line).oneOrNone() else {
                throw StoreError(.rejected, "there is no line “\(line)” in the database: it has to be prepared first")
            }
            let (partitions, spares) = try row.decode((Int, Int).self)
            return PostgresStore(connection, line: line, hashedPartitions: partitions, spares: spares)
        }
    }

    /// A worker's sessions are found by this: its id up to the first space.
    package static func applicationName(of worker: WorkerId, as role: String) -> String {
        let name = "\(worker) \(role)"
        precondition(
            name.utf8.count <= 63 && !worker.text.isEmpty && !worker.text.utf8.contains(UInt8(ascii: " ")),
            "a worker's id is a short word: the server cuts longer names off")
        return name
    }

    /// Every statement finds its rows by their keys, so it is planned once, and for tables that will have grown. What a
    /// lost client leaves open ends with its connection, which the server has to notice by itself.
    private static let sessionOptions = """
        -c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off \
        -c jit=off -c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3
        """

    private static let findLine: SQL = "SELECT partitions, spares FROM line WHERE name = $1"

    /// Ends the session, as the end of the process would.
    public func close() { connection.close() }
}

extension PostgresStore {
    /// Makes a line with its partitions, or finds that it is there.
    ///
    /// - Throws: `rejected` when it is there with other numbers: keys are hashed to them, so they are for its life.
    public static func prepareLine(
        _ name: String, partitions: Int, spares: Int, on connection: PostgresConnection
    ) throws(StoreError) {
        precondition(partitions > 0 && spares >= 0, "a line has partitions")
        try StoreError.catching {
            try connection.execute(insertLine, name, Int32(partitions), Int32(spares))
            let (found, foundSpares) = try connection.query(findLine, name).one().decode((Int, Int).self)
            guard found == partitions, foundSpares == spares else {
                throw StoreError(
                    .rejected,
                    "the line “\(name)” has \(found) partitions and \(foundSpares) spares, not \(partitions) and "
                        + "\(spares): events are where these numbers put them, so they cannot be changed")
            }
            try connection.execute(insertPartitions, name, Int32(partitions + spares - 1))
            try connection.execute(prepareWeeks)
        }
    }

    /// Lets those who check receipts find the key, where the batches that it signs are not in this database.
    public static func announce(_ key: VerifyingKey, on connection: PostgresConnection) throws(StoreError) {
        try StoreError.catching {
            _ = try connection.execute(
                "INSERT INTO signing_key (public_key) VALUES ($1) ON CONFLICT DO NOTHING", key.bytes)
        }
    }

    private static let insertLine: SQL =
        "INSERT INTO line (name, partitions, spares) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
    private static let insertPartitions: SQL = """
        INSERT INTO partition (line, number) SELECT $1, number FROM generate_series(0, $2) AS number
        ON CONFLICT DO NOTHING
        """
    static let prepareWeeks: SQL = "SELECT prepare_weeks()"
    static let retireChanges: SQL = "SELECT retire_changes()"
}

extension StoreError {
    /// Runs what talks to the database, and says in the pipeline's words what went wrong.
    package static func catching<Value>(_ body: () throws -> Value) throws(StoreError) -> Value {
        do {
            return try body()
        } catch let error as StoreError {
            throw error
        } catch let error as PostgresError {
            throw StoreError(error.isConnectionLost ? .unavailable : .rejected, error.description)
        } catch {
            throw StoreError(.rejected, "\(error)")
        }
    }
}
