import Pipeline
import PipelineTestSupport
import Postgres
import Runtime
import Schema
import TestSupport
import Ticketing
import Wire

/// A database of the test's own with the project's schema and a small line.
final class PostgresWorld: StoreWorld {
    let database: TestDatabase
    /// For looking behind the stores' backs.
    let connection: PostgresConnection
    private var sessions: [WorkerId: [PostgresStore]] = [:]

    private init(_ database: TestDatabase) throws {
        self.database = database
        connection = try PostgresConnection.connect(database.settings)
        _ = try Migrator.migrate(connection, to: Migration.read(folder: "\(Tool.packageFolder)/Config/schema"))
        try PostgresStore.prepareLine("seats", partitions: Self.partitions, spares: Self.spares, on: connection)
    }

    static func with(_ body: @escaping @Sendable (PostgresWorld) throws -> Void) async throws {
        try await TestDatabase.with { database in
            let world = try PostgresWorld(database)
            defer { world.close() }
            try body(world)
        }
    }

    func session(of worker: WorkerId) throws -> any Store { try open(worker) }

    func open(_ worker: WorkerId, as role: String = "test", _ settings: PostgresSettings? = nil) throws -> PostgresStore
    {
        let store = try PostgresStore.connect(settings ?? database.settings, for: worker, as: role)
        sessions[worker, default: []].append(store)
        return store
    }

    func kill(_ worker: WorkerId) throws {
        for session in sessions.removeValue(forKey: worker) ?? [] { session.close() }
        // The server notices in its own time.
        while try connection.query(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1", "\(worker) test"
        ).one().get(0, as: Int.self) > 0 {}
    }

    func beginMove(_ route: EventRoute, from partition: Int) throws {
        try connection.execute(
            "INSERT INTO event_route (event, partition, previous, version) VALUES ($1, $2, $3, $4)",
            PostgresUUID(high: route.event.high, low: route.event.low), Int32(route.partition), Int32(partition),
            Int64(route.version))
    }

    func changes(of show: ShowId, after version: UInt64) throws -> [(first: UInt64, line: ChangeLine)] {
        try ChangeHistory.lines(of: show, after: version, on: connection)
    }

    func now() throws -> Time {
        Time(microseconds: try connection.query("SELECT now()").one().get(0, as: Timestamp.self).microseconds)
    }

    func count(_ statement: SQL) throws -> Int { try connection.query(statement).one().get(0) }

    private func close() {
        for session in sessions.values.joined() { session.close() }
        connection.close()
    }
}
