internal import Pipeline
internal import RabbitMQ
internal import Runtime

/// Those that do what a worker wants done. Nothing here makes the deciding thread wait.
final class DeskHands: Sendable {
    private let control: DeskControl
    private let visitors: Visitors
    private let channels: CommandChannels
    private let notices: NoticeBoard
    private let metrics: DeskLoopMetrics
    private let log: Log
    private let warnings: WarningLog
    /// Ends the pauses between attempts to reach the control database.
    private let end = Latch()
    private let state = Lock(State())

    private struct State {
        /// When the control database last answered a beat.
        var lastBeat: MonotonicTime?
        var complaints: [String] = []
    }

    init(_ parts: DeskLoop.Parts, inbox: DeskInbox) throws {
        metrics = parts.metrics
        log = parts.log
        warnings = WarningLog(parts.log)
        control = try DeskControl(parts, inbox: inbox, end: end)
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
            control.run(.beat(beat))
        case .claim(let wanted): control.run(.claim(wanted))
        case .release(let held): control.run(.release(held))
        case .errand(let errand): control.run(.errand(errand))
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

    /// What keeps the worker from its work; empty where nothing does.
    var complaints: [String] {
        var all = state.withLock { $0.complaints }
        if !channels.isConnected { all.append("there is no connection to the broker") }
        if let last = state.withLock({ $0.lastBeat }) {
            let silence = SystemTime().monotonic - last
            if silence > .seconds(3) { all.append("the control database has not answered for \(silence)") }
        } else {
            all.append("the control database has not answered yet")
        }
        return all
    }

    /// Takes over what the core says of itself, at each beat.
    func look(at worker: DeskWorker) {
        let complaints = worker.complaints
        state.withLock { state in
            state.lastBeat = SystemTime().monotonic
            state.complaints = complaints
        }
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
