public import Tenancy
public import Ticketing

/// Who calls: a good key, or the token of a session, and what it allows.
public struct Access: Hashable, Sendable {
    public let keyId: String
    /// Nil for an operator.
    public let tenant: TenantId?
    public let scopes: Set<Scope>
    /// Requests a second; nil sets no limit.
    public let rateLimit: Int?
    /// Where it is no key, but a login.
    public let session: Session?

    public init(
        keyId: String, tenant: TenantId?, scopes: Set<Scope>, rateLimit: Int? = nil, session: Session? = nil
    ) {
        self.keyId = keyId
        self.tenant = tenant
        self.scopes = scopes
        self.rateLimit = rateLimit
        self.session = session
    }

    init(_ session: Session) { self.init(keyId: "", tenant: session.tenant, scopes: [.desk], session: session) }

    init(_ key: APIKey, _ grant: Grant) {
        self.init(
            keyId: key.id, tenant: grant.tenant, scopes: grant.scopes, rateLimit: grant.rateLimit.map { Int($0) })
    }
}
