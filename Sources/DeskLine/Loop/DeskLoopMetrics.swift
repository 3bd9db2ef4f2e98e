internal import Pipeline
public import Runtime
internal import Ticketing

/// What a desk worker's process tells of itself to operators: what every worker tells, and what is its own.
public struct DeskLoopMetrics: Sendable {
    let loop: LoopMetrics
    let openedSessions: Counter
    private let opened: Counter
    private let sessions: Gauge
    private let displaced: Counter
    private let away: Gauge
    private let spilled: Gauge
    private let refusedSpills: Counter
    private let endangered: Counter
    private let counted = Lock(DeskWorker.Statistics())

    public init(_ metrics: Metrics, log: Log) {
        loop = LoopMetrics(metrics, log: log)
        opened = metrics.counter("turnstile_desks_opened_total", "Desks that were loaded from their databases.")
        openedSessions = metrics.counter(
            "turnstile_desk_sessions_opened_total", "Sessions with tenants' databases that were opened.")
        sessions = metrics.gauge("turnstile_desk_sessions", "Sessions with tenants' databases that are kept.")
        displaced = metrics.counter(
            "turnstile_desk_sessions_displaced_total",
            "Sessions that were closed for want of room: where these are many a second, raise desk.connections.")
        away = metrics.gauge("turnstile_tenants_away", "Tenants whose databases do not answer.")
        spilled = metrics.gauge(
            "turnstile_commands_spilled", "Commands that are kept until their tenants' databases are back.")
        refusedSpills = metrics.counter(
            "turnstile_spills_refused_total", "Commands that were refused because too many were kept for their tenant.")
        endangered = metrics.counter(
            "turnstile_limits_in_danger_total",
            "Tickets whose work will end after their limits: by construction none, so look at each.")
    }

    /// Takes over what the core counts.
    func take(_ worker: DeskWorker) {
        let now = worker.statistics
        let before = counted.withLock { counted in
            defer { counted = now }
            return counted
        }
        loop.replayed.add(Int(now.replayed - before.replayed))
        loop.parked.add(Int(now.parked - before.parked))
        loop.evictions.add(Int(now.evictions - before.evictions))
        loop.lostPartitions.add(Int(now.lostPartitions - before.lostPartitions))
        loop.loadedEvents.set(worker.loaded)
        loop.loadedBytes.set(worker.loadedBytes)
        loop.waiting.set(worker.waiting)
        opened.add(Int(now.opened - before.opened))
        displaced.add(Int(now.displacedSessions - before.displacedSessions))
        sessions.set(worker.keptSessions)
        refusedSpills.add(Int(now.refusedSpills - before.refusedSpills))
        endangered.add(Int(now.limitsInDanger - before.limitsInDanger))
        away.set(worker.away)
        spilled.set(worker.spilled)
    }

    func note(_ visit: Visit, _ outcome: VisitOutcome, took duration: Duration) {
        switch outcome {
        case .opened: loop.loadTime.observe(duration)
        case .lookedUp, .migrated: break
        case .committed(_, let answers):
            loop.commitTime.observe(duration)
            loop.decisions.add(answers.count)
            loop.batches.add()
            loop.batchSize.observe(answers.count)
        case .failed(let failure): loop.failedCommits.with(failure.word).add()
        }
    }
}

extension VisitFailure {
    /// For a metric's label.
    fileprivate var word: String {
        switch self {
        case .fenced: "fenced"
        case .unavailable: "unavailable"
        case .unknown: "unknown"
        case .rejected: "rejected"
        case .missing: "missing"
        case .crowded: "crowded"
        case .outdated: "outdated"
        case .broken: "broken"
        }
    }
}
