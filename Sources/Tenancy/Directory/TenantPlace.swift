public import Runtime
public import Ticketing

/// Where a tenant's desk is, by the directory.
public struct TenantPlace: Hashable, Sendable {
    public enum Status: Int16, Hashable, Sendable, CaseIterable {
        /// Asked for; its database may not be there yet.
        case requested = 0
        case active = 1
    }

    public var tenant: TenantId
    /// What its host name begins with.
    public var subDomain: String
    public var status: Status
    /// The name of the server that its database is on: see `Stores`.
    public var store: String
    public var database: String
    public var partition: Int
    /// The directory's, when it came to be so.
    public var version: Int64
    public var changedAt: Timestamp

    public init(
        tenant: TenantId, subDomain: String, status: Status, store: String, database: String, partition: Int,
        version: Int64, changedAt: Timestamp
    ) {
        self.tenant = tenant
        self.subDomain = subDomain
        self.status = status
        self.store = store
        self.database = database
        self.partition = partition
        self.version = version
        self.changedAt = changedAt
    }

    public var isActive: Bool { status == .active }
}
