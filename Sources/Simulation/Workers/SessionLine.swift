/// What a worker's session of a fake database has to be able to do, so that it can go wrong.
protocol FaultyStore: AnyObject {
    var session: FakeSession? { get }
    /// What happens to the next call.
    var nextFault: FakeStore.Fault? { get set }
    /// Connects, if it is not connected.
    func connect() -> FakeSession?
    /// The connection is lost on this side alone: what the server still does goes on in the store that is returned.
    func detach() -> Self?
    /// Another one of the same worker, not connected yet.
    func sibling() -> Self
    /// The process is gone, and its connection with it.
    func close()
    func isLocked(_ partition: Int, for session: FakeSession) -> Bool
}

/// One session of a worker and what it has to do there: one call after another, each of which takes its time and may
/// go wrong.
final class SessionLine<Store: FaultyStore, Input> {
    struct Call {
        let perform: (Store) -> Input?
        /// A commit's fate is more varied than that of other calls.
        let isCommit: Bool
        /// Partitions whose rows it locks.
        let locks: [Int]
    }

    let store: Store
    private unowned let world: Circumstances
    /// The worker's name.
    private let owner: String
    private let isRunning: () -> Bool
    private let hear: (Input) -> Void
    private var waiting: [Call] = []
    private var isBusy = false
    /// Nothing is left of the process.
    private var isDead = false

    /// - Parameters:
    ///   - isRunning: whether the worker's process runs; what is to be sent waits until it does.
    ///   - hear: takes what a call came to.
    init(
        _ world: Circumstances, _ store: Store, of owner: String, isRunning: @escaping () -> Bool,
        hear: @escaping (Input) -> Void
    ) {
        self.world = world
        self.store = store
        self.owner = owner
        self.isRunning = isRunning
        self.hear = hear
    }

    func add(_ call: Call) {
        waiting.append(call)
        startNext()
    }

    /// After a freeze, what has not been sent goes out.
    func startNext() {
        guard !isBusy, !isDead, isRunning(), !waiting.isEmpty else { return }
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
                let (echo, owner) = (store.sibling(), owner)
                world.scheduler.after(again) { [unowned world] in
                    _ = call.perform(echo)
                    echo.close()
                    world.trace.note("twice", 0, 0, "a commit of \(owner) came again")
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
            if let input { hear(input) }
            startNext()
        }
    }

    private func lock(_ partitions: [Int]) {
        guard let session = store.connect() else { return }
        session.locks = partitions.filter { !store.isLocked($0, for: session) }
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
        let owner = owner
        world.scheduler.after(executed) { [unowned world] in
            if orphan.session?.isOpen == true { _ = call.perform(orphan) }
            orphan.close()
            world.trace.note("late", 0, 0, "a call of \(owner) was executed after its connection was lost")
        }
        world.scheduler.after(told) { [self] in
            guard !isDead else { return }
            store.nextFault = .beforeUnnoticed
            let input = call.perform(store)
            finish(input, after: 0)
        }
    }
}
