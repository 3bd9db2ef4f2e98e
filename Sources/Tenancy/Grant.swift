public import Ticketing

/// What the holder of a key may do.
public struct Grant: Sendable, Equatable {
    /// Nil for an operator.
    public let tenant: TenantId?
    public let scopes: Set<Scope>
    /// Requests a second; nil sets no limit.
    public let rateLimit: Int32?

    public init(tenant: TenantId?, scopes: Set<Scope>, rateLimit: Int32?) {
        self.tenant = tenant
        self.scopes = scopes
        self.rateLimit = rateLimit
    }
}
