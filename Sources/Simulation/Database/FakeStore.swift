internal import Pipeline
internal import Sealing
internal import Ticketing

/// One session of the fake database. Like a real one it finds out that its connection is gone when it uses it, and
/// connects anew the next time.
final class FakeStore: Store, FaultyStore {
    /// What goes wrong with one call.
    enum Fault {
        /// The connection is lost before the database hears of it.
        case before
        /// The database did it, and the connection was lost before it could say so.
        case after
        /// The same, and whoever sent it believes that the database never heard of it.
        case afterUnnoticed
        /// Nobody knows; in truth the database never heard of it.
        case beforeUnnoticed
    }

    let database: FakeDatabase
    private let worker: WorkerId?
    private(set) var session: FakeSession?
    /// What happens to the next call.
    var nextFault: Fault?

    init(_ database: FakeDatabase, for worker: WorkerId? = nil) {
        self.database = database
        self.worker = worker
    }

    /// The process is gone, and its connection with it.
    func close() {
        session?.end()
        session = nil
    }

    /// Connects, if it is not connected.
    func connect() -> FakeSession? { try? connected() }

    /// The connection is lost on this side alone: what the server still does goes on in the store that is returned.
    func detach() -> FakeStore? {
        guard let session = connect() else { return nil }
        let orphan = FakeStore(database, for: worker)
        orphan.session = session
        self.session = nil
        return orphan
    }

    func sibling() -> FakeStore { FakeStore(database, for: worker) }

    func isLocked(_ partition: Int, for session: FakeSession) -> Bool { database.isLocked(partition, for: session) }

    private func connected() throws(StoreError) -> FakeSession {
        if let session {
            if session.isOpen { return session }
            self.session = nil
            throw StoreError(.unavailable, "the connection was lost")
        }
        guard let session = database.open(for: worker) else { throw StoreError(.unavailable, "nobody answers") }
        self.session = session
        return session
    }

    private func call<Answer>(_ body: (FakeSession) throws(StoreError) -> Answer) throws(StoreError) -> Answer {
        let session = try connected()
        let fault = nextFault
        nextFault = nil
        switch fault {
        case nil: return try body(session)
        case .before, .beforeUnnoticed: break
        case .after, .afterUnnoticed: _ = try body(session)
        }
        close()
        throw StoreError(.unavailable, "the connection was lost")
    }

    func beat(_ beat: WorkerBeat) throws(StoreError) -> Neighbourhood {
        try call { session throws(StoreError) in database.beat(beat, session) }
    }

    func leave(_ worker: WorkerId) throws(StoreError) {
        try call { _ throws(StoreError) in database.leave(worker) }
    }

    func claim(_ wanted: [ClaimRequest], for worker: WorkerId) throws(StoreError) -> [Claim] {
        try call { session throws(StoreError) in database.claim(wanted, for: worker, session) }
    }

    func release(_ held: [HeldPartition], by worker: WorkerId) throws(StoreError) {
        try call { _ throws(StoreError) in database.release(held, by: worker) }
    }

    func load(_ event: EventId, for partition: Int, at time: Time) throws(StoreError) -> LoadedEvent {
        try call { _ throws(StoreError) in database.load(event, for: partition, at: time) }
    }

    func lookUp(_ ids: [CommandId], partition: Int, at time: Time) throws(StoreError) -> [KnownDecision] {
        try call { _ throws(StoreError) in database.lookUp(ids, at: time) }
    }

    func journalIds(partition: Int, from sequence: UInt64, limit: Int, at time: Time) throws(StoreError) -> JournalPage
    {
        try call { _ throws(StoreError) in
            database.journalIds(partition: partition, from: sequence, limit: limit, at: time)
        }
    }

    func recordAttempt(_ id: CommandId, partition: Int, epoch: UInt64) throws(StoreError) -> Int? {
        try call { _ throws(StoreError) in database.recordAttempt(id, partition: partition, epoch: epoch) }
    }

    func commit(_ group: PreparedGroup) throws(CommitFailure) {
        let group = group.batches
        let fault = nextFault
        nextFault = nil
        let session: FakeSession
        do { session = try connected() } catch { throw .unavailable(error.reason) }
        switch fault {
        case nil: try database.commit(group, session)
        case .before:
            close()
            throw .unavailable("the connection was lost before")
        case .beforeUnnoticed:
            close()
            throw .unknown("the connection was lost")
        case .after:
            try database.commit(group, session)
            close()
            throw .unknown("the connection was lost")
        case .afterUnnoticed:
            try database.commit(group, session)
            close()
            throw .unavailable("the connection was lost, it seems before")
        }
    }
}
