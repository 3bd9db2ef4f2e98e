internal import Desk
internal import Pipeline
internal import Runtime
internal import Ticketing
internal import Wire

// Whose turn it is, and what is done with it.
extension DeskWorker {
    /// - Parameter isUrgent: somebody waits for it.
    func queue(_ lane: TenantLane, _ partition: DeskPartition, isUrgent: Bool = true) {
        if isUrgent {
            guard !lane.isQueued else { return }
            lane.isQueued = true
            if isCold(lane) { coldLine.append((partition, lane)) } else { line.append((partition, lane)) }
        } else {
            guard !lane.isQueued, !lane.isBackQueued else { return }
            lane.isBackQueued = true
            backLine.append((partition, lane))
        }
    }

    func serve(at now: MonotonicTime) {
        // What falls due where nobody waits is not to wait for a rush elsewhere to end.
        if isBacksTurn { serveBack(most: 1, within: options.hands, at: now) }
        // Those who need sessions come first, since they get few of the hands; where there are hardly any, in turns.
        if options.hands >= 4 || !wasCold { serveCold(at: now) }
        var turns = line.count
        while turns > 0, visits < options.hands, let (partition, lane) = line.first {
            turns -= 1
            line.removeFirst()
            lane.isQueued = false
            // Somebody else may have taken its session.
            guard !isCold(lane) else {
                queue(lane, partition)
                continue
            }
            serve(lane, partition, at: now) { queue(lane, partition) }
        }
        serveCold(at: now)
        // The half of the hands is kept for those who have somebody waiting.
        serveBack(most: options.hands, within: (options.hands + 1) / 2, at: now)
    }

    private func serveCold(at now: MonotonicTime) {
        var turns = coldLine.count
        while turns > 0, visits < options.hands, coldVisits.count < mostCold, let (partition, lane) = coldLine.first {
            turns -= 1
            coldLine.removeFirst()
            lane.isQueued = false
            serve(lane, partition, at: now) { queue(lane, partition) }
        }
    }

    private func serveBack(most: Int, within hands: Int, at now: MonotonicTime) {
        var turns = backLine.count
        var begun = 0
        while turns > 0, begun < most, visits < hands, coldVisits.count < mostCold,
            let (partition, lane) = backLine.first
        {
            turns -= 1
            backLine.removeFirst()
            guard lane.isBackQueued else { continue }
            lane.isBackQueued = false
            let before = visits
            serve(lane, partition, at: now) { queue(lane, partition, isUrgent: false) }
            guard visits > before else { continue }
            begun += 1
            isBacksTurn = false
        }
    }

    /// It needs a session first. Those that are away have a bound of their own, and must not be in the way of others.
    private func isCold(_ lane: TenantLane) -> Bool { lane.awaySince == nil && !sessions.has(lane.tenant) }

    /// Visits that may begin with a new session at a time: more of them where nobody with a session waits.
    private var mostCold: Int { max(1, options.hands / (line.first == nil ? 2 : 4)) }

    private func serve(
        _ lane: TenantLane, _ partition: DeskPartition, at now: MonotonicTime, orElse putBack: () -> Void
    ) {
        guard partitions[partition.number] === partition, partition.isServing,
            partition.tenants[lane.tenant] === lane, lane.visit == nil
        else { return }
        if let at = lane.retryAt {
            guard at <= now else { return }
            lane.retryAt = nil
        }
        guard stores.hasRoom(in: lane.account.store) else {
            // Its turn may be long in coming: what comes for it must not stay in the way of those with other stores.
            if lane.hasWork { miss(lane, partition, at: now) }
            return putBack()
        }
        let isAway = lane.awaySince != nil
        guard !isAway || awayVisits.count < max(1, options.hands / 2) else { return putBack() }
        let isCold = isCold(lane)
        guard !isCold || coldVisits.count < mostCold else { return putBack() }
        guard let wish = wish(of: lane, partition, at: now) else { return }
        visitNumber += 1
        visits += 1
        if isAway { awayVisits.insert(visitNumber) }
        if isCold { coldVisits.insert(visitNumber) }
        wasCold = isCold
        // Every second of those who get a session, and every eighth of all.
        if isCold || visitNumber % 8 == 0 { isBacksTurn = true }
        stores.begin(lane.account.store)
        lane.visit = visitNumber
        var visit = Visit(
            number: visitNumber, tenant: lane.tenant, partition: partition.number, epoch: partition.epoch,
            store: lane.account.store, database: lane.account.database, wish: wish)
        // One that does not answer, or is being made, takes nobody's session away.
        if !isAway, lane.account.isActive { keepSession(of: visit) }
        displaced.removeAll { $0 == visit.session }
        swap(&visit.closes, &displaced)
        outputs.append(.visit(visit))
    }

