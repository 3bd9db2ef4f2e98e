public import Ticketing

/// Who knows where tenants are, and answers at once: the directory, or a test's stand-in.
public protocol TenantLookup: Sendable {
    subscript(tenant: TenantId) -> TenantPlace? { get }
    func place(subDomain: String) -> TenantPlace?
    /// Before that, nothing can be said of anybody.
    var isLoaded: Bool { get }
}
