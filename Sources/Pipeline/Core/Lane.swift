internal import Runtime
internal import Sealing
internal import Ticketing
internal import Wire

/// One partition that the worker owns, or is about to: its queue, its events, its place in the journal.
final class Lane {
    let number: Int
    var phase = PartitionPhase.claiming
    var epoch: UInt64 = 0
    /// The channel that is opened or consumes.
    var channel: ChannelId?
    /// When to open a channel again.
    var reopenAt: MonotonicTime?
    var isPaused = false

    /// Behind the newest batch that is committed, and behind the newest that is decided.
    var committed = Position()
    var ahead = Position()
    private var clock = PartitionClock()

    /// Messages that have not been looked at yet. The channel's prefetch bounds them.
    var unread = Fifo<Unread>()
    /// What was read and is not acknowledged, in the order of its arrival.
    var items = Fifo<Item>()
    /// What of it can be decided next.
    var runnable = Backlog()
    /// By id, the first of the items that have it.
    var inHand: [CommandId: Item] = [:]

    var residents: [EventId: Resident] = [:]
    var dues = DueQueue()
    /// Events that moved here, to be taken up by the next batch that is late enough.
    var arrivals: [(resident: Resident, version: UInt64, from: Int, digest: Digest, at: Time)] = []
    /// Events whose shows' versions are to be announced.
    var announces: [Resident] = []

    var filter = IdFilter()
    var filterProgress = FilterProgress.reading(from: 0)
    /// It has events whose commands may have been decided in other partitions, which its filter knows nothing of.
    var hasMovedEvents = false

    /// Decided on top of what is committed, in their order, and behind them the one that is being decided.
    var inFlight: [OpenBatch] = []
    var open: OpenBatch?

    /// Commits that the database refused in a row, of this lane alone.
    var failures = 0
    /// Its next group holds no other lane's batch.
    var isSolo = false
    /// Of a batch that was refused, what is not settled since: until it is, the refusals are counted and no neighbour
    /// suffers from the next one.
    var refused: Set<CommandId> = []
    var care = Care.none
    /// The command whose attempt is being written down.
    var attempting: Item?
    /// The same, until the answer is there, even if the command has gone from here meanwhile.
    var recording: CommandId?
    /// What a look at the attempt allowed: to be decided alone, now.
    var allowed: Item?
    /// A command that was attempted alone is decided, and not known to be committed.
    var isTrial = false
    /// Attempts that are written down, by command, of which nothing has been heard: as long as the process lives and
    /// the database refuses nothing, they have done no harm and are not counted again.
    var attempts: [CommandId: Int] = [:]
    /// Attempts that are stored, by command: those of owners before, too.
    var suspects: [CommandId: Int] = [:]
    /// An attempt of which nobody knows whether it was written down.
    var unsure: CommandId?
    var resetsCrashes = false
    /// After a refusal it rests for a while.
    var restsUntil: MonotonicTime?
    /// Something at the front of `items` may be settled.
    var needsAcknowledgement = false

    var pace = Pace()
    /// What was last told of how busy it is; nil where nothing was, since the claim.
    var told: (sequence: UInt64, isAtRest: Bool)?

    struct Unread {
        let arrival: Arrival
        let since: MonotonicTime
    }

    struct Position {
        var batch: UInt64 = 0
        var sequence: UInt64 = 1
        var chain = Digest.zero
        var at = Time(microseconds: .min)
    }

    enum FilterProgress: Equatable {
        case reading(from: UInt64)
        case whole
        /// Too many ids: each one is looked up.
        case off
    }

    /// One command a transaction, each attempt written down before.
    enum Care {
        case none
        /// So many commands more, but only those that an owner before may have died of.
        case redelivered(Int)
    }

    init(number: Int) {
        self.number = number
    }

    func startClock(_ claim: Claim, at now: MonotonicTime) {
        clock.set(max(claim.now, claim.batchAt), at: now)
    }

