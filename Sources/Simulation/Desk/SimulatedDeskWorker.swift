internal import DeskLine
internal import Pipeline
internal import Runtime
internal import Ticketing

/// One worker process of the desk line.
final class SimulatedDeskWorker: SimulatedProcess<DeskWorker> {
    unowned let world: DeskWorld
    private typealias Line = SessionLine<FakeControlStore, DeskInput>
    private lazy var control = Line(
        world, FakeControlStore(world.control, for: id), of: id.text
    ) { [unowned self] in
        isRunning
    } hear: { [unowned self] in
        hear($0)
    }
    /// Tenants whose databases it does not reach.
    var unreachable: Set<TenantId> = []
    /// Sessions with tenants' databases that are open.
    private var sessions: Set<SessionName> = []
    /// Visits that its hands would set out on, if it ran.
    private var heldBack: [Visit] = []

    init(_ world: DeskWorld, _ number: Int, _ options: DeskOptions) {
        self.world = world
        super.init(
            options.worker, number, DeskWorker(options: options, at: world.scheduler.now), in: world,
            broker: world.broker, prefetch: world.profile.prefetch)
    }

    override func disconnect() {
        control.die()
        heldBack = []
    }

    override func overtake() {
        let visits = heldBack
        heldBack = []
        for visit in visits { setOut(visit) }
    }

    override func resume() { control.startNext() }

    // What it does.

    override func perform(_ outputs: [DeskOutput]) -> Bool {
        if let killer = outputs.lazy.compactMap(\.killer).first {
            world.died(self, of: "command \(Describe.short(killer))")
            return false
        }
        for output in outputs { perform(output) }
        return true
    }

    private func perform(_ output: DeskOutput) {
        world.trace.note("does", UInt64(number), Describe.number(output), "\(id) \(Describe.text(output))")
        switch output {
        case .beat(let beat):
            call { store throws(StoreError) in
                .beat(try store.beat(beat))
            } failed: {
                .beatFailed($0)
            }
        case .claim(let wanted):
            let numbers = wanted.map(\.number)
            call { [id] store throws(StoreError) in
                .claimed(wanted: numbers, try store.claim(wanted, for: id))
            } failed: {
                .claimFailed(wanted: numbers, $0)
            }
        case .release(let held):
            let numbers = held.map(\.number)
            call { [id] store throws(StoreError) in
                try store.release(held, by: id)
                return .released(numbers)
            } failed: {
                .releaseFailed(numbers, $0)
            }
        case .errand(let errand):
            call { store throws(StoreError) in
                .ran(errand, try store.run(errand))
            } failed: {
                .errandFailed(errand, $0)
            }
        case .leave: leavePool()
        case .visit(let visit):
            sessions.subtract(visit.closes)
            sessions.insert(visit.session)
            // Those that have not answered lately, or are being made, are tried without taking anybody's place.
            let bound = max(world.profile.connections, world.profile.hands) + world.profile.hands
            if sessions.count > bound { world.auditor.fail("\(id) has \(sessions.count) sessions, of \(bound)") }
            // A hand takes it up.
            world.scheduler.after(world.delay(0...60)) { [self] in setOut(visit) }
        case .consume(let channel): consume(channel)
        case .close(let channel): close(channel)
        case .acknowledge(let channel, let tag): acknowledge(channel, through: tag)
        case .publish(let notices):
            for case .replies(_, let bytes) in notices { world.auditor.check(replies: bytes, world.control) }
            toBroker { [self] in world.deliver(notices) }
        case .warn: break
        }
    }

    private func call(
        _ body: @escaping (FakeControlStore) throws(StoreError) -> DeskInput,
        failed: @escaping (StoreError) -> DeskInput
    ) {
        control.add(
            Line.Call(
                perform: { store in
                    do throws(StoreError) { return try body(store) } catch { return failed(error) }
                }, isCommit: false, locks: []))
    }

    private func leavePool() {
        control.add(
            Line.Call(
                perform: { [self] store in
                    try? store.leave(id)
                    world.scheduler.after(0) { [self] in
                        guard isRunning else { return }
                        leave()
                        world.left(self)
                    }
                    return nil
                }, isCommit: false, locks: []))
    }

    // MARK: - Visits

    private func setOut(_ visit: Visit) {
        switch condition {
        case .dead, .left: return
        case .frozen: heldBack.append(visit)
        case .running: world.visit(visit, for: self)
        }
    }

    func isBack(from visit: Visit, _ outcome: VisitOutcome, after delay: Int64) {
        world.scheduler.after(delay) { [self] in
            if !outcome.keepsSession { sessions.remove(visit.session) }
            hear(.visited(visit, outcome))
        }
    }
}

extension DeskOutput {
    /// A command that ends whoever decides it, and was about to be decided.
    fileprivate var killer: CommandId? {
        guard case .visit(let visit) = self, case .commit(let batch) = visit.wish else { return nil }
        return batch.entries.first { entry in
            if case .decided = entry.verdict { Mark.kills(entry.id) } else { false }
        }?.id
    }
}
