internal import Postgres
internal import Runtime
internal import Schema

/// The database in which an installation keeps everything but its desk tenants' tickets.
struct ControlDatabase {
    let server: PostgresServer
    let settings: PostgresSection

    /// Creates the database if it is not there, brings it to the newest schema and sees that the demo tenant has keys.
    ///
    /// - Parameter keys: those that were made before.
    /// - Returns: the demo tenant's keys, and whether the tenant is new.
    func bringUp(
        schema: String, keys: RunFile.Keys?
    ) throws(SetupError) -> (keys: RunFile.Keys, isNewTenant: Bool) {
        do {
            try create()
            let migrations = try Migration.read(folder: schema)
            return try withConnection(to: PostgresServer.database) { connection in
                _ = try Migrator.migrate(connection, to: migrations)
                if let keys, try DemoTenant.knows(keys, connection) { return (keys, false) }
                return try DemoTenant.create(connection)
            }
        } catch {
            throw SetupError("cannot bring the database to its schema: \(error)")
        }
    }

    private func create() throws {
        try withConnection(to: "postgres") { connection in
            let exists = try connection.query(
                "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", PostgresServer.database
            ).one().get(0, as: Bool.self)
            guard !exists else { return }
            try connection.execute("CREATE DATABASE \(PostgresIdentifier(PostgresServer.database))")
        }
    }

    private func withConnection<Value>(
        to database: String, _ body: (PostgresConnection) throws -> Value
    ) throws -> Value {
        var wanted = try PostgresSettings(settings, url: server.url(database: database))
        // A migration may rewrite a large table, and waits for another that is at work.
        wanted.statementTimeout = nil
        wanted.lockTimeout = nil
        wanted.responseTimeout = .seconds(3600)
        let connection = try PostgresConnection.connect(wanted)
        defer { connection.close() }
        return try body(connection)
    }
}
