public import Desk
public import DeskLine
internal import Glibc
public import Pipeline
public import Postgres
internal import RabbitMQ
internal import Runtime
internal import Schema
internal import Sealing
public import Tenancy
public import Ticketing
public import Wire

/// Where the desk line works in a test: a control database, a virtual host with the queues, and the tenants' databases
/// that come of it, all dropped afterwards.
public struct DeskScene: Sendable {
    public let shop: ShopScene
    public let partitions: Int
    public let stores: Stores
    private let seed = [UInt8](repeating: 7, count: SigningKey.seedCount)

    public var database: PostgresSettings { shop.seats.database }
    public var databaseURL: String { shop.seats.databaseURL }
    public var brokerURL: String { shop.seats.brokerURL }

    /// Runs `body` on a thread of its own.
    ///
    /// - Parameter storeURL: another server for the tenants' databases; the name of the store is then “other”.
    public static func with<Value: Sendable>(
        partitions: Int = 4, storeURL: String? = nil, _ body: @escaping @Sendable (DeskScene) throws -> Value
    ) async throws -> Value {
        try await ShopScene.with(partitions: 1, spares: 0, worker: false) { shop in
            let scene = try DeskScene(shop, partitions: partitions, storeURL: storeURL)
            let result = Result { try body(scene) }
            let dropped = Result { try scene.dropDesks() }
            let value = try result.get()
            try dropped.get()
            return value
        }
    }

    private init(_ shop: ShopScene, partitions: Int, storeURL: String?) throws {
        self.shop = shop
        self.partitions = partitions
        stores = try Stores(storeURL.map { "other=\($0)" } ?? "", control: shop.seats.database)
        try prepareLine()
        let broker = try Connection.open(try ConnectionSettings.patient(url: brokerURL))
        defer { broker.close() }
        try declare(on: broker)
    }

    /// Sees that the line is there, as its first worker does.
    public func prepareLine() throws {
        try withConnection { connection in
            try PostgresStore.prepareLine(PostgresControlStore.line, partitions: partitions, spares: 0, on: connection)
        }
    }

    private func dropDesks() throws {
        for (store, name) in try databases() {
            guard let maintenance = stores.maintenance(store: store),
                let connection = try? PostgresConnection.connect(maintenance)
            else { continue }
            defer { connection.close() }
            try connection.run(script: "DROP DATABASE IF EXISTS \(PostgresIdentifier(name)) WITH (FORCE)")
        }
    }

    private func databases() throws -> [(store: String, name: String)] {
        try withConnection { connection in
            try connection.query("SELECT store, database FROM account").map { try $0.decode((String, String).self) }
                .map { (store: $0.0, name: $0.1) }
        }
    }

    // MARK: - Workers

    private static let log =
        ProcessEnvironment.current["TURNSTILE_TEST_LOG"] == nil
        ? Log.none : Log(service: "desk", sink: .standardError(level: .info, format: .text))

    public func parts(_ name: String) throws -> DeskLoop.Parts {
        var options = DeskOptions(worker: WorkerId(name))
        options.partitions = partitions
        options.trustedUsers = ["turnstile"]
        options.hands = 4
        let (database, stores, key) = (database, stores, try SigningKey(seed: seed))
        let migrations = try Self.migrations()
        var parts = DeskLoop.Parts(
            options: options, broker: try ConnectionSettings(url: brokerURL),
            metrics: DeskLoopMetrics(Metrics(), log: Self.log), log: Self.log,
            openControl: { () throws(StoreError) in
                try PostgresControlStore.connect(database, for: WorkerId(name), as: "control", stores: stores)
            },
            openDesk: { visit throws(VisitFailure) in
                try PostgresDeskStore.connect(
                    stores, visit, for: WorkerId(name), silence: .seconds(1), key: key, migrations: migrations)
            })
        parts.prepareBroker = { connection throws(RabbitMQError) in try self.declare(on: connection) }
        return parts
    }

    func declare(on connection: Connection) throws(RabbitMQError) {
        try connection.withChannel { channel throws(RabbitMQError) in
            do throws(TopologyError) {
                try Topology.declare(on: channel, line: Topology.desk, partitions: partitions)
            } catch {
                throw error.cause
            }
        }
    }

    private static func migrations() throws -> [Migration] {
        try Migration.read(folder: "\(Tool.packageFolder)/Config/schema/tenant")
    }

    /// What makes the databases.
    public func startAccounts() throws -> EffectRunner {
        let migrations = try Self.migrations()
        let broker = try ConnectionSettings(url: brokerURL)
        var options = EffectOptions(.accounts)
        options.handlers = 2
        return try EffectRunner(
            options,
            handler: AccountHandler(stores: stores, migrations: migrations, broker: broker), database: database,
            broker: broker, metrics: EffectMetrics(Metrics()), log: Self.log)
    }

    /// Runs `body` beside a worker in this process, which drains afterwards; databases are made meanwhile.
    public func withWorker<Value>(
        _ name: String = "desk-1", _ change: (inout DeskLoop.Parts) -> Void = { _ in },
        _ body: (DeskLoop) throws -> Value
    ) throws -> Value {
        var parts = try parts(name)
        change(&parts)
        let loop = try DeskLoop(parts)
        let accounts = try startAccounts()
        defer {
            loop.drain()
            precondition(loop.wait(for: .seconds(60)), "the worker does not drain")
            _ = accounts.stop(within: .seconds(10))
        }
        try waitUntil("the worker owns its partitions") { try owned(by: name) > 0 }
        return try body(loop)
    }

