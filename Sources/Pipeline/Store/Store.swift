public import Sealing
public import Ticketing

/// What a line's workers need to agree on who owns what: one session, used by one thread at a time, every call waits
/// for its answer.
public protocol PoolStore: AnyObject {
    /// What a worker gets with a partition.
    associatedtype Claimed

    /// Says that the worker lives, and tells who else does and who owns what. Also makes the coming weeks' tables, and
    /// now and then throws away what readers were told long ago.
    func beat(_ beat: WorkerBeat) throws(StoreError) -> Neighbourhood
    /// The worker is no more: its partitions and its row are given back.
    func leave(_ worker: WorkerId) throws(StoreError)

    /// Takes those of the partitions that are as the caller saw them, each with an epoch of its own. An owner that is
    /// gone, or frozen, loses its sessions first, so that nothing of it is still to come.
    func claim(_ wanted: [ClaimRequest], for worker: WorkerId) throws(StoreError) -> [Claimed]
    /// Gives back partitions that nothing is left to do for. What is another's by now is left alone.
    func release(_ held: [HeldPartition], by worker: WorkerId) throws(StoreError)
}

/// What the seats line's pipeline needs of a database besides.
///
/// `PostgresStore` is the real one; the simulator has another that fails when it is told to. Both pass the same tests.
public protocol Store: PoolStore where Claimed == Claim {
    /// Everything about an event, unless another partition has it.
    ///
    /// - Parameter time: not before the newest decision about it.
    func load(_ event: EventId, for partition: Int, at time: Time) throws(StoreError) -> LoadedEvent
    /// What was decided about these ids in the week of that time or in the week before.
    func lookUp(_ ids: [CommandId], partition: Int, at time: Time) throws(StoreError) -> [KnownDecision]
    /// Ids of the partition's journal of these two weeks in sequence order, a page at a time.
    func journalIds(partition: Int, from sequence: UInt64, limit: Int, at time: Time) throws(StoreError) -> JournalPage

    /// Writes a group whole or not at all, if every partition still has its batch's epoch, and the batch before.
    func commit(_ group: PreparedGroup) throws(CommitFailure)
    /// Counts an attempt to decide a command alone, before it is made.
    ///
    /// - Returns: how many that makes, or nil when the partition has another epoch by now.
    func recordAttempt(_ id: CommandId, partition: Int, epoch: UInt64) throws(StoreError) -> Int?
}

extension Store {
    /// The same with a group that was not made ready before.
    public func commit(_ group: [SealedBatch]) throws(CommitFailure) { try commit(PreparedGroup(group)) }
}

/// The database did not do it: it may be away, or be asked again later.
public struct StoreError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Code: String, Sendable, Hashable {
        /// The connection was lost, or there is none to be had.
        case unavailable
        /// It answered that it cannot be done.
        case rejected
    }

    public let code: Code
    public let reason: String

    public init(_ code: Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    public var description: String { "\(code.rawValue): \(reason)" }
}

/// Why a group was not committed, or may not have been.
public enum CommitFailure: Error, Sendable, Hashable {
    /// Nothing was written: these partitions have another epoch or another batch by now.
    case fenced([Int])
    /// Nothing was written: the database refused it. Sent again as it is, it is refused again.
    case rejected(String)
    /// Nothing was written: the connection was lost before, or is not there.
    case unavailable(String)
    /// The connection was lost while the commit was under way. Only a claim and a look tell.
    case unknown(String)
}

/// A partition that is the worker's, and where its last owner left it.
public struct Claim: Sendable {
    public var number: Int
    public var epoch: UInt64
    /// Of the newest batch; 0 before the first.
    public var batchNumber: UInt64
    public var batchAt: Time
    public var nextSequence: UInt64
    public var chain: Digest
    /// How many claims there have been, this one included, since a batch was last committed or the partition released.
    public var crashes: Int
    /// The database's clock.
    public var now: Time
    /// When the partition's events have something due.
    public var dues: [DueChange]
    /// Commands that have been tried alone without success, and how often.
    public var attempts: [CommandId: Int]
    /// Whether it has events, or is to have them, that were decided in other partitions: their commands may be known
    /// there.
    public var hasMovedEvents: Bool

    public init(
        number: Int, epoch: UInt64, batchNumber: UInt64, batchAt: Time, nextSequence: UInt64, chain: Digest,
        crashes: Int, now: Time, dues: [DueChange] = [], attempts: [CommandId: Int] = [:], hasMovedEvents: Bool = false
    ) {
        self.number = number
        self.epoch = epoch
        self.batchNumber = batchNumber
        self.batchAt = batchAt
        self.nextSequence = nextSequence
        self.chain = chain
        self.crashes = crashes
        self.now = now
        self.dues = dues
        self.attempts = attempts
        self.hasMovedEvents = hasMovedEvents
    }
}

public enum LoadedEvent: Sendable {
    case event(EventState)
    case missing
    /// It moved here, and its old partition has let go of it: `at` is the time of its last decision there.
    case arrived(EventState, version: UInt64, from: Int, digest: Digest, at: Time)
    /// It moves here, but its old partition has not let go of it yet.
    case arriving
    /// It belongs to another partition.
    case elsewhere(Int)
    /// Its rows contradict each other.
    case broken(String)
}

public struct KnownDecision: Sendable {
    public let id: CommandId
    public let event: EventId
    public let tenant: TenantId
    /// What was asked: the same id with another payload is a mistake of its sender.
    public let payload: [UInt8]
    public let status: Int
    public let reply: [UInt8]

    public init(
        id: CommandId, event: EventId, tenant: TenantId, payload: [UInt8], status: Int, reply: [UInt8]
    ) {
        self.id = id
        self.event = event
        self.tenant = tenant
        self.payload = payload
        self.status = status
        self.reply = reply
    }
}

public struct JournalPage: Sendable {
    public let ids: [CommandId]
    /// Where the next page begins; nil behind the last.
    public let next: UInt64?

    public init(ids: [CommandId], next: UInt64?) {
        self.ids = ids
        self.next = next
    }
}

/// Where an event is decided, if not where its id says.
public struct EventRoute: Sendable, Hashable {
    public let event: EventId
    public let partition: Int
    public let version: UInt64
    public init(event: EventId, partition: Int, version: UInt64) {
        self.event = event
        self.partition = partition
        self.version = version
    }
}
