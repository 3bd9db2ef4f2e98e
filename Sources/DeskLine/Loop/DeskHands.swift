internal import Pipeline
internal import RabbitMQ
internal import Runtime

/// Those that do what a worker wants done. Nothing here makes the deciding thread wait.
final class DeskHands: WorkerHands {
    private let worker: WorkerId
    private let control: ControlThread<any ControlStore, DeskInput>
    private let visitors: Visitors
    private let channels: CommandChannels
    private let notices: NoticeBoard
    private let metrics: DeskLoopMetrics
    private let log: Log
    private let warnings: WarningLog
    /// Ends the pauses between attempts to reach the control database.
    private let end = Latch()
    private let readiness = Readiness(database: "the control database")

    init(_ parts: DeskLoop.Parts, inbox: Inbox<DeskInput>) throws {
        let (end, worker) = (end, parts.options.worker)
        self.worker = worker
        metrics = parts.metrics
        log = parts.log
        warnings = WarningLog(parts.log)
        control = try ControlThread(
            session: { StoreSession(backoff: parts.backoff, end: end, connect: parts.openControl) }, inbox: inbox,
            log: parts.log
        ) { store throws(StoreError) in try store.leave(worker) }
        visitors = try Visitors(parts, inbox: inbox)
        channels = CommandChannels(
            exchange: Topology.desk, prefetch: parts.prefetch, inbox: inbox, metrics: parts.metrics.loop,
            prepare: parts.prepareBroker)
        notices = NoticeBoard(bound: parts.backlogBytes, metrics: parts.metrics.loop)
        try channels.start(parts.broker, backoff: parts.backoff, log: parts.log)
        try notices.start(parts.broker, backoff: parts.backoff, log: parts.log)
    }

    func perform(_ output: DeskOutput) {
        switch output {
        case .beat(let beat):
            metrics.loop.owned.set(beat.owned)
            control.ask { store throws(StoreError) in
                .beat(try store.beat(beat))
            } orElse: {
                .beatFailed($0)
            }
        case .claim(let wanted):
            let (numbers, worker) = (wanted.map(\.number), worker)
            control.ask { store throws(StoreError) in
                .claimed(wanted: numbers, try store.claim(wanted, for: worker))
            } orElse: {
                .claimFailed(wanted: numbers, $0)
            }
        case .release(let held):
            let (numbers, worker) = (held.map(\.number), worker)
            control.ask { store throws(StoreError) in
                try store.release(held, by: worker)
                return .released(numbers)
            } orElse: {
                .releaseFailed(numbers, $0)
            }
        case .errand(let errand):
            control.ask { store throws(StoreError) in
                .ran(errand, try store.run(errand))
            } orElse: {
                .errandFailed(errand, $0)
            }
        case .leave: log.info("leaving")
        case .consume(let id): channels.consume(id)
        case .close(let id): channels.close(id)
        case .acknowledge(let id, let tag): channels.acknowledge(id, through: tag)
        case .publish(let all): notices.post(all)
        case .visit(let visit): visitors.send(visit)
        case .warn(let text, let partition):
            metrics.loop.warnings.add()
            warnings.write(text, partition: partition, at: SystemTime().monotonic)
        }
    }

    var complaints: [String] {
        readiness.complaints(isConnected: channels.isConnected, at: SystemTime().monotonic)
    }

    /// Takes over what the core says of itself, at each beat.
    func note(_ input: DeskInput, by worker: DeskWorker) {
        guard case .beat = input else { return }
        readiness.note(worker.complaints, at: SystemTime().monotonic)
        metrics.take(worker)
    }

    /// Ends them all, what is under way included. The place in the pool is given up after everything else.
    func stop() {
        end.open()
        visitors.stop()
        channels.stop()
        notices.stop(within: .seconds(1))
        control.stop()
    }
}