    /// Starts the program, as the supervisor does.
    package func startProcess(_ environment: [String: String] = [:]) throws -> Tool.Running {
        var all = [
            "TURNSTILE_POSTGRES_URL": shop.seats.databaseURL, "TURNSTILE_RABBITMQ_URL": brokerURL,
            "TURNSTILE_DESK_SIGNING_SEED": Hex.encode(seed), "TURNSTILE_DESK_PARTITIONS": "\(partitions)",
            "TURNSTILE_DESK_SCHEMA": "\(Tool.packageFolder)/Config/schema/tenant",
        ]
        all.merge(environment) { $1 }
        return try Tool.start(try Tool.built("turnstile-desk"), environment: all)
    }

    // MARK: - Tenants

    public struct Tenant: Sendable {
        public let id: TenantId
        /// What a session of it shows.
        public let token: String
    }

    /// Tenants whose accounts are ready, made by a worker that ends with it.
    public func addTenants(_ count: Int) throws -> [Tenant] {
        try withWorker("maker") { _ in try makeTenants(count) }
    }

    /// The same beside a worker that runs.
    public func makeTenants(_ count: Int) throws -> [Tenant] {
        let producer = try producer(named: "accounts")
        defer { producer.close() }
        let accounts = (0..<count).map { DeskCommands.account("tenant-\($0)", from: producer) }
        for account in accounts { try producer.send([account]) }
        return try accounts.map { account in
            let reply = try producer.reply(to: account.id)
            guard reply.status == 201 else { throw TestBrokerError(reply.text) }
            return Tenant(id: account.tenant, token: try Self.token(of: account.tenant))
        }
    }

    /// What a login would be answered by the programs that `ShopScene` starts.
    public static func token(of tenant: TenantId) throws -> String {
        let key = try HMACKey([UInt8](repeating: 0x11, count: 32))
        return SessionSeal(key).text(Session(of: tenant, at: SystemTime().wall, lasting: .seconds(3_600)))
    }

    public func partition(of tenant: TenantId) -> Int { Keys.partition(of: tenant, among: partitions) }

    public func producer(named name: String = "ingress-1") throws -> LineProducer {
        try LineProducer(at: brokerURL, exchange: Topology.desk, partitions: partitions, named: name) {
            connection throws(RabbitMQError) in try self.declare(on: connection)
        }
    }

    // MARK: - Looking

    public func withConnection<Value>(_ body: (PostgresConnection) throws -> Value) throws -> Value {
        let connection = try PostgresConnection.connect(database)
        defer { connection.close() }
        return try body(connection)
    }

    public func count(_ statement: SQL) throws -> Int {
        try withConnection { Int(try $0.query(statement).one().get(0, as: Int64.self)) }
    }

    /// The same in a tenant's database.
    public func count(_ statement: SQL, in tenant: TenantId) throws -> Int {
        try withDesk(of: tenant) { Int(try $0.query(statement).one().get(0, as: Int64.self)) }
    }

    /// Lines of these tenants' journals.
    public func journaled(_ tenants: [Tenant]) throws -> Int {
        try tenants.reduce(0) { try $0 + count("SELECT count(*) FROM journal", in: $1.id) }
    }

    public func withDesk<Value>(
        of tenant: TenantId, _ body: (PostgresConnection) throws -> Value
    ) throws -> Value {
        let connection = try PostgresConnection.connect(try settings(of: tenant))
        defer { connection.close() }
        return try body(connection)
    }

    public func settings(of tenant: TenantId) throws -> PostgresSettings {
        let id = PostgresUUID(high: tenant.high, low: tenant.low)
        let (store, name) = try withConnection {
            try $0.query("SELECT store, database FROM account WHERE tenant = $1", id).one()
                .decode((String, String).self)
        }
        guard let settings = stores.settings(store: store, database: name) else {
            throw TestBrokerError("no store \(store)")
        }
        return settings
    }

    public func owned(by worker: String) throws -> Int {
        try withConnection {
            Int(
                try $0.query("SELECT count(*) FROM partition WHERE line = 'desk' AND owner = $1", worker).one()
                    .get(0, as: Int64.self))
        }
    }

    public func waitUntil(
        _ what: String, within patience: Duration = .seconds(60), _ isTrue: () throws -> Bool
    ) throws {
        let time = SystemTime()
        let deadline = time.monotonic + patience
        while !(try isTrue()) {
            guard time.monotonic < deadline else { throw TestBrokerError("not within \(patience): \(what)") }
            usleep(5_000)
        }
    }
}

/// Commands to desks, each with an id of its own.
public enum DeskCommands {
    public static func id() -> CommandId {
        CommandId(high: .random(in: 0 ... .max) & ~0xF000 | 0x7000, low: .random(in: 0 ... .max))
    }

    /// The request for an account; its id is the tenant's, too.
    public static func account(_ subDomain: String, from producer: LineProducer) -> DeskWireCommand {
        let id = id()
        return DeskWireCommand(
            id: id, tenant: TenantId(ofAccountRequestedBy: id),
            order: .request(RequestAccount(subDomain: DeskName(subDomain))), replyTo: producer.name)
    }

    public static func ticket(
        _ kind: DeskName = "GOLD", of tenant: TenantId, from producer: LineProducer, id: CommandId? = nil
    ) -> DeskWireCommand {
        command(.createTicket(class: kind), of: tenant, from: producer, id: id)
    }

    public static func command(
        _ command: DeskCommand, of tenant: TenantId, from producer: LineProducer, id: CommandId? = nil
    ) -> DeskWireCommand {
        DeskWireCommand(id: id ?? self.id(), tenant: tenant, order: .existing(command), replyTo: producer.name)
    }
}
