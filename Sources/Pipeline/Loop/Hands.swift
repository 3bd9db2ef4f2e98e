internal import RabbitMQ
internal import Runtime

/// Those that do what a worker wants done. Nothing here makes the deciding thread wait.
final class Hands: Sendable {
    private let control: Control
    private let reader: Reader
    private let committer: Committer
    private let channels: CommandChannels
    private let notices: NoticeBoard
    private let metrics: LoopMetrics
    private let log: Log
    private let warnings: WarningLog
    /// Ends the pauses between attempts to reach the database.
    private let end = Latch()
    private let state = Lock(State())

    private struct State {
        /// When the database last answered a beat.
        var lastBeat: MonotonicTime?
        var complaints: [String] = []
    }

    init(_ parts: WorkerLoop.Parts, inbox: Inbox) throws {
        let (end, metrics) = (end, parts.metrics)
        func session(_ role: SessionRole) -> @Sendable () -> StoreSession {
            { StoreSession(role, backoff: parts.backoff, end: end, connect: parts.openStore) }
        }
        self.metrics = metrics
        log = parts.log
        warnings = WarningLog(parts.log)
        control = try Control(
            session: session(.control), worker: parts.options.worker, inbox: inbox, log: parts.log)
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
            control.run(.beat(beat))
        case .claim(let wanted): control.run(.claim(wanted))
        case .release(let held): control.run(.release(held))
        case .recordAttempt(let id, let epoch, let partition):
            control.run(.recordAttempt(id, epoch: epoch, partition: partition))
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
    func note(_ input: Input) {
        switch input {
        case .beat: state.withLock { $0.lastBeat = SystemTime().monotonic }
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

    /// What keeps the worker from its work; empty where nothing does.
    var complaints: [String] {
        var all = state.withLock { $0.complaints }
        if !channels.isConnected { all.append("there is no connection to the broker") }
        if let last = state.withLock({ $0.lastBeat }) {
            let silence = SystemTime().monotonic - last
            if silence > .seconds(3) { all.append("the database has not answered for \(silence)") }
        } else {
            all.append("the database has not answered yet")
        }
        return all
    }

    /// Takes over what the core says of itself, at each beat.
    func look(at worker: Worker) {
        let complaints = worker.complaints
        state.withLock { $0.complaints = complaints }
        metrics.take(worker.statistics, loadedBytes: worker.loadedBytes, waiting: worker.waiting)
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
