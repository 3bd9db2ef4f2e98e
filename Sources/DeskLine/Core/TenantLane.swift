internal import Desk
internal import Pipeline
internal import Runtime
internal import Sealing
internal import Ticketing

/// One tenant's desk in its owner's hands: what waits for it, its state, its place in its journal.
///
/// At most one visit to its database is under way, and what is decided ahead of it is that visit's batch: tenants are
/// many, and each waits for its own database alone.
final class TenantLane {
    let tenant: TenantId
    var account: Account
    var phase = Phase.closed
    var state: DeskState?
    var head = Head()
    var filter: IdFilter?

    /// In the order of their arrival.
    var waiting = Fifo<DeskItem>()
    /// Of what is kept elsewhere, what was read back: it comes first.
    var readBack = Fifo<DeskItem>()
    /// By id, the first of the items that have it.
    var inHand: [CommandId: DeskItem] = [:]

    /// What is under way in its database.
    var visit: UInt64?
    /// Decided, and on its way there: the batch, and the items that its entries answer.
    var flight: Flight?
    /// It is in the line of those who want to be served, or of those for whom nobody waits.
    var isQueued = false
    var isBackQueued = false
    /// Its database has an older schema, which is brought to the newest before it is opened.
    var isOutdated = false
    /// It has been asked for although nobody waits: what is due is to be known.
    var wantsOpening = false

    /// Since when its database has not answered.
    var awaySince: MonotonicTime?
    /// It is among those that the worker looks after for that.
    var isWatched = false
    var retryAt: MonotonicTime?
    var failures = 0
    /// So many commands are decided one by one: one of them was refused together with the others.
    var alone = 0

    /// Commands that are kept in the control database, as far as is known.
    var spilled = 0
    /// An errand that concerns them is under way; those on their way there.
    var isSpilling = false
    var spilling: [DeskItem] = []
    /// Of what was read back, so many lines are on their way to a person: until then they stay where they are kept.
    var parking = 0
    /// The newest that was read back; it and those before it are decided or in `readBack`.
    var readThrough: Int64?
    /// Something in it is due.
    var isDue = false
    /// The directory is being told that the account is ready, and then its sender with this.
    var activation: DeskAnswer?
    var isActivating = false

    var lastUsed: MonotonicTime

    enum Phase: Equatable {
        /// Nothing of it is in memory.
        case closed
        case open
        /// It has to be mended before anything can be decided: its rows contradict each other, or it refuses what falls
        /// due.
        case broken
    }

    struct Head {
        var batch: UInt64 = 0
        var nextSequence: UInt64 = 1
        var chain = Digest.zero
        var at = Time(microseconds: .min)
    }

    struct Flight {
        var batch: DeskBatch
        var answers: [(item: DeskItem, entry: Int)] = []
    }

    init(_ account: Account, at now: MonotonicTime) {
        tenant = account.tenant
        self.account = account
        lastUsed = now
    }

    var next: DeskItem? { readBack.first ?? (spilled > 0 || isSpilling ? nil : waiting.first) }

    /// The first that can be refused: for that, what is kept elsewhere need not be decided before.
    var foremost: DeskItem? { readBack.first ?? waiting.first }

    func removeNext() {
        if readBack.first != nil { readBack.removeFirst() } else { waiting.removeFirst() }
    }

    /// Whether commands wait that could be decided.
    var hasWork: Bool { readBack.first != nil || waiting.first != nil || spilled > 0 }

    var isIdle: Bool {
        visit == nil && flight == nil && !hasWork && !isSpilling && !isActivating && !isDue
    }

    var footprint: Int { 1_500 + (state?.footprint ?? 0) + (filter.map { 2_048 + $0.count * 4 } ?? 0) }

    func mayBeKnown(_ id: CommandId) -> Bool { filter?.mayContain(id) ?? true }

    /// Everything in memory about its desk goes; what waits stays, and is looked up when the desk is open again.
    func close() {
        phase = .closed
        state = nil
        filter = nil
        head = Head()
        rollBack()
        for item in waiting.all + readBack.all { if case .waiting = item.progress { item.progress = .unsure } }
    }

    /// Undoes what is decided and not committed: the commands go back to their places.
    private func rollBack() {
        guard let flight else { return }
        self.flight = nil
        var queue = Fifo<DeskItem>()
        var back = Fifo<DeskItem>()
        for (item, _) in flight.answers {
            item.progress = .unsure
            if !item.isFromQueue {
                back.append(item)
            } else if !item.isOrphan {
                queue.append(item)
            } else if let heir = heir(of: item) {
                queue.append(heir)
            }
        }
        for item in waiting.all { queue.append(item) }
        for item in readBack.all { back.append(item) }
        waiting = queue
        readBack = back
    }

    /// An orphan that is not decided comes again by its queue, or has come already: then that one is in its place.
    private func heir(of item: DeskItem) -> DeskItem? {
        guard let id = item.id, inHand[id] === item else { return nil }
        inHand[id] = nil
        guard let heir = item.echoes.first else { return nil }
        heir.echoes = Array(item.echoes.dropFirst())
        heir.progress = .unsure
        inHand[id] = heir
        return heir
    }

    /// The channel is gone: what is decided will be answered, everything else is delivered again.
    func dropQueued() {
        for item in waiting.all {
            item.isOrphan = true
            if let id = item.id, inHand[id] === item { inHand[id] = nil }
        }
        waiting = Fifo()
        for (item, _) in flight?.answers ?? [] {
            item.isOrphan = item.isFromQueue
            item.echoes.removeAll { $0.isFromQueue }
        }
        for item in readBack.all { item.echoes.removeAll { $0.isFromQueue } }
    }
}
