public import Postgres
internal import Sealing

/// Tenants and their keys, in the control database.
public struct TenantStore {
    private let session: any PostgresSession

    public init(_ session: any PostgresSession) {
        self.session = session
    }

    /// The id of the tenant of that name, or nil.
    public func tenant(named name: String) throws -> String? {
        try session.query("SELECT id FROM tenant WHERE name = $1", name).oneOrNone()?.get(0)
    }

    /// - Returns: the new tenant's id.
    /// - Throws: a unique violation when the name is taken.
    public func createTenant(named name: String) throws -> String {
        let id = RandomID.make(prefix: "tnt")
        try session.execute("INSERT INTO tenant (id, name) VALUES ($1, $2)", id, name)
        return id
    }

    /// Makes a key and stores its hash.
    ///
    /// - Parameters:
    ///   - tenant: nil for a key that operates the installation.
    ///   - rateLimit: requests a second; nil sets none.
    /// - Returns: the key, which cannot be had again.
    public func createKey(
        named name: String, of tenant: String?, scopes: [Scope], rateLimit: Int32? = nil
    ) throws -> APIKey {
        let key = APIKey.make()
        try session.execute(
            """
            INSERT INTO api_key (id, tenant, name, scopes, secret_hash, rate_limit)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            key.id, tenant, name, scopes.map(\.rawValue), key.secretHash, rateLimit)
        return key
    }

    /// What a key allows, or nil when there is no such key, its secret is another or it was revoked.
    public func grant(for key: APIKey) throws -> Grant? {
        let row = try session.query(
            "SELECT tenant, scopes, rate_limit, secret_hash FROM api_key WHERE id = $1 AND revoked_at IS NULL", key.id
        ).oneOrNone()
        guard let row else { return nil }
        let (tenant, scopes, rateLimit, hash) = try row.decode((String?, [String], Int32?, [UInt8]).self)
        guard ConstantTime.equal(hash, key.secretHash) else { return nil }
        return Grant(tenant: tenant, scopes: Set(scopes.compactMap(Scope.init)), rateLimit: rateLimit)
    }
}

/// What the holder of a key may do.
public struct Grant: Sendable, Equatable {
    /// Nil for an operator.
    public let tenant: String?
    public let scopes: Set<Scope>
    /// Requests a second; nil sets no limit.
    public let rateLimit: Int32?
}
