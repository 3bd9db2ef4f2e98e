internal import Pipeline
public import Postgres
internal import RabbitMQ
internal import Runtime
internal import Schema
internal import Sealing
internal import Tenancy
public import Ticketing
internal import Wire

/// The desk line as its faces see it: queues on the broker, and tenants with databases of their own. What is decided,
/// a `DeskDouble` decides, where a test wants one.
public struct DeskScene: Sendable {
    public let shop: ShopScene
    private let databases = Lock<[TestDatabase]>([])

    public static let partitions = 4

    public struct Tenant: Sendable {
        public let id: TenantId
        public let database: PostgresSettings
        /// What a session of it shows.
        public let token: String
    }

    public static func with<Value: Sendable>(
        _ body: @escaping @Sendable (DeskScene) throws -> Value
    ) async throws -> Value {
        try await ShopScene.with(worker: false) { shop in
            let scene = try DeskScene(shop)
            let result = Result { try body(scene) }
            for database in scene.databases.withLock({ $0 }) { try database.drop() }
            return try result.get()
        }
    }

    private init(_ shop: ShopScene) throws {
        self.shop = shop
        try shop.seats.withConnection {
            _ = try $0.execute("INSERT INTO line (name, partitions, spares) VALUES ('desk', $1, 0)", Self.partitions)
        }
        let broker = try Connection.open(try ConnectionSettings.patient(url: shop.seats.brokerURL))
        defer { broker.close() }
        try broker.withChannel { channel throws(RabbitMQError) in
            do throws(TopologyError) {
                try Topology.declare(on: channel, line: Topology.desk, partitions: Self.partitions)
            } catch {
                throw error.cause
            }
        }
    }

    public func partition(of tenant: TenantId) -> Int {
        Keys.partition(of: EventId(high: tenant.high, low: tenant.low), among: Self.partitions)
    }

    // MARK: tenants

    /// A tenant whose account is ready.
    public func addTenant(_ number: UInt64, store: String = "main") throws -> Tenant {
        let id = TenantId(high: 0x0198_0000_0000_7000, low: 0x8000_0000_0000_0000 | number)
        try request(id, subDomain: "tenant-\(number)", store: store)
        return try makeReady(id)
    }

    /// An account that was asked for, and whose database is not there yet.
    public func request(_ id: TenantId, subDomain: String, store: String = "main") throws {
        let database = try TestDatabase()
        databases.withLock { $0.append(database) }
        try shop.seats.withConnection {
            _ = try $0.execute(
                """
                INSERT INTO account (
                    tenant, sub_domain, store, database, partition, command, payload, requested_at, version)
                VALUES ($1, $2, $3, $4, $5, $1, '', now(), next_directory_version())
                """, PostgresUUID(high: id.high, low: id.low), subDomain, store, database.name, partition(of: id))
        }
    }

    /// Its database is made.
    public func makeReady(_ id: TenantId) throws -> Tenant {
        let uuid = PostgresUUID(high: id.high, low: id.low)
        let name: String = try shop.seats.withConnection {
            try $0.query("SELECT database FROM account WHERE tenant = $1", uuid).one().get(0)
        }
        var settings = shop.seats.database
        settings.database = name
        let connection = try PostgresConnection.connect(settings)
        defer { connection.close() }
        let migrations = try Migration.read(folder: "\(Tool.packageFolder)/Config/schema/tenant")
        _ = try Migrator.migrate(connection, to: migrations)
        try connection.execute("SELECT prepare_weeks()")
        try shop.seats.withConnection {
            _ = try $0.execute(
                """
                UPDATE account SET status = 1, activated_at = now(), version = next_directory_version(),
                    changed_at = clock_timestamp()
                WHERE tenant = $1
                """, uuid)
        }
        return Tenant(id: id, database: settings, token: try Self.token(of: id))
    }

    /// What a login would be answered.
    public static func token(of tenant: TenantId) throws -> String {
        let key = try HMACKey([UInt8](repeating: 0x11, count: 32))
        return SessionSeal(key).text(Session(of: tenant, at: SystemTime().wall, lasting: .seconds(3_600)))
    }

    public func withConnection<Value>(
        to tenant: Tenant, _ body: (PostgresConnection) throws -> Value
    ) throws -> Value {
        let connection = try PostgresConnection.connect(tenant.database)
        defer { connection.close() }
        return try body(connection)
    }
}
