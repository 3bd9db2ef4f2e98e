internal import Postgres
public import Ticketing

/// The desk line with the programs that serve it over HTTP, and accounts to try them with.
///
///     try await DeskFaceScene.with { scene in
///         let ingress = try scene.shop.startIngress()
///         let client = ShopClient(port: ingress.port, key: scene.tenants[0].token)
public struct DeskFaceScene: Sendable {
    public let desk: DeskScene
    public let tenants: [DeskScene.Tenant]
    /// Which starts the programs.
    public var shop: ShopScene { desk.shop }

    /// Runs `body` on a thread of its own, beside a worker in this process unless it wants none.
    public static func with<Value: Sendable>(
        tenants count: Int = 2, worker: Bool = true, storeURL: String? = nil,
        _ body: @escaping @Sendable (DeskFaceScene) throws -> Value
    ) async throws -> Value {
        try await DeskScene.with(storeURL: storeURL) { desk in
            // One makes the accounts, and goes.
            guard worker else { return try body(DeskFaceScene(desk: desk, tenants: try desk.addTenants(count))) }
            return try desk.withWorker { _ in
                try body(DeskFaceScene(desk: desk, tenants: try desk.makeTenants(count)))
            }
        }
    }

    /// The same with the first of two tenants' databases behind a proxy that can be frozen, as its server would be.
    ///
    /// - Parameter body: gets the settings of a program that finds both.
    public static func withProxy(
        _ body: @escaping @Sendable (DeskFaceScene, FaultProxy, _ stores: [String: String]) throws -> Void
    ) async throws {
        let postgres = try TestServers.require().postgres
        guard let host = try PostgresSettings(postgres).hosts.first else { throw TestBrokerError("no server") }
        let proxy = try FaultProxy(to: UInt16(host.port))
        let url = postgres.replacing(#/:[0-9]+\//#, with: ":\(proxy.port)/")
        try await with(worker: false, storeURL: url) { scene in
            defer { proxy.forward() }
            // Both are on one server, which has two names. The worker begins afterwards: one that had found the second
            // under the first name would go on there.
            let second = scene.tenants[1].id
            try scene.desk.withConnection {
                _ = try $0.execute(
                    "UPDATE account SET store = 'main', version = next_directory_version() WHERE tenant = $1",
                    PostgresUUID(high: second.high, low: second.low))
            }
            try scene.desk.withWorker { _ in try body(scene, proxy, ["TURNSTILE_DESK_STORES": "other=\(url)"]) }
        }
    }

    public func partition(of tenant: TenantId) -> Int { desk.partition(of: tenant) }

    /// A program that serves reads, once it knows the tenants.
    package func startQuery() throws -> ShopScene.Process { try shop.startQuery(streamPort: 0) }
}
