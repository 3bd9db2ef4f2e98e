public import Runtime
internal import Ticketing
internal import Wire

/// A worker without threads, servers or clocks: what happens goes in, what has to be done comes out. The real loop and
/// the simulator drive the same code.
///
///     for output in worker.step(.delivered(arrivals), at: time.monotonic) { … }
///
/// It owns partitions, each a `Lane`; decides what they are sent, on top of what is not committed yet; and has at most
/// two groups on their way to the database, one being written and one made ready behind it. When one fails, everything
/// on top of it is thrown away and decided anew.
public final class Worker {
    public let options: WorkerOptions
    /// When it wants to be woken at the latest, whatever else happens.
    public private(set) var nextWake: MonotonicTime
    /// Set once `Output.leave` is out: there is nothing more to do.
    public internal(set) var hasLeft = false
    public internal(set) var statistics = Statistics()

    /// By partition's number; nil where the partition is not the worker's.
    var lanes: [Lane?] = []
    /// Where the next round begins, so that every lane is first in turn.
    var firstLane = 0
    var decoder = CommandDecoder()
    var outputs: [Output] = []

    /// What is to be told at the end of the step.
    var letters = Letters()
    /// Entries of all open batches.
    var openEntries = 0

    /// Groups on their way, in their order: the database takes them in this order, and none where one before it that
    /// has a partition in common with it was refused.
    var inFlight: [Flight] = []
    var groupNumber: UInt64 = 0
    var channelSerial: UInt64 = 0

    var pool: Membership

    var nextAnnouncement: MonotonicTime
    var loadsToldAt: MonotonicTime
    var nextEviction: MonotonicTime
    var footprint = 0
    var memoryWarnedAt = MonotonicTime(nanoseconds: 0)

    public struct Statistics: Sendable {
        public var decided: UInt64 = 0
        public var fellDue: UInt64 = 0
        public var replayed: UInt64 = 0
        public var parked: UInt64 = 0
        public var batches: UInt64 = 0
        public var groups: UInt64 = 0
        public var failedGroups: UInt64 = 0
        public var claims: UInt64 = 0
        public var lostPartitions: UInt64 = 0
        public var loads: UInt64 = 0
        public var evictions: UInt64 = 0
    }

    public init(options: WorkerOptions, at now: MonotonicTime) {
        self.options = options
        nextWake = now
        pool = Membership(
            options.worker, beating: options.beatInterval, clockTolerance: options.clockTolerance,
            database: "the database", at: now)
        nextAnnouncement = now
        loadsToldAt = now
        nextEviction = now
    }

    /// Partitions that it decides now.
    public var owned: Int { lanes.reduce(0) { $0 + ($1?.phase == .owned ? 1 : 0) } }
    public var loadedEvents: Int { lanes.reduce(0) { $0 + ($1?.residents.count ?? 0) } }
    /// Estimated bytes of the events in memory, as they were when it last looked, a second ago at most.
    public var loadedBytes: Int { footprint }
    /// Commands that are here and not answered, and messages of them that are not read.
    public var waiting: Int { lanes.reduce(0) { $0 + ($1.map { $0.items.count + $0.unread.count } ?? 0) } }

    /// What keeps it from its work, in words for `/readyz`; empty where nothing does.
    public var complaints: [String] { pool.complaints }

