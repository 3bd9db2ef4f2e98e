internal import DeskLine
internal import Pipeline

/// One session of the fake control database.
final class FakeControlStore: ControlStore, FaultyStore {
    private let control: FakeControl
    private let worker: WorkerId
    private(set) var session: FakeSession?
    var nextFault: FakeStore.Fault?

    init(_ control: FakeControl, for worker: WorkerId) {
        self.control = control
        self.worker = worker
    }

    func close() {
        session?.end()
        session = nil
    }

    func connect() -> FakeSession? { try? connected() }

    func detach() -> FakeControlStore? {
        guard let session = connect() else { return nil }
        let orphan = sibling()
        orphan.session = session
        self.session = nil
        return orphan
    }

    func sibling() -> FakeControlStore { FakeControlStore(control, for: worker) }

    func isLocked(_ partition: Int, for session: FakeSession) -> Bool {
        control.database.isLocked(partition, for: session)
    }

    private func connected() throws(StoreError) -> FakeSession {
        if let session {
            if session.isOpen { return session }
            self.session = nil
            throw StoreError(.unavailable, "the connection was lost")
        }
        guard let session = control.database.open(for: worker) else {
            throw StoreError(.unavailable, "nobody answers")
        }
        self.session = session
        return session
    }

    private func call<Answer>(_ body: (FakeSession) -> Answer) throws(StoreError) -> Answer {
        let session = try connected()
        let fault = nextFault
        nextFault = nil
        switch fault {
        case nil: return body(session)
        case .before, .beforeUnnoticed: break
        case .after, .afterUnnoticed: _ = body(session)
        }
        close()
        throw StoreError(.unavailable, "the connection was lost")
    }

    func beat(_ beat: WorkerBeat) throws(StoreError) -> Neighbourhood {
        try call { control.database.beat(beat, $0) }
    }

    func leave(_ worker: WorkerId) throws(StoreError) { try call { _ in control.database.leave(worker) } }

    func claim(_ wanted: [ClaimRequest], for worker: WorkerId) throws(StoreError) -> [DeskClaim] {
        try call { control.claim(wanted, for: worker, $0) }
    }

    func release(_ held: [HeldPartition], by worker: WorkerId) throws(StoreError) {
        try call { _ in control.database.release(held, by: worker) }
    }

    func run(_ errand: Errand) throws(StoreError) -> ErrandOutcome { try call { _ in control.run(errand, by: worker) } }
}