    private func keepSession(of visit: Visit) {
        guard let name = sessions.take(visit.tenant, of: visit.partition, visit.session, unless: need) else { return }
        statistics.displacedSessions += 1
        displaced.append(name)
    }

    /// Whether a tenant's session is needed.
    private func need(of tenant: TenantId, in partition: Int) -> KeptSessions.Need {
        guard let lane = partitions[partition]?.tenants[tenant] else { return .none }
        return lane.visit != nil ? .now : lane.isQueued ? .soon : .none
    }

    private func wish(of lane: TenantLane, _ partition: DeskPartition, at now: MonotonicTime) -> Visit.Wish? {
        switch lane.phase {
        case .closed, .broken:
            guard lane.hasWork || lane.wantsOpening || lane.isDue else { return nil }
            return lane.isOutdated ? .migrate : .open(at: partition.time(at: now))
        case .open:
            repeat {
                lookAfterSpill(of: lane, partition)
                let unsure = lane.unsure(atMost: options.batchBound)
                if !unsure.isEmpty { return .lookUp(unsure, at: max(partition.time(at: now), lane.head.at)) }
                if let flight = decide(lane, partition, at: now) {
                    lane.flight = flight
                    return .commit(flight.batch)
                }
                // All of it may have been answered without a batch, as known or refused: what is behind it comes next,
                // and no visit's end will call for that.
            } while lane.next?.isUnsure ?? false
            lookAfterSpill(of: lane, partition)
            return nil
        }
    }

    func visited(_ visit: Visit, _ outcome: VisitOutcome, at now: MonotonicTime) {
        visits -= 1
        let isKnown = awayVisits.remove(visit.number) != nil
        coldVisits.remove(visit.number)
        if outcome.keepsSession { keepSession(of: visit) } else { sessions.drop(visit.tenant) }
        stores.end(visit.store, answered: outcome.isAnswer, isKnown: isKnown)
        guard let partition = partition(visit.partition, visit.epoch), let lane = partition.tenants[visit.tenant],
            lane.visit == visit.number
        else { return }
        lane.visit = nil
        if outcome.isDesks { lane.isBack() }
        // Time that makes something fall due is use as well: it would be loaded anew each minute otherwise.
        if case .failed = outcome {} else { lane.lastUsed = now }
        switch outcome {
        case .opened(let desk): opened(desk, lane, partition)
        case .migrated: lane.isOutdated = false
        case .lookedUp(let known):
            if case .lookUp(let ids, _) = visit.wish { lookedUp(ids, known, lane) }
        case .committed(let chain, let answers): committed(chain, answers, lane, partition)
        case .failed(let failure): failed(failure, visit, lane, partition, at: now)
        }
        guard partitions[partition.number] === partition else { return }
        if lane.hasWork || lane.isDue || lane.wantsOpening { queue(lane, partition) }
    }

    // MARK: - Opening and looking up

    private func opened(_ desk: OpenedDesk, _ lane: TenantLane, _ partition: DeskPartition) {
        statistics.opened += 1
        lane.wantsOpening = false
        lane.phase = .open
        lane.state = desk.state
        lane.head = TenantLane.Head(
            batch: desk.batch, nextSequence: desk.nextSequence, chain: desk.chain, at: desk.at)
        lane.filter = desk.known?.filter
        for item in lane.waiting.all + lane.readBack.all {
            guard case .unsure = item.progress, let id = item.id, !lane.mayBeKnown(id) else { continue }
            item.progress = .waiting
        }
        noteDue(lane, partition)
        // An owner before may have come so far and no further.
        if lane.state?.row.status == .active, !lane.account.isActive { activate(lane, partition, nil) }
    }

