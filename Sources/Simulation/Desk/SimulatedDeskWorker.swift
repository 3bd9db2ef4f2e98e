internal import DeskLine
internal import Pipeline
internal import Runtime
internal import Ticketing

/// One process of the desk line's workers: drives `DeskWorker` as the real loop does, against the fakes, and dies and
/// freezes when it is told to.
final class SimulatedDeskWorker {
    enum Condition {
        case running, frozen, dead, left
    }

    let id: WorkerId
    let number: Int
    unowned let world: DeskWorld
    private(set) var condition = Condition.running
    private let core: DeskWorker
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

    private var consumers: [ChannelId: FakeBroker.Consumer] = [:]
    /// Channels in the order in which they were opened.
    private var channels: [ChannelId] = []
    /// When the newest message to the broker gets there: messages of one connection do not overtake each other.
    private var brokerReached = MonotonicTime(nanoseconds: 0)
    private var arrivals: [Arrival] = []
    private var arrivalReached = MonotonicTime(nanoseconds: 0)
    private var handsOver = false
    /// What came while it was frozen.
    private var missed: [DeskInput] = []
    private var wakeSerial = 0
    private var wakeAt: MonotonicTime?

    /// Its clock is too far from the database's for it to claim anything: whoever watches over it starts it anew.
    var hasDrifted: Bool { condition == .running && core.complaints.contains { $0.hasPrefix("the clock") } }
    var isRunning: Bool { condition == .running }
    var isGone: Bool { condition == .dead || condition == .left }

    init(_ world: DeskWorld, _ number: Int, _ options: DeskOptions) {
        self.world = world
        self.number = number
        id = options.worker
        core = DeskWorker(options: options, at: world.scheduler.now)
    }

    func start() { hear(.woken) }

    /// Something happened that the process would notice, if it ran.
    func hear(_ input: DeskInput) {
        switch condition {
        case .running: step(input)
        case .frozen: missed.append(input)
        case .dead, .left: break
        }
    }

    private func step(_ input: DeskInput) {
        let outputs = core.step(input, at: world.scheduler.now)
        if let killer = outputs.lazy.compactMap(\.killer).first {
            world.died(self, of: "command \(Describe.short(killer))")
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
        for channel in channels { consumers[channel].map(world.broker.close) }
        consumers = [:]
        channels = []
        missed = []
        heldBack = []
    }

    /// SIGSTOP: nothing of it runs, but its connections stay.
    func freeze() {
        guard condition == .running else { return }
        condition = .frozen
    }

    func thaw() {
        guard condition == .frozen else { return }
        condition = .running
        // Threads go on in whatever order: its hands may be faster than whoever would tell it what has become of it.
        let visits = heldBack
        heldBack = []
        for visit in visits { setOut(visit) }
        let inputs = missed
        missed = []
        for input in inputs where condition == .running { step(input) }
        guard condition == .running else { return }
        control.startNext()
        handOver()
        wakeAt = nil
        hear(.woken)
    }

    func drain() { hear(.drain) }

    /// The broker takes its connection for dead.
    func loseBroker(_ reason: String) {
        world.broker.cut(channels.compactMap { consumers[$0] }, reason: reason)
    }

    // What it does.

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
        case .leave: leave()
        case .visit(let visit):
            sessions.subtract(visit.closes)
            sessions.insert(visit.session)
            // Those that have not answered lately are tried without taking anybody's place, by half of the hands.
            let bound = max(world.profile.connections, world.profile.hands) + max(1, world.profile.hands / 2)
            if sessions.count > bound { world.auditor.fail("\(id) has \(sessions.count) sessions, of \(bound)") }
            // A hand takes it up.
            world.scheduler.after(world.delay(0...60)) { [self] in setOut(visit) }
        case .consume(let channel): toBroker { [self] in consume(channel) }
        case .close(let channel): toBroker { [self] in close(channel) }
        case .acknowledge(let channel, let tag):
            toBroker { [self] in
                if let consumer = consumers[channel] { world.broker.acknowledge(consumer, through: tag) }
            }
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

    // MARK: - Broker

    /// What was sent gets there even if the sender freezes meanwhile, but not if it dies.
    private func toBroker(_ action: @escaping () -> Void) {
        brokerReached = max(
            brokerReached, MonotonicTime(nanoseconds: world.scheduler.now.nanoseconds + world.delay(20...500)))
        world.scheduler.at(brokerReached) { [self] in
            if !isGone { action() }
        }
    }

    private func consume(_ channel: ChannelId) {
        let consumer = world.broker.consume(
            channel.partition, prefetch: world.profile.prefetch,
            deliver: { [self] tag, message in arrive(channel, tag, message) },
            ended: { [self] reason in
                forget(channel)
                world.scheduler.after(world.delay(20...500)) { [self] in hear(.channelEnded(channel, reason: reason)) }
            })
        guard let consumer else {
            world.scheduler.after(world.delay(1_000...5_000)) { [self] in
                hear(.channelEnded(channel, reason: "nobody answers"))
            }
            return
        }
        consumers[channel] = consumer
        channels.append(channel)
    }

    private func close(_ channel: ChannelId) {
        if let consumer = consumers[channel] { world.broker.close(consumer) }
        forget(channel)
    }

    private func forget(_ channel: ChannelId) {
        consumers[channel] = nil
        channels.removeAll { $0 == channel }
    }

    /// A delivery is on its way; it is handed over together with others that have come by then.
    private func arrive(_ channel: ChannelId, _ tag: UInt64, _ message: FakeBroker.Message) {
        arrivalReached = max(
            arrivalReached, MonotonicTime(nanoseconds: world.scheduler.now.nanoseconds + world.delay(20...300)))
        world.scheduler.at(arrivalReached) { [self] in
            guard !isGone else { return }
            arrivals.append(
                Arrival(
                    channel: channel, tag: tag, isRedelivered: message.isRedelivered, user: message.user,
                    body: message.body))
            guard !handsOver else { return }
            handsOver = true
            world.scheduler.after(world.delay(0...200)) { [self] in handOver() }
        }
    }

    private func handOver() {
        guard condition == .running else { return }
        handsOver = false
        guard !arrivals.isEmpty else { return }
        let input = DeskInput.delivered(arrivals)
        arrivals = []
        hear(input)
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
