internal import Pipeline
internal import Runtime
internal import Ticketing

/// One worker process of the seats line.
final class SimulatedWorker: SimulatedProcess<Pipeline.Worker> {
    unowned let world: World
    /// Set where a command that kills its process was about to be decided.
    private let killer = Lock<CommandId?>(nil)
    private typealias Line = SessionLine<FakeStore, Input>
    private lazy var control = makeLine()
    private lazy var reader = makeLine()
    private lazy var committer = makeLine()
    private var sealer: Sealer

    init(_ world: World, _ number: Int, _ options: WorkerOptions, _ sealer: Sealer) {
        self.world = world
        self.sealer = sealer
        var options = options
        let killer = killer
        options.survives = { command in
            guard Mark.kills(command) else { return true }
            killer.withLock { $0 = command }
            return false
        }
        super.init(
            options.worker, number, Pipeline.Worker(options: options, at: world.scheduler.now), in: world,
            broker: world.broker, prefetch: world.profile.prefetch)
    }

    private func makeLine() -> Line {
        Line(world, FakeStore(world.database, for: id), of: id.text) { [unowned self] in
            isRunning
        } hear: { [unowned self] in
            hear($0)
        }
    }

    override func disconnect() {
        control.die()
        reader.die()
        committer.die()
    }

    override func resume() { for line in [control, reader, committer] { line.startNext() } }

    func loseDatabase() { world.database.endSessions(of: id) }

    // What it does.

    override func perform(_ outputs: [Output]) -> Bool {
        if let command = killer.withLock({ $0 }) {
            world.died(self, of: "command \(Describe.short(command))", killer: command)
            return false
        }
        for output in outputs { perform(output) }
        return true
    }

    private func perform(_ output: Output) {
        world.trace.note("does", UInt64(number), Describe.number(output), "\(id) \(Describe.text(output))")
        switch output {
        case .beat(let beat):
            call(control) { store throws(StoreError) in
                .beat(try store.beat(beat))
            } failed: {
                .beatFailed($0)
            }
        case .claim(let wanted):
            let numbers = wanted.map(\.number)
            call(control) { [id] store throws(StoreError) in
                .claimed(wanted: numbers, try store.claim(wanted, for: id))
            } failed: {
                .claimFailed(wanted: numbers, $0)
            }
        case .release(let held):
            let numbers = held.map(\.number)
            call(control) { [id] store throws(StoreError) in
                try store.release(held, by: id)
                return .released(numbers)
            } failed: {
                .releaseFailed(numbers, $0)
            }
        case .leave: leavePool()
        case .recordAttempt(let command, let epoch, let partition):
            call(control) { store throws(StoreError) in
                let count = try store.recordAttempt(command, partition: partition, epoch: epoch)
                return .attemptRecorded(command, epoch: epoch, partition: partition, count)
            } failed: {
                .attemptFailed(command, epoch: epoch, partition: partition, $0)
            }
        case .load, .lookUp, .readJournalIds: read(output)
        case .commit(let group): commit(group)
        case .consume(let channel): consume(channel)
        case .close(let channel): close(channel)
        case .acknowledge(let channel, let tag): acknowledge(channel, through: tag)
        case .publish(let notices): toBroker { [self] in world.deliver(notices) }
        case .warn: break
        }
    }

    private func read(_ output: Output) {
        switch output {
        case .load(let event, let epoch, let partition, let time):
            call(reader) { store throws(StoreError) in
                .loaded(event, epoch: epoch, partition: partition, try store.load(event, for: partition, at: time))
            } failed: {
                .loadFailed(event, epoch: epoch, partition: partition, $0)
            }
        case .lookUp(let ids, let epoch, let partition, let time):
            call(reader) { store throws(StoreError) in
                let known = try store.lookUp(ids, partition: partition, at: time)
                return .lookedUp(ids, epoch: epoch, partition: partition, known)
            } failed: {
                .lookUpFailed(ids, epoch: epoch, partition: partition, $0)
            }
        case .readJournalIds(let sequence, let epoch, let partition, let time):
            let limit = world.pageOfIds
            call(reader) { store throws(StoreError) in
                let page = try store.journalIds(partition: partition, from: sequence, limit: limit, at: time)
                return .journalIds(page, epoch: epoch, partition: partition)
            } failed: {
                .journalIdsFailed(from: sequence, epoch: epoch, partition: partition, $0)
            }
        default: break
        }
    }

    private func commit(_ group: CommitGroup) {
        let sealed = sealer.seal(group)
        committer.add(
            Line.Call(
                perform: { store in
                    do throws(CommitFailure) {
                        try store.commit(sealed)
                        return .committed(group: group.number, sealed)
                    } catch {
                        return .commitFailed(group: group.number, error)
                    }
                }, isCommit: true, locks: group.batches.map(\.partition)))
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

    private func call(
        _ line: Line, _ body: @escaping (FakeStore) throws(StoreError) -> Input,
        failed: @escaping (StoreError) -> Input
    ) {
        line.add(
            Line.Call(
                perform: { store in
                    do throws(StoreError) { return try body(store) } catch { return failed(error) }
                }, isCommit: false, locks: []))
    }
}
