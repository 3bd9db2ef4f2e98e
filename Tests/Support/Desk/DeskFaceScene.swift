internal import Pipeline
internal import Postgres
internal import Runtime
internal import Sealing
internal import Tenancy
public import Ticketing
internal import Wire

/// The desk line with the programs that serve it over HTTP, and accounts to try them with.
///
///     try await DeskFaceScene.with { scene in
///         let ingress = try scene.shop.startIngress()
///         let client = ShopClient(port: ingress.port, key: scene.tenants[0].token)
public struct DeskFaceScene: Sendable {
    public let desk: DeskScene
    /// Which starts the programs.
    public let shop: ShopScene
    public let tenants: [Tenant]

    public struct Tenant: Sendable {
        public let id: TenantId
        /// What a session of it shows.
        public let token: String
    }

    /// Runs `body` on a thread of its own, beside a worker in this process unless it wants none.
    public static func with<Value: Sendable>(
        tenants count: Int = 2, worker: Bool = true, storeURL: String? = nil,
        _ body: @escaping @Sendable (DeskFaceScene) throws -> Value
    ) async throws -> Value {
        try await DeskScene.with(storeURL: storeURL) { desk in
            let seats = try SeatsScene(
                database: desk.database, databaseURL: desk.databaseURL, brokerURL: desk.brokerURL)
            let shop = try ShopScene(seats)
            func scene() throws -> DeskFaceScene {
                DeskFaceScene(desk: desk, shop: shop, tenants: try (0..<count).map { try makeTenant($0, desk) })
            }
            guard worker else {
                // One makes the accounts, and goes.
                return try body(try desk.withWorker { _ in try scene() })
            }
            return try desk.withWorker { _ in try body(try scene()) }
        }
    }

    /// The same with the first of two tenants' databases behind a proxy that can be frozen, as its server would be.
    public static func withProxy(
        _ body: @escaping @Sendable (DeskFaceScene, FaultProxy, _ stores: [String: String]) throws -> Void
    ) async throws {
        let postgres = try TestServers.require().postgres
        guard let host = try PostgresSettings(postgres).hosts.first else { throw TestBrokerError("no server") }
        let proxy = try FaultProxy(to: UInt16(host.port))
        let url = postgres.replacing(#/:[0-9]+\//#, with: ":\(proxy.port)/")
        try await with(storeURL: url) { scene in
            defer { proxy.forward() }
            // Both are on one server, which has two names.
            let second = scene.tenants[1].id
            try scene.desk.withConnection {
                _ = try $0.execute(
                    "UPDATE account SET store = 'main', version = next_directory_version() WHERE tenant = $1",
                    PostgresUUID(high: second.high, low: second.low))
            }
            try body(scene, proxy, ["TURNSTILE_DESK_STORES": "other=\(url)"])
        }
    }

    private static func makeTenant(_ number: Int, _ desk: DeskScene) throws -> Tenant {
        let producer = try desk.producer(named: "scene-\(number)")
        defer { producer.close() }
        let account = DeskCommands.account("tenant-\(number)", from: producer)
        let reply = try producer.ask(account)
        guard reply.status == 201 else { throw TestBrokerError("no account: \(reply.text)") }
        return Tenant(id: account.tenant, token: try token(of: account.tenant))
    }

    /// What a login would be answered by the programs that `ShopScene` starts.
    public static func token(of tenant: TenantId) throws -> String {
        let key = try HMACKey([UInt8](repeating: 0x11, count: 32))
        return SessionSeal(key).text(Session(of: tenant, at: SystemTime().wall, lasting: .seconds(3_600)))
    }

    public func partition(of tenant: TenantId) -> Int { Keys.partition(of: tenant, among: desk.partitions) }

    /// A program that serves reads, once it knows the tenants.
    package func startQuery() throws -> ShopScene.Process {
        try shop.startQuery(streamPort: 0)
    }
}
