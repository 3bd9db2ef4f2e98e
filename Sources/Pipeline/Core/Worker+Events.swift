internal import Runtime
internal import Sealing
internal import Ticketing
internal import Wire

// Events in memory: loaded when they are first needed, let go when they are idle, moved in and out.
extension Worker {
    func load(_ resident: Resident, _ lane: Lane, at now: MonotonicTime) {
        statistics.loads += 1
        outputs.append(
            .load(resident.event, epoch: lane.epoch, partition: lane.number, at: lane.nextTime(at: now)))
    }

    func loaded(_ event: EventId, _ loaded: LoadedEvent, _ lane: Lane, at now: MonotonicTime) {
        guard let resident = lane.residents[event] else { return }
        switch resident.condition {
        case .loading, .arriving: break
        case .here, .missing, .elsewhere, .broken: return
        }
        switch loaded {
        case .event(let state):
            settleIn(resident, state, lane)
        case .missing:
            resident.condition = .missing
        case .arrived(let state, let version, let from, let digest, let at):
            // What has been waiting here may have been decided there meanwhile, in another copy.
            lane.hasMovedEvents = true
            lookUpAgain(lane, at: now)
            // Taken up with the next batch that is late enough: until then its commands wait.
            resident.condition = .arriving
            resident.state = nil
            resident.arrival = state
            lane.arrivals.append((resident, version, from, digest, at))
            return
        case .arriving:
            resident.condition = .arriving
            retry(
                .load(event, epoch: lane.epoch, partition: lane.number, at: lane.nextTime(at: now)), lane, at: now)
            return
        case .elsewhere: resident.condition = .elsewhere(now)
        case .broken(let reason):
            resident.condition = .broken(reason)
            outputs.append(.warn("the event \(event.text) cannot be served: \(reason)", partition: lane.number))
        }
        resume(resident, lane)
    }

    private func settleIn(_ resident: Resident, _ state: consuming EventState, _ lane: Lane) {
        let next = state.nextDue
        let shows = state.showCount
        resident.state = state
        resident.condition = .here
        // What the tables say may be earlier: then it comes to nothing, and is corrected.
        lane.dues.set(resident.event, next)
        if shows > 0 {
            if resident.announces.isEmpty { lane.announces.append(resident) }
            resident.announces = Array(1...shows)
        }
        measure(resident)
    }

    func loadFailed(_ event: EventId, _ error: StoreError, _ lane: Lane, at now: MonotonicTime) {
        databaseFailed(error, at: now)
        retry(.load(event, epoch: lane.epoch, partition: lane.number, at: lane.nextTime(at: now)), lane, at: now)
    }

    /// What waited is next, ahead of everything that came later.
    func resume(_ resident: Resident, _ lane: Lane) {
        guard !resident.waiting.isEmpty else { return }
        let waiting = resident.waiting
        resident.waiting = []
        lane.runnable.putBack(waiting)
    }

    // MARK: - Moves

    func moveOut(
        _ resident: Resident, to partition: Int, version: UInt64, _ open: OpenBatch, _ lane: Lane,
        at now: MonotonicTime
    ) -> Verdict {
        let digest = resident.state?.digest ?? .zero
        open.batch.moves.append(
            MoveChange(event: resident.event, version: version, step: .out, digest: digest, at: open.batch.at))
        resident.condition = .elsewhere(now)
        resident.state = nil
        return .movedOut(to: partition, digest)
    }

    /// The table says that an event is on its way here.
    func welcome(_ route: EventRoute, at now: MonotonicTime) {
        guard lanes.indices.contains(route.partition), let lane = lanes[route.partition], lane.phase == .owned else {
            return
        }
        let (resident, isNew) = lane.resident(route.event, at: now)
        if isNew {
            load(resident, lane, at: now)
        } else {
            loadAgain(resident, lane, at: now)
        }
    }

    /// Looks again for an event that was not here when it was last looked for.
    func loadAgain(_ resident: Resident, _ lane: Lane, at now: MonotonicTime) {
        guard resident.pendingBatches == 0 else { return }
        switch resident.condition {
        case .elsewhere, .missing: break
        case .loading, .here, .arriving, .broken: return
        }
        resident.condition = .loading
        load(resident, lane, at: now)
    }

