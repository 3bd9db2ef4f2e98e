public import Postgres
internal import Sealing
public import Ticketing
internal import Wire

/// Tenants and their keys, in the control database.
public struct TenantStore {
    let session: any PostgresSession

    public init(_ session: any PostgresSession) {
        self.session = session
    }

    /// The id of the tenant of that name, or nil.
    public func tenant(named name: String) throws -> TenantId? {
        let text: String? = try session.query("SELECT id FROM tenant WHERE name = $1", name).oneOrNone()?.get(0)
        return text.flatMap { TenantId(text: $0) }
    }

    /// - Returns: the new tenant's id.
    /// - Throws: a unique violation when the name is taken.
    public func createTenant(named name: String) throws -> TenantId {
        var random = SecureRandom()
        let id = TenantId(high: random.next(), low: random.next())
        try session.execute("INSERT INTO tenant (id, name) VALUES ($1, $2)", id.text, name)
        return id
    }

    /// Makes a key and stores its hash.
    ///
    /// - Parameters:
    ///   - tenant: nil for a key that operates the installation.
    ///   - rateLimit: requests a second; nil sets none.
    /// - Returns: the key, which cannot be had again.
    public func createKey(
        named name: String, of tenant: TenantId?, scopes: [Scope], rateLimit: Int32? = nil
    ) throws -> APIKey {
        let key = APIKey.make()
        try session.execute(
            """
            INSERT INTO api_key (id, tenant, name, scopes, secret_hash, rate_limit)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            key.id, tenant?.text, name, scopes.map(\.rawValue), key.secretHash, rateLimit)
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
        return Grant(
            tenant: tenant.flatMap { TenantId(text: $0) }, scopes: Set(scopes.compactMap(Scope.init)),
            rateLimit: rateLimit)
    }

    /// Those of these keys that are still good.
    public func unrevoked(_ ids: [String]) throws -> Set<String> {
        let rows = try session.query("SELECT id FROM api_key WHERE id = ANY ($1) AND revoked_at IS NULL", ids)
        return Set(try rows.map { try $0.get(0, as: String.self) })
    }
}
