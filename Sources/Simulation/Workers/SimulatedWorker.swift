internal import Pipeline
internal import Runtime
internal import Ticketing

/// One worker process: drives `Pipeline.Worker` as the real loop does, against the fakes, and dies and freezes when it
/// is told to.
final class SimulatedWorker {
    enum Condition {
        case running, frozen, dead, left
    }

    let id: WorkerId
    let number: Int
    unowned let world: World
    private(set) var condition = Condition.running
    private let core: Pipeline.Worker
    /// Set where a command that kills its process was about to be decided.
    private let killer = Lock<CommandId?>(nil)
    private typealias Line = SessionLine<FakeStore, Input>
    private lazy var control = makeLine()
    private lazy var reader = makeLine()
    private lazy var committer = makeLine()
    private var sealer: Sealer

    var consumers: [ChannelId: FakeBroker.Consumer] = [:]
    /// Channels in the order in which they were opened.
    var channels: [ChannelId] = []
    /// When the newest message to the broker gets there: messages of one connection do not overtake each other.
    var brokerReached = MonotonicTime(nanoseconds: 0)
    var arrivals: [Arrival] = []
    var arrivalReached = MonotonicTime(nanoseconds: 0)
    var handsOver = false
    /// What came while it was frozen.
    private var missed: [Input] = []
    private var wakeSerial = 0
    private var wakeAt: MonotonicTime?

    /// Its clock is too far from the database's for it to claim anything: whoever watches over it starts it anew.
    var hasDrifted: Bool { condition == .running && core.complaints.contains { $0.hasPrefix("the clock") } }
    var isRunning: Bool { condition == .running }
    var isGone: Bool { condition == .dead || condition == .left }

    init(_ world: World, _ number: Int, _ options: WorkerOptions, _ sealer: Sealer) {
        self.world = world
        self.number = number
        id = options.worker
        self.sealer = sealer
        var options = options
        let killer = killer
        options.survives = { command in
            guard Mark.kills(command) else { return true }
            killer.withLock { $0 = command }
            return false
        }
        core = Pipeline.Worker(options: options, at: world.scheduler.now)
    }

    func start() { hear(.woken) }

    private func makeLine() -> Line {
        Line(world, FakeStore(world.database, for: id), of: id.text) { [unowned self] in
            isRunning
        } hear: { [unowned self] in
            hear($0)
        }
    }

    /// Something happened that the process would notice, if it ran.
    func hear(_ input: Input) {
        switch condition {
        case .running: step(input)
        case .frozen: missed.append(input)
        case .dead, .left: break
        }
    }

    private func step(_ input: Input) {
        let outputs = core.step(input, at: world.scheduler.now)
        if let command = killer.withLock({ $0 }) {
            world.died(self, of: "command \(Describe.short(command))", killer: command)
            return
        }
        for output in outputs { perform(output) }
        planWake()
    }

    private func planWake() {
        guard !isGone, !core.hasLeft, wakeAt != core.nextWake else { return }
        wakeAt = core.nextWake
        wakeSerial += 1
        let serial = wakeSerial
        world.scheduler.at(core.nextWake) { [self] in
            guard serial == wakeSerial else { return }
            wakeAt = nil
            hear(.woken)
        }
    }

    // What happens to it.

    /// kill -9: nothing of it runs any more, and its connections end.
    func kill() {
        guard !isGone else { return }
        condition = .dead
        end()
    }

    private func end() {
        control.die()
        reader.die()
        committer.die()
        for channel in channels { consumers[channel].map(world.broker.close) }
        consumers = [:]
        channels = []
        missed = []
    }

    /// SIGSTOP: nothing of it runs, but its connections stay.
    func freeze() {
        guard condition == .running else { return }
        condition = .frozen
    }

    func thaw() {
        guard condition == .frozen else { return }
        condition = .running
        let inputs = missed
        missed = []
        for input in inputs where condition == .running { step(input) }
        guard condition == .running else { return }
        for line in [control, reader, committer] { line.startNext() }
        handOver()
        wakeAt = nil
        hear(.woken)
    }

    func drain() { hear(.drain) }

    /// The broker takes its connection for dead.
    func loseBroker(_ reason: String) {
        world.broker.cut(channels.compactMap { consumers[$0] }, reason: reason)
    }

    func loseDatabase() { world.database.endSessions(of: id) }

    // What it does.

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
        case .leave: leave()
        case .recordAttempt(let command, let epoch, let partition):
            call(control) { store throws(StoreError) in
                let count = try store.recordAttempt(command, partition: partition, epoch: epoch)
                return .attemptRecorded(command, epoch: epoch, partition: partition, count)
            } failed: {
                .attemptFailed(command, epoch: epoch, partition: partition, $0)
            }
        case .load, .lookUp, .readJournalIds: read(output)
        case .commit(let group): commit(group)
        case .consume(let channel): toBroker { [self] in consume(channel) }
        case .close(let channel): toBroker { [self] in close(channel) }
        case .acknowledge(let channel, let tag):
            toBroker { [self] in
                if let consumer = consumers[channel] { world.broker.acknowledge(consumer, through: tag) }
            }
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

    private func leave() {
        control.add(
            Line.Call(
                perform: { [self] store in
                    try? store.leave(id)
                    world.scheduler.after(0) { [self] in
                        guard condition == .running else { return }
                        condition = .left
                        end()
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
