internal import Pipeline
internal import Runtime

/// How it is with a simulated process.
enum ProcessCondition {
    case running, frozen, dead, left
}

/// One worker process of any line: drives a core as the real loop does, with a connection to the fake broker, and dies
/// and freezes when it is told to. What the core wants of databases its line's own kind of process does.
class SimulatedProcess<Core: DecidingCore> {
    let id: WorkerId
    let number: Int
    let core: Core
    private(set) var condition = ProcessCondition.running

    private unowned let circumstances: Circumstances
    private let broker: FakeBroker
    private let prefetch: Int
    private var consumers: [ChannelId: FakeBroker.Consumer] = [:]
    /// Channels in the order in which they were opened.
    private var channels: [ChannelId] = []
    /// When the newest message to the broker gets there: messages of one connection do not overtake each other.
    private var brokerReached = MonotonicTime(nanoseconds: 0)
    private var arrivals: [Arrival] = []
    private var arrivalReached = MonotonicTime(nanoseconds: 0)
    private var handsOver = false
    /// What came while it was frozen.
    private var missed: [Core.Input] = []
    private var wakeSerial = 0
    private var wakeAt: MonotonicTime?

    init(
        _ id: WorkerId, _ number: Int, _ core: Core, in circumstances: Circumstances, broker: FakeBroker, prefetch: Int
    ) {
        self.id = id
        self.number = number
        self.core = core
        self.circumstances = circumstances
        self.broker = broker
        self.prefetch = prefetch
    }

    // MARK: - What a line's process does

    /// Does what the core wants done.
    ///
    /// - Returns: false where that was the process' end.
    func perform(_ outputs: [Core.Output]) -> Bool { true }
    /// Nothing runs any more: connections to databases end.
    func disconnect() {}
    /// It runs again. Threads go on in whatever order: these are faster than whoever would tell the core what has
    /// become of it.
    func overtake() {}
    /// It runs again, and the core has heard what came meanwhile.
    func resume() {}

    // MARK: - Its life

    /// Its clock is too far from the database's for it to claim anything: whoever watches over it starts it anew.
    var hasDrifted: Bool { condition == .running && core.complaints.contains { $0.hasPrefix("the clock") } }
    var isRunning: Bool { condition == .running }
    var isGone: Bool { condition == .dead || condition == .left }

    func start() { hear(.woken) }

    /// Something happened that the process would notice, if it ran.
    func hear(_ input: Core.Input) {
        switch condition {
        case .running: step(input)
        case .frozen: missed.append(input)
        case .dead, .left: break
        }
    }

    private func step(_ input: Core.Input) {
        guard perform(core.step(input, at: circumstances.scheduler.now)) else { return }
        planWake()
    }

    private func planWake() {
        guard !isGone, !core.hasLeft, wakeAt != core.nextWake else { return }
        wakeAt = core.nextWake
        wakeSerial += 1
        let serial = wakeSerial
        circumstances.scheduler.at(core.nextWake) { [self] in
            guard serial == wakeSerial else { return }
            wakeAt = nil
            hear(.woken)
        }
    }

    /// kill -9: nothing of it runs any more, and its connections end.
    func kill() {
        guard !isGone else { return }
        condition = .dead
        end()
    }

    /// It has given everything back, and ends by itself.
    func leave() {
        condition = .left
        end()
    }

    private func end() {
        disconnect()
        for channel in channels { consumers[channel].map(broker.close) }
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
        overtake()
        let inputs = missed
        missed = []
        for input in inputs where condition == .running { step(input) }
        guard condition == .running else { return }
        resume()
        handOver()
        wakeAt = nil
        hear(.woken)
    }

    func drain() { hear(.drain) }

    // MARK: - Broker

    /// The broker takes its connection for dead.
    func loseBroker(_ reason: String) {
        broker.cut(channels.compactMap { consumers[$0] }, reason: reason)
    }

    /// What was sent gets there even if the sender freezes meanwhile, but not if it dies.
    func toBroker(_ action: @escaping () -> Void) {
        brokerReached = max(
            brokerReached,
            MonotonicTime(nanoseconds: circumstances.scheduler.now.nanoseconds + circumstances.delay(20...500)))
        circumstances.scheduler.at(brokerReached) { [self] in
            if !isGone { action() }
        }
    }

    func acknowledge(_ channel: ChannelId, through tag: UInt64) {
        toBroker { [self] in
            if let consumer = consumers[channel] { broker.acknowledge(consumer, through: tag) }
        }
    }

    func close(_ channel: ChannelId) {
        toBroker { [self] in
            if let consumer = consumers[channel] { broker.close(consumer) }
            forget(channel)
        }
    }

    func consume(_ channel: ChannelId) {
        toBroker { [self] in
            let consumer = broker.consume(
                channel.partition, prefetch: prefetch,
                deliver: { [self] tag, message in arrive(channel, tag, message) },
                ended: { [self] reason in
                    forget(channel)
                    hear(.channelEnded(channel, reason: reason), after: 20...500)
                })
            guard let consumer else {
                return hear(.channelEnded(channel, reason: "nobody answers"), after: 1_000...5_000)
            }
            consumers[channel] = consumer
            channels.append(channel)
        }
    }

    private func hear(_ input: Core.Input, after microseconds: ClosedRange<Int>) {
        circumstances.scheduler.after(circumstances.delay(microseconds)) { [self] in hear(input) }
    }

    private func forget(_ channel: ChannelId) {
        consumers[channel] = nil
        channels.removeAll { $0 == channel }
    }

    /// A delivery is on its way; it is handed over together with others that have come by then.
    private func arrive(_ channel: ChannelId, _ tag: UInt64, _ message: FakeBroker.Message) {
        arrivalReached = max(
            arrivalReached,
            MonotonicTime(nanoseconds: circumstances.scheduler.now.nanoseconds + circumstances.delay(20...300)))
        circumstances.scheduler.at(arrivalReached) { [self] in
            guard !isGone else { return }
            arrivals.append(
                Arrival(
                    channel: channel, tag: tag, isRedelivered: message.isRedelivered, user: message.user,
                    body: message.body))
            guard !handsOver else { return }
            handsOver = true
            circumstances.scheduler.after(circumstances.delay(0...200)) { [self] in handOver() }
        }
    }

    private func handOver() {
        guard condition == .running else { return }
        handsOver = false
        guard !arrivals.isEmpty else { return }
        let input = Core.Input.delivered(arrivals)
        arrivals = []
        hear(input)
    }
}
