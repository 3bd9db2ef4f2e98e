internal import Postgres
public import Runtime
public import Ticketing
internal import Wire

/// A tenant as it is listed.
public struct TenantRecord: Sendable, Equatable {
    public let id: TenantId
    public let name: String
    public let createdAt: Timestamp
}

/// A key as it is listed: without its secret, which is not known.
public struct KeyRecord: Sendable, Equatable {
    public let id: String
    /// The tenant's name; nil for a key that runs the installation.
    public let tenant: String?
    public let name: String
    public let scopes: [Scope]
    /// Requests a second; nil sets no limit.
    public let rateLimit: Int32?
    public let createdAt: Timestamp
    public let revokedAt: Timestamp?
}

/// What became of a key that shall be taken no more.
public enum Revocation: Sendable, Equatable {
    case revoked
    case wasRevoked(Timestamp)
    case unknown
}

extension TenantStore {
    /// By name.
    public func tenants() throws -> [TenantRecord] {
        try session.query("SELECT id, name, created_at FROM tenant ORDER BY name").compactMap { row in
            let (id, name, createdAt) = try row.decode((String, String, Timestamp).self)
            return TenantId(text: id).map { TenantRecord(id: $0, name: name, createdAt: createdAt) }
        }
    }

    /// The oldest first, revoked ones among them.
    ///
    /// - Parameter tenant: nil for all keys, those that are no tenant's included.
    public func keys(of tenant: TenantId? = nil) throws -> [KeyRecord] {
        try session.query(
            """
            SELECT k.id, t.name, k.name, k.scopes, k.rate_limit, k.created_at, k.revoked_at
            FROM api_key k LEFT JOIN tenant t ON t.id = k.tenant
            WHERE $1::text IS NULL OR k.tenant = $1
            ORDER BY k.created_at, k.id
            """, tenant?.text
        ).map { row in
            let (id, tenant, name, scopes, limit, createdAt, revokedAt) = try row.decode(
                (String, String?, String, [String], Int32?, Timestamp, Timestamp?).self)
            return KeyRecord(
                id: id, tenant: tenant, name: name, scopes: scopes.compactMap(Scope.init), rateLimit: limit,
                createdAt: createdAt, revokedAt: revokedAt)
        }
    }

    /// Takes a key's power for good. Processes that know it ask again within seconds.
    public func revokeKey(_ id: String) throws -> Revocation {
        let revoked = try session.query(
            "UPDATE api_key SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL RETURNING id", id
        ).oneOrNone()
        if revoked != nil { return .revoked }
        let earlier = try session.query("SELECT revoked_at FROM api_key WHERE id = $1", id).oneOrNone()
        guard let earlier else { return .unknown }
        // Between the two statements nobody can have brought it back: nothing does.
        return try earlier.get(0, as: Timestamp?.self).map(Revocation.wasRevoked) ?? .unknown
    }
}
