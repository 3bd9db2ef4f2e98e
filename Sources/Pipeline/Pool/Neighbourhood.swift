public import Ticketing

/// One worker process.
public struct WorkerId: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let text: String
    public init(_ text: String) { self.text = text }
    public var description: String { text }
    public static func < (left: Self, right: Self) -> Bool { left.text.utf8.lexicographicallyPrecedes(right.text.utf8) }
}

public struct WorkerBeat: Sendable {
    public var worker: WorkerId
    /// A draining worker counts for nothing when partitions are shared out.
    public var isDraining: Bool
    public var owned: Int
    public var decided: UInt64
    public var loadedEvents: Int
    /// Owned partitions that have been seen to work and have nothing to do: their count of crashes starts anew.
    public var healthy: [HeldPartition]

    public init(
        worker: WorkerId, isDraining: Bool = false, owned: Int = 0, decided: UInt64 = 0, loadedEvents: Int = 0,
        healthy: [HeldPartition] = []
    ) {
        self.worker = worker
        self.isDraining = isDraining
        self.owned = owned
        self.decided = decided
        self.loadedEvents = loadedEvents
        self.healthy = healthy
    }
}

public struct HeldPartition: Sendable, Hashable {
    public let number: Int
    public let epoch: UInt64

    public init(number: Int, epoch: UInt64) {
        self.number = number
        self.epoch = epoch
    }
}

/// What a beat told: everything that is needed to agree on who owns what.
public struct Neighbourhood: Sendable {
    /// The database's clock.
    public var now: Time
    /// Workers of the pool that live and do not drain, in order.
    public var members: [WorkerId]
    /// Every partition of the line, spares included, by number.
    public var partitions: [Ownership]
    /// Events that their old partitions have let go of and their new ones have not taken up yet, all of them.
    public var arrivals: [EventRoute]
    /// Somebody asked this worker to go.
    public var shouldDrain: Bool

    public init(
        now: Time, members: [WorkerId], partitions: [Ownership], arrivals: [EventRoute] = [], shouldDrain: Bool = false
    ) {
        self.now = now
        self.members = members
        self.partitions = partitions
        self.arrivals = arrivals
        self.shouldDrain = shouldDrain
    }
}

public struct Ownership: Sendable, Hashable {
    public let number: Int
    public let owner: WorkerId?
    /// Whether the owner lives, draining or not.
    public let isOwnerAlive: Bool
    public let epoch: UInt64
    /// An operator stopped it: it is owned, and decides nothing.
    public let isPaused: Bool

    public init(number: Int, owner: WorkerId?, isOwnerAlive: Bool, epoch: UInt64, isPaused: Bool = false) {
        self.number = number
        self.owner = owner
        self.isOwnerAlive = isOwnerAlive
        self.epoch = epoch
        self.isPaused = isPaused
    }
}

/// A wish to own a partition that was seen with this owner and epoch.
public struct ClaimRequest: Sendable, Hashable {
    public let number: Int
    public let epoch: UInt64
    /// The dead owner, whose sessions have to end first; nil for none, and for the worker itself.
    public let deadOwner: WorkerId?

    public init(number: Int, epoch: UInt64, deadOwner: WorkerId? = nil) {
        self.number = number
        self.epoch = epoch
        self.deadOwner = deadOwner
    }
}
