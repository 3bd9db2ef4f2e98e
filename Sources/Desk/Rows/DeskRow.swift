/// A tenant's desk, without its tickets.
public struct DeskRow: Hashable, Sendable {
    public var tenant: DeskTenantId
    public var subDomain: DeskName
    public var status: AccountStatus
    /// Where its database is, once it is there.
    public var store: DeskName?
    public var settings: DeskSettings
    /// Nothing begins earlier, though an agent has no work: it was given back in the minute before, or the minute has
    /// begun for some tickets only.
    public var notBefore: DeskTime

    public init(
        tenant: DeskTenantId, subDomain: DeskName, status: AccountStatus, store: DeskName? = nil,
        settings: DeskSettings, notBefore: DeskTime
    ) {
        self.tenant = tenant
        self.subDomain = subDomain
        self.status = status
        self.store = store
        self.settings = settings
        self.notBefore = notBefore
    }
}

public enum AccountStatus: UInt8, Hashable, Sendable {
    case requested = 0
    case active = 1
}

/// A ticket, or a slot that is kept for one.
public struct TicketRow: Hashable, Sendable {
    public var id: DeskTicketId
    public var kind: DeskName
    public var status: TicketStatus
    /// When the promise was made.
    public var createdAt: DeskTime
    public var resolveBy: DeskTime
    /// When it became a ticket; nil while its slot is only kept.
    public var openedAt: DeskTime?
    /// When the work begins, or began: while it waits under `DeskPlacement.deadline`, as it was told.
    public var startsAt: DeskTime
    /// From 0; set when the work begins.
    public var agent: Int?
    /// When its slot lapses, its work will be over, or it ended; nil while it waits.
    public var endsAt: DeskTime?

    public init(
        id: DeskTicketId, kind: DeskName, status: TicketStatus, createdAt: DeskTime, resolveBy: DeskTime,
        openedAt: DeskTime? = nil, startsAt: DeskTime, agent: Int? = nil, endsAt: DeskTime? = nil
    ) {
        self.id = id
        self.kind = kind
        self.status = status
        self.createdAt = createdAt
        self.resolveBy = resolveBy
        self.openedAt = openedAt
        self.startsAt = startsAt
        self.agent = agent
        self.endsAt = endsAt
    }
}

public enum TicketStatus: UInt8, Hashable, Sendable {
    /// Its slot is kept, and no ticket yet.
    case held = 0
    case open = 1
    /// An agent works on it.
    case working = 2
    case resolved = 3
    case cancelled = 4
    /// The slot was kept and not taken.
    case lapsed = 5

    /// Whether it has a promise that is still to be kept.
    var isLive: Bool { self == .held || self == .open || self == .working }
    var isWaiting: Bool { self == .held || self == .open }
}

/// A stored row. A desk's rows, its own first, make its state: see `DeskLoader`.
public enum DeskStoredRow: Hashable, Sendable {
    case desk(DeskRow)
    case ticket(TicketRow)
}