    /// The partition's time, never less than the newest batch's.
    func time(at now: MonotonicTime) -> Time { max(clock.time(at: now), ahead.at) }

    /// What is decided next is decided at that time or later: that of the open batch, which is earlier than now.
    func nextTime(at now: MonotonicTime) -> Time { open?.batch.at ?? time(at: now) }

    /// An event that arrives has been decided at that time elsewhere.
    func raiseClock(to time: Time, at now: MonotonicTime) {
        guard self.time(at: now) < time else { return }
        clock.set(time, at: now)
    }

    func moment(of time: Time) -> MonotonicTime { clock.moment(of: time) }

    var isConsuming: Bool { channel != nil }
    var isDeciding: Bool { phase == .owned && !isPaused }
    /// Whether nothing is under way that a commit or a failure has still to end.
    var isQuiet: Bool { inFlight.isEmpty && open == nil }

    /// Whether a command is being tried alone. A process tries one at a time: when it dies, only one is to blame.
    var isTrying: Bool { recording != nil || allowed != nil || isTrial }

    /// Whether something that an owner before may have died of is still to be decided.
    var hasOldItems: Bool {
        unread.all.contains { $0.arrival.isRedelivered }
            || items.all.contains { $0.source.isRedelivered && !$0.isSettled && !$0.isDecided }
    }

    func resident(_ event: EventId, at now: MonotonicTime) -> (Resident, isNew: Bool) {
        if let resident = residents[event] { return (resident, false) }
        let resident = Resident(event: event, at: now)
        residents[event] = resident
        return (resident, true)
    }

    /// Everything in memory about events goes; what waits for them is in `items` still.
    func forgetEvents() {
        residents.removeAll()
        arrivals = []
        announces = []
    }

    func forget(_ resident: Resident) {
        guard residents[resident.event] === resident else { return }
        residents[resident.event] = nil
    }

    /// Decided and not known to be committed, in their order.
    var uncommitted: [OpenBatch] { open.map { inFlight + [$0] } ?? inFlight }

    /// Undoes what is decided and not committed: the commands go back to their places.
    func rollBack() {
        for batch in uncommitted {
            for item in batch.items { undo(item) }
            for resident in batch.touched { forget(resident) }
            for change in batch.batch.dues { dues.set(change.event, storedDues[change.event]) }
            for resident in batch.touched { dues.set(resident.event, storedDues[resident.event]) }
        }
        inFlight = []
        open = nil
        ahead = committed
        allowed = nil
        attempting = nil
        isTrial = false
        queueAgain()
    }

    /// A decided command is to be decided again, if it is still here; else by the first that came after it.
    private func undo(_ item: Item) {
        item.progress = .waiting
        item.attempts = nil
        guard item.isOrphan, let id = item.commandId, inHand[id] === item else { return }
        inHand[id] = item.echoes.first
        item.echoes.first?.echoes = Array(item.echoes.dropFirst())
    }

    /// The channel is gone: what is decided will be answered, everything else is delivered again.
    func dropItems() {
        refused = []
        for item in items.all where !item.isSettled {
            guard let id = item.commandId, let first = inHand[id] else {
                item.isOrphan = true
                continue
            }
            item.isOrphan = true
            if first === item, !item.isDecided { inHand[id] = nil }
            if first.isDecided { first.echoes = [] }
        }
        items = Fifo()
        unread = Fifo()
        runnable.removeAll()
        for resident in residents.values { resident.waiting = [] }
        attempting = nil
        allowed = nil
    }

    /// What is due next by the tables.
    var storedDues: [EventId: Time] = [:]

    /// Everything that is not answered, in the order of its arrival, to be looked at anew.
    func queueAgain() {
        runnable.removeAll()
        for resident in residents.values { resident.waiting = [] }
        for item in items.all where !item.isSettled && !item.isDecided && !isEcho(item) { runnable.append(item) }
    }

    private func isEcho(_ item: Item) -> Bool {
        guard let id = item.commandId, let first = inHand[id] else { return false }
        return first !== item
    }
}
