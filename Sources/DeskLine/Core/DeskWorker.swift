internal import Desk
internal import Pipeline
public import Runtime
internal import Ticketing
internal import Wire

/// A worker of the desk line without threads, servers or clocks: what happens goes in, what has to be done comes out.
/// The real loop and the simulator drive the same code.
///
/// It owns partitions; each has tenants, each tenant a lane of its own. A lane that has something to do gets in line,
/// and is served in its turn with one visit to its tenant's database: to open the desk, to look ids up, or to commit a
/// batch of decisions. So the commands that come while it waits for its turn are decided together, nobody's are decided
/// ahead of all others', and a database that does not answer holds up its own tenant.
public final class DeskWorker {
    public let options: DeskOptions
    /// When it wants to be woken at the latest, whatever else happens.
    public private(set) var nextWake: MonotonicTime
    /// Set once `DeskOutput.leave` is out: there is nothing more to do.
    public internal(set) var hasLeft = false
    public internal(set) var statistics = Statistics()

    /// By partition's number; nil where the partition is not the worker's.
    var partitions: [DeskPartition?] = []
    var decoder = DeskDecoder()
    var outputs: [DeskOutput] = []
    var letters = DeskLetters()

    /// Those who want to be served, in their order: who has a session, or is away; who needs a session first; and those
    /// for whom nobody waits.
    var line = Fifo<(partition: DeskPartition, lane: TenantLane)>()
    var coldLine = Fifo<(partition: DeskPartition, lane: TenantLane)>()
    var backLine = Fifo<(partition: DeskPartition, lane: TenantLane)>()
    /// The next place is one's for whom nobody waits.
    var isBacksTurn = false
    /// The newest visit began with a new session.
    var wasCold = false
    var sessions: KeptSessions
    /// Those that have lost their places, to be closed with the next visit.
    var displaced: [SessionName] = []
    var visits = 0
    /// Those of them that begin with a new session: few, so that those who have one do not wait for those who have
    /// none.
    var coldVisits: Set<UInt64> = []
    /// Those of them that go to databases that have not answered lately: half of the hands at most, so that others'
    /// are never all waited for.
    var awayVisits: Set<UInt64> = []
    var visitNumber: UInt64 = 0
    var stores = StoreWatch()
    /// Errands that are under way, by what they keep waiting; a partition is given back behind them.
    var errands: [Int: Int] = [:]
    var retries: [(at: MonotonicTime, errand: Errand)] = []

    var channelSerial: UInt64 = 0
    var pool: Membership
    var nextEviction: MonotonicTime
    var footprint = 0
    /// Attempts that this process has written down and of which nothing has been heard: as long as it lives they have
    /// done no harm, and are not counted again.
    var recorded: Set<CommandId> = []

    public struct Statistics: Sendable {
        public var decided: UInt64 = 0
        public var fellDue: UInt64 = 0
        public var replayed: UInt64 = 0
        public var parked: UInt64 = 0
        public var batches: UInt64 = 0
        public var failedBatches: UInt64 = 0
        public var opened: UInt64 = 0
        public var spilled: UInt64 = 0
        public var refusedSpills: UInt64 = 0
        public var evictions: UInt64 = 0
        /// Sessions that were closed for want of room.
        public var displacedSessions: UInt64 = 0
        public var lostPartitions: UInt64 = 0
        /// Promises that were not kept: by construction none.
        public var limitsInDanger: UInt64 = 0
    }

    public init(options: DeskOptions, at now: MonotonicTime) {
        self.options = options
        nextWake = now
        pool = Membership(
            options.worker, beating: options.beatInterval, clockTolerance: options.clockTolerance,
            database: "the control database", at: now)
        nextEviction = now
        sessions = KeptSessions(bound: max(options.connections, options.hands))
    }

    /// Partitions that it decides now.
    public var owned: Int { partitions.reduce(0) { $0 + ($1?.phase == .owned ? 1 : 0) } }
    /// Desks in memory.
    public var loaded: Int {
        partitions.reduce(0) { $0 + ($1?.tenants.values.count { $0.state != nil } ?? 0) }
    }
    public var loadedBytes: Int { footprint }
    /// Sessions with tenants' databases.
    public var keptSessions: Int { sessions.count }
    /// Commands that are here and not answered.
    public var waiting: Int { partitions.reduce(0) { $0 + ($1?.items.count ?? 0) } }
    /// Tenants whose databases do not answer.
    public var away: Int {
        partitions.reduce(0) { $0 + ($1?.tenants.values.count { $0.awaySince != nil } ?? 0) }
    }
    /// Commands that are kept until their tenants' databases are back.
    public var spilled: Int {
        partitions.reduce(0) { $0 + ($1?.tenants.values.reduce(0) { $0 + $1.spilled } ?? 0) }
    }