    private func lookedUp(_ ids: [CommandId], _ known: [KnownDecision], _ lane: TenantLane) {
        var found: [CommandId: KnownDecision] = [:]
        for decision in known { found[decision.id] = decision }
        for item in lane.deciding where item.isUnsure {
            guard let id = item.id, ids.contains(id) else { continue }
            item.progress = found[id].map { .known($0) } ?? .waiting
        }
    }

    func noteDue(_ lane: TenantLane, _ partition: DeskPartition) {
        lane.isDue = false
        partition.dues.set(lane.key, lane.state?.nextDue.map { Time($0) })
    }

    /// Lanes whose time has come get in line.
    func queueDue(_ partition: DeskPartition, at now: MonotonicTime) {
        let time = partition.time(at: now)
        while let due = partition.dues.first, due.time <= time {
            partition.dues.set(due.event, nil)
            guard let lane = partition.tenants[TenantId(high: due.event.high, low: due.event.low)] else { continue }
            lane.isDue = true
            queue(lane, partition)
        }
    }

    // MARK: - Failures

    private func failed(
        _ failure: VisitFailure, _ visit: Visit, _ lane: TenantLane, _ partition: DeskPartition,
        at now: MonotonicTime
    ) {
        let flight = lane.flight
        lane.close()
        endTrial(of: lane, partition)
        lane.isOutdated = false
        switch failure {
        case .fenced:
            if case .open = visit.wish {
                lose(partition, "another worker has the tenant's desk")
            } else {
                // Opening it says by whom: if by nobody, an earlier batch of ours was in after all.
                lane.wantsOpening = true
            }
        case .crowded(let reason):
            // Others use the server as well, and it has less room than was thought: it gets some back with the next
            // visit.
            let gone = sessions.release(of: visit.store, unless: need)
            statistics.displacedSessions += UInt64(gone.count)
            displaced += gone
            wentAway(lane, reason, partition, at: now)
        case .unavailable(let reason), .unknown(let reason):
            wentAway(lane, reason, partition, at: now)
        case .missing:
            if lane.account.isActive {
                wentAway(lane, "there is no database \(lane.account.database)", partition, at: now)
            } else {
                // It is still being made: `account-ready` says when it is there.
                lane.isBack()
                lane.wantsOpening = false
                answerNotReady(lane, partition)
                // What is left may wait for as long as it takes to make a database: it is not asked for all the time.
                if lane.hasWork { lane.retryAt = now + .milliseconds(200) }
            }
        case .rejected(let reason):
            statistics.failedBatches += 1
            outputs.append(
                .warn("the database of \(lane.account.subDomain) refused: \(reason)", partition: partition.number))
            refused(flight, reason, lane, partition, at: now)
        case .outdated:
            lane.isOutdated = true
            lane.wantsOpening = true
            // It is served like one that is away: by half of the hands at most, and what comes meanwhile is kept.
            miss(lane, partition, at: now)
        case .broken(let reason): broke(lane, reason, partition, at: now)
        }
    }

    private func refused(
        _ flight: TenantLane.Flight?, _ reason: String, _ lane: TenantLane, _ partition: DeskPartition,
        at now: MonotonicTime
    ) {
        // What falls due is refused, or what was to be parked: nothing can be decided about the desk.
        guard let item = flight?.answers.first?.item, item.poison == nil else {
            return broke(lane, reason, partition, at: now)
        }
        lane.failures += 1
        lane.retryAt = now + .milliseconds(25 << min(lane.failures, 7))
        lane.wantsOpening = true
        if let count = flight?.answers.count, count > 1 {
            lane.alone = count
        } else {
            item.poison = ParkReason(.poison, reason)
        }
    }

    private func broke(
        _ lane: TenantLane, _ reason: String, _ partition: DeskPartition, at now: MonotonicTime
    ) {
        outputs.append(.warn("the desk of \(lane.account.subDomain): \(reason)", partition: partition.number))
        lane.phase = .broken
        lane.wantsOpening = true
        // None of those that were tried is to blame.
        lane.alone = 0
        for item in lane.waiting.all + lane.readBack.all { item.poison = nil }
        lane.retryAt = now + .seconds(10)
        // What was accepted for it is kept until somebody has mended it, and is in nobody's way.
        miss(lane, partition, at: now)
    }

