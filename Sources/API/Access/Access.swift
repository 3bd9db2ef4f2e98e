public import Tenancy
public import Ticketing

/// Who calls: a good key and what it allows.
public struct Access: Hashable, Sendable {
    public let keyId: String
    /// Nil for an operator.
    public let tenant: TenantId?
    public let scopes: Set<Scope>
    /// Requests a second; nil sets no limit.
    public let rateLimit: Int?

    public init(keyId: String, tenant: TenantId?, scopes: Set<Scope>, rateLimit: Int? = nil) {
        self.keyId = keyId
        self.tenant = tenant
        self.scopes = scopes
        self.rateLimit = rateLimit
    }

    init(_ key: APIKey, _ grant: Grant) {
        self.init(
            keyId: key.id, tenant: grant.tenant, scopes: grant.scopes, rateLimit: grant.rateLimit.map { Int($0) })
    }
}