    /// What keeps it from its work, in words for `/readyz`; empty where nothing does.
    public var complaints: [String] { pool.complaints }

    /// - Returns: what has to be done, in this order.
    public func step(_ input: DeskInput, at now: MonotonicTime) -> [DeskOutput] {
        guard !hasLeft else { return [] }
        switch input {
        case .woken: break
        case .beat(let neighbourhood): beat(neighbourhood, at: now)
        case .beatFailed(let error):
            pool.beatEnds()
            databaseFailed(error, at: now)
        case .claimed(let wanted, let claims): claimed(wanted, claims, at: now)
        case .claimFailed(let wanted, let error):
            pool.isAnswered(about: wanted)
            databaseFailed(error, at: now)
        case .released(let numbers): pool.isAnswered(about: numbers)
        case .releaseFailed(let numbers, let error):
            pool.isAnswered(about: numbers)
            databaseFailed(error, at: now)
        case .delivered(let arrivals): deliver(arrivals, at: now)
        case .channelEnded(let channel, let reason): channelEnded(channel, reason, at: now)
        case .visited(let visit, let outcome): visited(visit, outcome, at: now)
        case .ran(let errand, let outcome): ran(errand, outcome, at: now)
        case .errandFailed(let errand, let error): errandFailed(errand, error, at: now)
        case .drain: startDraining()
        }
        doWhatIsTimely(at: now)
        serve(at: now)
        tell()
        finishLeaving()
        nextWake = wakeTime(at: now)
        defer { outputs = [] }
        return outputs
    }

    /// The partition, if it is still as it was when the question was asked.
    func partition(_ number: Int, _ epoch: UInt64) -> DeskPartition? {
        guard partitions.indices.contains(number), let partition = partitions[number], partition.epoch == epoch else {
            return nil
        }
        return partition
    }

    private func doWhatIsTimely(at now: MonotonicTime) {
        if let beat = pool.nextWake, beat <= now { sendBeat(at: now) }
        for case let partition? in partitions where partition.phase == .owned {
            if let at = partition.reopenAt, at <= now { open(partition, at: now) }
            queueDue(partition, at: now)
        }
        wakeAway(at: now)
        retryErrands(at: now)
        if now >= nextEviction {
            evict(at: now)
            nextEviction = now + .seconds(1)
        }
        if pool.silence(at: now) > options.patience { giveUpChannels() }
    }

    private func wakeTime(at now: MonotonicTime) -> MonotonicTime {
        var wake = nextEviction
        if let beat = pool.nextWake { wake = min(wake, beat) }
        for retry in retries { wake = min(wake, retry.at) }
        for case let partition? in partitions where partition.phase == .owned {
            if let at = partition.reopenAt { wake = min(wake, at) }
            if let due = partition.dues.first { wake = min(wake, partition.moment(of: due.time)) }
        }
        if let at = nextAway { wake = min(wake, at) }
        // Whatever is due now and was not done waits for something else.
        return max(wake, now + .microseconds(500))
    }

    /// Lanes whose databases are away, to be looked at again.
    var awayLanes: [(partition: DeskPartition, lane: TenantLane)] = []
    var nextAway: MonotonicTime?

    /// Tells what is decided, and only then lets the broker forget what was asked.
    func tell() {
        let notices = letters.finish()
        if !notices.isEmpty { outputs.append(.publish(notices)) }
        for case let partition? in partitions where partition.needsAcknowledgement { acknowledge(partition) }
    }

    /// Acknowledges the messages at the front that have nothing unanswered.
    private func acknowledge(_ partition: DeskPartition) {
        partition.needsAcknowledgement = false
        var through: UInt64?
        while let item = partition.items.first, item.isSettled {
            if case .queue(let message, _, true) = item.origin { through = message.tag }
            partition.items.removeFirst()
        }
        if let through, let channel = partition.channel { outputs.append(.acknowledge(channel, through: through)) }
    }
}