    /// - Returns: what has to be done, in this order.
    public func step(_ input: Input, at now: MonotonicTime) -> [Output] {
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

        case .loaded(let event, let epoch, let partition, let loaded):
            if let lane = lane(partition, epoch) { self.loaded(event, loaded, lane, at: now) }
        case .loadFailed(let event, let epoch, let partition, let error):
            if let lane = lane(partition, epoch) { loadFailed(event, error, lane, at: now) }
        case .lookedUp(let ids, let epoch, let partition, let known):
            if let lane = lane(partition, epoch) { lookedUp(ids, known, lane) }
        case .lookUpFailed(let ids, let epoch, let partition, let error):
            if let lane = lane(partition, epoch) { lookUpFailed(ids, error, lane, at: now) }
        case .journalIds(let page, let epoch, let partition):
            if let lane = lane(partition, epoch) { read(page, lane) }
        case .journalIdsFailed(let sequence, let epoch, let partition, let error):
            if let lane = lane(partition, epoch) { readFailed(from: sequence, error, lane, at: now) }

        case .committed(let group, let sealed): committed(group, sealed, at: now)
        case .commitFailed(let group, let failure): commitFailed(group, failure, at: now)
        case .attemptRecorded(let id, let epoch, let partition, let attempts):
            if let lane = lane(partition, epoch) { attempted(id, attempts, lane, at: now) }
        case .attemptFailed(let id, let epoch, let partition, let error):
            if let lane = lane(partition, epoch) { attemptFailed(id, error, lane, at: now) }

        case .drain: startDraining()
        }
        doWhatIsTimely(at: now)
        tell()
        guard decideAndSubmit(at: now) else { return [] }
        tell()
        finishLeaving()
        nextWake = wakeTime(at: now)
        defer { outputs = [] }
        return outputs
    }

    /// The lane, if it is still as it was when the question was asked.
    func lane(_ number: Int, _ epoch: UInt64) -> Lane? {
        guard lanes.indices.contains(number), let lane = lanes[number], lane.epoch == epoch else { return nil }
        return lane
    }

    private func doWhatIsTimely(at now: MonotonicTime) {
        if let beat = pool.nextWake, beat <= now { sendBeat(at: now) }
        for case let lane? in lanes {
            if let at = lane.restsUntil, at <= now { lane.restsUntil = nil }
            if let at = lane.reopenAt, at <= now, lane.phase == .owned { open(lane) }
        }
        retryLate(at: now)
        if now >= nextAnnouncement {
            announce()
            nextAnnouncement = now + options.announceInterval
        }
        if now - loadsToldAt >= options.loadInterval { tellLoads(at: now) }
        if now >= nextEviction {
            evict(at: now)
            nextEviction = now + .seconds(1)
        }
        if pool.silence(at: now) > options.patience { giveUpChannels() }
    }

    private func wakeTime(at now: MonotonicTime) -> MonotonicTime {
        var wake = min(nextAnnouncement, nextEviction, loadsToldAt + options.loadInterval)
        if let beat = pool.nextWake { wake = min(wake, beat) }
        if let late = retries.first { wake = min(wake, late.at) }
        for case let lane? in lanes {
            if let at = lane.reopenAt, lane.phase == .owned { wake = min(wake, at) }
            if let at = lane.restsUntil { wake = min(wake, at) }
            // A batch that cannot take more is opened anew after the commit, which wakes us.
            if lane.isDeciding, lane.restsUntil == nil, (lane.open?.arrears.budget ?? 1) > 0, let due = lane.dues.first,
                hasRoom(lane)
            {
                wake = min(wake, lane.moment(of: due.time))
            }
        }
        // Whatever is due now and was not done waits for something else.
        return max(wake, now + .microseconds(500))
    }

    /// What was asked of the database in vain, to be asked again; in the order of the times.
    var retries: [(at: MonotonicTime, lane: Lane, epoch: UInt64, output: Output)] = []

    /// Asks again later.
    func retry(_ output: Output, _ lane: Lane, at now: MonotonicTime) {
        retries.append((now + .milliseconds(50), lane, lane.epoch, output))
    }

    private func retryLate(at now: MonotonicTime) {
        guard let first = retries.first, first.at <= now else { return }
        let late = retries.filter { $0.at <= now }
        retries.removeAll { $0.at <= now }
        for entry in late where self.lane(entry.lane.number, entry.epoch) === entry.lane {
            outputs.append(entry.output)
        }
    }
}