    func takeUpArrivals(_ lane: Lane, at now: MonotonicTime) {
        guard !lane.arrivals.isEmpty else { return }
        let arrivals = lane.arrivals
        lane.arrivals = []
        for (position, arrival) in arrivals.enumerated() {
            guard lane.residents[arrival.resident.event] === arrival.resident else { continue }
            if let open = lane.open, open.batch.at < arrival.at {
                lane.arrivals += arrivals[position...]
                return
            }
            lane.raiseClock(to: arrival.at, at: now)
            takeUp(arrival.resident, arrival.version, arrival.from, arrival.digest, lane, at: now)
        }
    }

    private func takeUp(
        _ resident: Resident, _ version: UInt64, _ from: Int, _ digest: Digest, _ lane: Lane, at now: MonotonicTime
    ) {
        guard let state = resident.arrival else { return }
        resident.arrival = nil
        guard state.digest == digest else {
            resident.condition = .broken("its rows are not those that its old partition let go of")
            outputs.append(
                .warn(
                    "the event \(resident.event.text) arrived with other rows than it left with", partition: lane.number
                ))
            resume(resident, lane)
            return
        }
        let open = openBatch(lane, at: now)
        open.touch(resident)
        open.batch.moves.append(
            MoveChange(event: resident.event, version: version, step: .arrived, digest: digest, at: open.batch.at))
        let seed = Book.arrearsSeed(partition: lane.number, batch: open.batch.number)
        open.batch.entries.append(
            Entry(
                id: CommandId(high: seed.high, low: seed.low ^ resident.event.low), event: resident.event,
                tenant: state.tenant, currency: state.currency, payload: [], verdict: .movedIn(from: from, digest)))
        settleIn(resident, state, lane)
        // What is due is stored here from now on.
        if let next = lane.dues[resident.event] {
            open.batch.dues.append(DueChange(event: resident.event, at: next))
        }
        resume(resident, lane)
    }

    // MARK: - Telling and letting go

    func announce() {
        for case let lane? in lanes where lane.phase == .owned {
            let residents = lane.announces
            lane.announces = []
            for resident in residents where lane.residents[resident.event] === resident {
                // What is not committed is not announced.
                guard resident.pendingBatches == 0 else {
                    lane.announces.append(resident)
                    continue
                }
                for show in resident.announces {
                    guard let version = resident.state?.version(of: show) else { continue }
                    letters.announce(
                        ChangeLine(show: ShowId(resident.event, show), version: version, changes: []))
                }
                resident.announces = []
            }
        }
    }

    func measure(_ resident: Resident) { resident.footprint = 400 + (resident.state?.footprint ?? 0) }

    /// Lets go of events that were not used for long, and of more when memory is short.
    func evict(at now: MonotonicTime) {
        footprint = 0
        for case let lane? in lanes {
            var stateless = 0
            for resident in lane.residents.values {
                footprint += resident.footprint
                if resident.state == nil { stateless += 1 }
            }
            // What is not here is remembered within bounds: strangers may ask for anything.
            for resident in lane.residents.values where resident.isIdle {
                let isForgotten = stateless > 10_000 && resident.state == nil
                if isForgotten || now - resident.lastUsed > options.idleEviction { evict(resident, lane) }
            }
        }
        guard footprint > options.memoryBound else { return }
        var idle: [(resident: Resident, lane: Lane)] = []
        for case let lane? in lanes {
            for resident in lane.residents.values
            where resident.isIdle && now - resident.lastUsed >= options.shortestStay { idle.append((resident, lane)) }
        }
        idle.sort {
            $0.resident.lastUsed == $1.resident.lastUsed
                ? $0.resident.event < $1.resident.event : $0.resident.lastUsed < $1.resident.lastUsed
        }
        for (resident, lane) in idle {
            guard footprint > options.memoryBound / 10 * 9 else { return }
            evict(resident, lane)
        }
        warnOfMemory(at: now)
    }

    /// What is in use needs more than the bound: an operator has to know, though nobody is kept waiting for it.
    private func warnOfMemory(at now: MonotonicTime) {
        guard footprint > options.memoryBound, now - memoryWarnedAt >= .seconds(60) else { return }
        memoryWarnedAt = now
        outputs.append(
            .warn(
                "events in use take about \(footprint >> 20) MiB, of \(options.memoryBound >> 20) MiB; "
                    + "seats.memoryBound may be raised, or an event given a worker of its own", partition: nil))
    }

    private func evict(_ resident: Resident, _ lane: Lane) {
        statistics.evictions += 1
        footprint -= resident.footprint
        lane.forget(resident)
    }
}
