internal import Pipeline

/// One session of a worker and what it has to do there: one call after another, each of which takes its time and may
/// go wrong.
final class SessionLine {
    struct Call {
        let perform: (FakeStore) -> Input?
        /// A commit's fate is more varied than that of other calls.
        let isCommit: Bool
        /// Partitions whose rows it locks.
        let locks: [Int]
    }

    let store: FakeStore
    private unowned let world: World
    private unowned let worker: SimulatedWorker
    private var waiting: [Call] = []
    private var isBusy = false
    /// Nothing is left of the process.
    private var isDead = false

    init(_ world: World, _ worker: SimulatedWorker) {
        self.world = world
        self.worker = worker
        store = FakeStore(world.database, for: worker.id)
    }

    func add(_ call: Call) {
        waiting.append(call)
        startNext()
    }

    /// After a freeze, what has not been sent goes out.
    func startNext() {
        guard !isBusy, !isDead, worker.isRunning, !waiting.isEmpty else { return }
        let call = waiting.removeFirst()
        isBusy = true
        let fate = world.fate(isCommit: call.isCommit)
        switch fate {
        case .fine(let there, let back, let fault, let holdsLocks):
            if holdsLocks { lock(call.locks) }
            world.scheduler.after(there) { [self] in
                guard !isDead else { return }
                store.nextFault = fault
                let input = call.perform(store)
                store.session?.locks = []
                finish(input, after: back)
            }
        case .twice(let there, let back, let again):
            world.scheduler.after(there) { [self] in
                guard !isDead else { return }
                finish(call.perform(store), after: back)
                let (echo, id) = (FakeStore(world.database, for: worker.id), worker.id)
                world.scheduler.after(again) { [unowned world] in
                    _ = call.perform(echo)
                    echo.close()
                    world.trace.note("twice", 0, 0, "a commit of \(id) came again")
                }
            }
        case .late(let told, let executed, let holdsLocks):
            late(call, told: told, executed: executed, holdsLocks: holdsLocks)
        }
    }

    /// The process dies, and its session ends.
    func die() {
        isDead = true
        waiting = []
        store.close()
    }

    private func finish(_ input: Input?, after delay: Int64) {
        world.scheduler.after(delay) { [self] in
            isBusy = false
            guard !isDead else { return }
            if let input { worker.hear(input) }
            startNext()
        }
    }

    private func lock(_ partitions: [Int]) {
        guard let session = store.connect() else { return }
        session.locks = partitions.filter { !store.database.isLocked($0, for: session) }
    }

    /// The connection breaks, but the server goes on with what it has got.
    private func late(_ call: Call, told: Int64, executed: Int64, holdsLocks: Bool) {
        if holdsLocks { lock(call.locks) }
        guard let orphan = store.detach() else {
            world.scheduler.after(told) { [self] in
                guard !isDead else { return }
                finish(call.perform(store), after: 0)
            }
            return
        }
        let id = worker.id
        world.scheduler.after(executed) { [unowned world] in
            if orphan.session?.isOpen == true { _ = call.perform(orphan) }
            orphan.close()
            world.trace.note("late", 0, 0, "a call of \(id) was executed after its connection was lost")
        }
        world.scheduler.after(told) { [self] in
            guard !isDead else { return }
            store.nextFault = .beforeUnnoticed
            let input = call.perform(store)
            finish(input, after: 0)
        }
    }
}
