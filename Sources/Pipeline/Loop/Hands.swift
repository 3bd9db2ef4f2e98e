internal import RabbitMQ
internal import Runtime

/// Those that do what a worker wants done. Nothing here makes the deciding thread wait.
final class Hands: WorkerHands {
    private let worker: WorkerId
    private let control: ControlThread<any Store, Input>
    private let reader: Reader
    private let committer: Committer
    private let channels: CommandChannels
    private let notices: NoticeBoard
    private let metrics: LoopMetrics
    private let log: Log
    private let warnings: WarningLog
    /// Ends the pauses between attempts to reach the database.
    private let end = Latch()
    private let readiness = Readiness(database: "the database")

    init(_ parts: WorkerLoop.Parts, inbox: Inbox<Input>) throws {
        let (end, metrics, worker) = (end, parts.metrics, parts.options.worker)
        func session(_ role: SessionRole) -> @Sendable () -> SeatsSession {
            {
                SeatsSession(backoff: parts.backoff, end: end) { () throws(StoreError) in
                    try parts.openStore(role)
                }
            }
        }
        self.worker = worker
        self.metrics = metrics
        log = parts.log
        warnings = WarningLog(parts.log)
        control = try ControlThread(session: session(.control), inbox: inbox, log: parts.log) {
            store throws(StoreError) in try store.leave(worker)
        }
        reader = try Reader(session: session(.reader), inbox: inbox, metrics: metrics)
        committer = try Committer(
            line: parts.line, session: session(.committer), sealer: parts.makeSealer, inbox: inbox, metrics: metrics)
        channels = CommandChannels(
            exchange: Topology.seats, prefetch: parts.prefetch, inbox: inbox, metrics: metrics,
            prepare: parts.prepareBroker)
        notices = NoticeBoard(bound: parts.backlogBytes, metrics: metrics)
        try channels.start(parts.broker, backoff: parts.backoff, log: parts.log)
        try notices.start(parts.broker, backoff: parts.backoff, log: parts.log)
    }

    func perform(_ output: Output) {
        switch output {
        case .beat(let beat):
            metrics.owned.set(beat.owned)
            metrics.loadedEvents.set(beat.loadedEvents)
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
        case .recordAttempt(let id, let epoch, let partition):
            control.ask { store throws(StoreError) in
                let count = try store.recordAttempt(id, partition: partition, epoch: epoch)
                return .attemptRecorded(id, epoch: epoch, partition: partition, count)
            } orElse: {
                .attemptFailed(id, epoch: epoch, partition: partition, $0)
            }
        case .leave: log.info("leaving")

        case .consume(let id): channels.consume(id)
        case .close(let id): channels.close(id)
        case .acknowledge(let id, let tag): channels.acknowledge(id, through: tag)
        case .publish(let all): notices.post(all)

        case .load(let event, let epoch, let partition, let at):
            reader.want(.load(event, epoch: epoch, partition: partition, at: at))
        case .lookUp(let ids, let epoch, let partition, let at):
            reader.want(.lookUp(ids, epoch: epoch, partition: partition, at: at))
        case .readJournalIds(let sequence, let epoch, let partition, let at):
            reader.want(.journalIds(from: sequence, epoch: epoch, partition: partition, at: at))
        case .commit(let group): committer.commit(group)

        case .warn(let text, let partition):
            metrics.warnings.add()
            warnings.write(text, partition: partition, at: SystemTime().monotonic)
        }
    }

    /// What an operator wants to know of the answers.
    func note(_ input: Input, by worker: Worker) {
        switch input {
        case .beat:
            readiness.note(worker.complaints, at: SystemTime().monotonic)
            metrics.take(worker.statistics, loadedBytes: worker.loadedBytes, waiting: worker.waiting)
        case .claimed(_, let claims):
            guard !claims.isEmpty else { return }
            let crashed = claims.count { $0.crashes > 1 }
            metrics.crashes.add(crashed)
            log.info(
                "claimed partitions",
                ["turnstile.claims": .int(claims.count), "turnstile.crashed": .int(crashed)])
        default: break
        }
    }

    var complaints: [String] {
        readiness.complaints(isConnected: channels.isConnected, at: SystemTime().monotonic)
    }

    /// Ends them all, what is under way included. The place in the pool is given up after everything else.
    func stop() {
        end.open()
        committer.stop()
        reader.stop()
        channels.stop()
        notices.stop(within: .seconds(1))
        control.stop()
    }
}
