internal import Pipeline
internal import Runtime
internal import Sealing
internal import Ticketing
internal import Wire

/// A database in memory with the rules of the real one, for as many sessions as there are: see `FakeStore`.
final class FakeDatabase {
    /// What the mutation check takes away.
    struct Switches {
        var checksEpoch = true
        var checksBatchNumber = true
    }

    struct PartitionRow {
        var owner: WorkerId?
        var epoch: UInt64 = 0
        var batchNumber: UInt64 = 0
        var batchAt = Time(microseconds: .min)
        var nextSequence: UInt64 = 1
        var chain = Digest.zero
        var crashes = 0
        var isPaused = false
    }

    struct WorkerRow {
        var session: FakeSession
        var heartbeatAt: Time
        var isDraining: Bool
        var shouldDrain = false
    }

    /// One line of the journal.
    struct JournalRow {
        let partition: Int
        let sequence: UInt64
        let at: Time
        let entry: Entry
        let status: Int
        let reply: [UInt8]
    }

    struct JournalKey: Hashable {
        let week: Int
        let id: CommandId
    }

    struct PartitionKey<Kind: Hashable>: Hashable {
        let partition: Int
        let id: Kind
    }

    struct ParkedRow {
        let partition: Int
        let record: ParkedRecord
    }

    struct RouteRow {
        enum State { case moving, out, here }
        var partition: Int
        var previous: Int
        var version: UInt64
        var state = State.moving
        var digest: Digest?
        var leftAt: Time?
    }

    /// What readers of a show were told: `line` is of all versions from the first on.
    struct ChangeRow {
        let first: UInt64
        let line: ChangeLine
    }

    struct EffectRow {
        let command: CommandId
        let event: EventId
        let effect: Effect
    }

    /// How long a worker may be silent.
    static let silence: Int64 = 6_000_000

    let switches: Switches
    /// Keys are hashed to so many; the other partitions are spares.
    let hashed: Int
    /// The wall clock, and what tells that time goes on.
    let now: () -> Time
    var isAway = false
    /// Commands that some constraint says no to, each time.
    var rejected: Set<CommandId> = []
    /// Told of each batch that is in, before anybody else is.
    var committed: (SealedBatch) -> Void = { _ in }

    /// Told which commands a dead owner had tried alone.
    var takenOver: ([CommandId], WorkerId) -> Void = { _, _ in }

    var partitions: [PartitionRow]
    var workers: [WorkerId: WorkerRow] = [:]
    var sessions: [FakeSession] = []
    var events: [EventId: StoredEvent] = [:]
    var journal: [[JournalRow]]
    var known: [JournalKey: (partition: Int, index: Int)] = [:]
    var dues: [PartitionKey<EventId>: Time] = [:]
    var attempts: [PartitionKey<CommandId>: Int] = [:]
    var parked: [Digest: ParkedRow] = [:]
    var routes: [EventId: RouteRow] = [:]
    var effects: [EffectRow] = []
    /// In the order of the versions. Kept for good: no history is as long as they would have to be.
    var changes: [ShowId: [ChangeRow]] = [:]

    init(partitions hashed: Int, spares: Int, switches: Switches = Switches(), now: @escaping () -> Time) {
        let count = hashed + spares
        self.hashed = hashed
        partitions = [PartitionRow](repeating: PartitionRow(), count: count)
        journal = [[JournalRow]](repeating: [], count: count)
        self.switches = switches
        self.now = now
    }

    func open(for worker: WorkerId?) -> FakeSession? {
        guard !isAway else { return nil }
        let session = FakeSession(worker: worker)
        sessions.removeAll { !$0.isOpen }
        sessions.append(session)
        return session
    }

    /// The database is gone: every session ends, and none can be had.
    func goAway() {
        isAway = true
        for session in sessions { session.end() }
    }

    func endSessions(of worker: WorkerId, but own: FakeSession? = nil) {
        for session in sessions where session.worker == worker && session !== own { session.end() }
    }

    func isAlive(_ worker: WorkerId) -> Bool {
        guard let row = workers[worker] else { return false }
        return row.session.isOpen && now().microseconds - row.heartbeatAt.microseconds < Self.silence
    }

    func isLocked(_ partition: Int, for session: FakeSession) -> Bool {
        sessions.contains { $0 !== session && $0.isOpen && $0.locks.contains(partition) }
    }

    /// What the journal knows of a command in the week of a time and in the week before.
    func row(of id: CommandId, at time: Time) -> JournalRow? {
        for week in [Keys.week(of: time), Keys.week(of: time) - 1] {
            if let place = known[JournalKey(week: week, id: id)] { return journal[place.partition][place.index] }
        }
        return nil
    }
}
