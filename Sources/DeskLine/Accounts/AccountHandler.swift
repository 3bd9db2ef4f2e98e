internal import Desk
public import Pipeline
internal import Postgres
public import RabbitMQ
internal import Runtime
public import Schema
public import Tenancy
internal import Ticketing
internal import Wire

/// Makes tenants' databases: `CREATE DATABASE` runs in no transaction, so it is an effect, and may be done again at any
/// point. When it is there, the tenant's partition is told.
public struct AccountHandler: EffectHandler {
    private let stores: Stores
    private let migrations: [Migration]
    private let broker: ConnectionSettings

    public init(stores: Stores, migrations: [Migration], broker: ConnectionSettings) {
        self.stores = stores
        self.migrations = migrations
        self.broker = broker
    }

    public func perform(_ request: EffectRequest) throws -> EffectResult {
        guard let wish = CreateDatabase(json: request.body) else { return .never("the effect cannot be read") }
        guard let maintenance = stores.maintenance(store: wish.store),
            let settings = stores.settings(store: wish.store, database: wish.database)
        else { return .later("the store “\(wish.store)” is not among desk.stores") }
        try create(wish.database, maintenance)
        try prepare(settings, partition: request.partition)
        var line: [UInt8] = []
        DeskWireCommand(
            id: request.commandId(0), tenant: request.tenant,
            order: .existing(.accountReady(store: DeskName(wish.store))), trace: request.trace
        ).appendLine(to: &line)
        try OneMessage.publish(
            line, to: Topology.desk, by: Topology.routingKey(partition: request.partition), at: broker)
        return .done
    }

    private func create(_ database: String, _ settings: PostgresSettings) throws {
        let connection = try PostgresConnection.connect(settings)
        defer { connection.close() }
        let isThere: Bool = try connection.query(
            "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", database
        ).one().get(0)
        if isThere { return }
        do throws(PostgresError) {
            // Nobody connects to this template, so nobody is in the way.
            try connection.run(
                script: "CREATE DATABASE \(PostgresIdentifier(database)) TEMPLATE template0 ENCODING 'UTF8'")
        } catch {
            // Another attempt at the same was faster.
            guard error.sqlState == SQLState("42P04") else { throw error }
        }
    }

    private func prepare(_ settings: PostgresSettings, partition: Int) throws {
        let connection = try PostgresConnection.connect(settings)
        defer { connection.close() }
        _ = try Migrator.migrate(connection, to: migrations)
        try connection.transaction { transaction in
            try transaction.execute(
                "INSERT INTO line (name, partitions, spares) VALUES ('desk', 1, 0) ON CONFLICT DO NOTHING")
            try transaction.execute(
                "INSERT INTO partition (line, number) VALUES ('desk', $1) ON CONFLICT DO NOTHING", Int32(partition))
            try transaction.execute("SELECT prepare_weeks()")
        }
    }
}
