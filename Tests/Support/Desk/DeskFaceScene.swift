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

    public func partition(of tenant: TenantId) -> Int { desk.partition(of: tenant) }

    /// A program that serves reads, once it knows the tenants.
    package func startQuery() throws -> ShopScene.Process { try shop.startQuery(streamPort: 0) }
}