    private func wentAway(
        _ lane: TenantLane, _ reason: String, _ partition: DeskPartition, at now: MonotonicTime
    ) {
        lane.failures += 1
        lane.wantsOpening = true
        lane.retryAt = now + .milliseconds(25 << min(lane.failures, 5))
        guard lane.awaySince == nil else { return }
        miss(lane, partition, at: now)
        outputs.append(
            .warn("the database of \(lane.account.subDomain) is away: \(reason)", partition: partition.number))
    }

    /// Its commands are kept elsewhere, unless it answers soon.
    func miss(_ lane: TenantLane, _ partition: DeskPartition, at now: MonotonicTime) {
        guard lane.awaySince == nil else { return }
        lane.awaySince = now
        if !lane.isWatched { awayLanes.append((partition, lane)) }
        lane.isWatched = true
        nextAway = min(nextAway ?? now + options.silence, now + options.silence)
    }

    /// Looks after those whose databases are away, and those that rest.
    func wakeAway(at now: MonotonicTime) {
        nextAway = nil
        guard !awayLanes.isEmpty else { return }
        awayLanes.removeAll { partition, lane in
            let isOver = lane.awaySince == nil || partitions[partition.number] !== partition
            if isOver { lane.isWatched = false }
            return isOver
        }
        for (partition, lane) in awayLanes {
            guard let since = lane.awaySince else { continue }
            if since + options.silence <= now {
                // Who leaves lets the next owner keep it.
                if partition.phase != .leaving { spill(lane, partition) }
            } else {
                nextAway = min(nextAway ?? since + options.silence, since + options.silence)
            }
            guard lane.visit == nil, let at = lane.retryAt else { continue }
            if at <= now { queue(lane, partition) } else { nextAway = min(nextAway ?? at, at) }
        }
    }

    // MARK: - Letting go

    /// Lets go of desks that were not used for long, and of more when memory is short.
    func evict(at now: MonotonicTime) {
        footprint = 0
        var idle: [TenantLane] = []
        for case let partition? in partitions {
            var rested: [TenantLane] = []
            for lane in partition.tenants.values {
                if lane.awaySince == nil, let at = lane.retryAt, at <= now { rested.append(lane) }
                footprint += lane.footprint
                if lane.isIdle, lane.phase == .open { idle.append(lane) }
            }
            // Whoever rests after a failure looks again by himself.
            for lane in rested.sorted(by: { $0.tenant < $1.tenant }) { queue(lane, partition) }
        }
        for lane in idle where now - lane.lastUsed > options.idleEviction { evict(lane) }
        guard footprint > options.memoryBound else { return }
        idle.sort { $0.lastUsed == $1.lastUsed ? $0.tenant < $1.tenant : $0.lastUsed < $1.lastUsed }
        for lane in idle where footprint > options.memoryBound / 10 * 9 && lane.phase == .open { evict(lane) }
    }

    private func evict(_ lane: TenantLane) {
        statistics.evictions += 1
        footprint -= lane.footprint
        lane.close()
    }
}

extension VisitOutcome {
    /// Whether the session can be used again.
    package var keepsSession: Bool {
        switch self {
        case .failed(.unavailable), .failed(.unknown), .failed(.missing), .failed(.crowded): false
        default: true
        }
    }

    /// Whether the database's server was there to answer.
    fileprivate var isAnswer: Bool {
        switch self {
        case .opened, .migrated, .lookedUp, .committed: true
        case .failed(.unavailable), .failed(.unknown): false
        case .failed: true
        }
    }

    /// Whether the database itself was there and of use: that it is missing is its server's answer, and it is as much
    /// away.
    fileprivate var isDesks: Bool {
        switch self {
        case .failed(.missing), .failed(.outdated), .failed(.broken), .failed(.crowded): false
        default: isAnswer
        }
    }
}

extension DeskItem {
    var isUnsure: Bool {
        if case .unsure = progress { true } else { false }
    }
}

extension TenantLane {
    /// The tenant's id as the key of its commands.
    var key: EventId { EventId(high: tenant.high, low: tenant.low) }

    /// Those that can be decided next, in their order.
    var deciding: [DeskItem] {
        if readBack.first != nil { return Array(readBack.all) }
        return spilled > 0 || isSpilling ? [] : Array(waiting.all)
    }

    func unsure(atMost bound: Int) -> [CommandId] { deciding.prefix(bound).filter(\.isUnsure).compactMap(\.id) }

    /// Its database answers.
    func isBack() {
        failures = 0
        awaySince = nil
    }
}
