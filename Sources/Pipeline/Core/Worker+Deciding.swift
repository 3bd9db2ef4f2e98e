internal import Runtime
internal import Ticketing
internal import Wire

// The heart: what is runnable is decided, on top of what is not committed yet, and goes off as a group.
extension Worker {
    /// - Returns: false when the process would have died of a command: see `WorkerOptions.survives`.
    func decideAndSubmit(at now: MonotonicTime) -> Bool {
        repeat {
            openEntries = lanes.reduce(0) { $0 + ($1?.open?.count ?? 0) }
            for offset in lanes.indices {
                let number = (firstLane + offset) % lanes.count
                guard let lane = lanes[number], lane.isDeciding, lane.restsUntil == nil else { continue }
                guard decide(lane, at: now) else { return false }
            }
            if !lanes.isEmpty { firstLane = (firstLane + 1) % lanes.count }
            // While groups are on their way, the next one is decided already.
        } while submit()
        return true
    }

    /// Whether the lane's next batch takes any more.
    func hasRoom(_ lane: Lane) -> Bool {
        guard lane.attempting == nil, !lane.isTrial else { return false }
        if !lane.care.isOff, !lane.isQuiet { return false }
        guard let open = lane.open else { return openEntries < options.groupBound }
        return openEntries < options.groupBound && !open.isFull(options)
    }

    private func decide(_ lane: Lane, at now: MonotonicTime) -> Bool {
        guard hasRoom(lane) else { return true }
        // What is tried is tried alone.
        if lane.allowed == nil {
            takeUpArrivals(lane, at: now)
            letFallDue(lane, at: now)
        }
        readOn(lane, at: now)
        if let item = lane.allowed { return decideAlone(item, lane, at: now) }
        while hasRoom(lane) {
            // What has been read so far may all wait for something; what has not may not.
            if lane.runnable.first == nil { readOn(lane, at: now) }
            guard let item = lane.runnable.first else { return true }
            lane.relax(at: item)
            if lane.care.isFor(item) || lane.isSuspect(item) {
                guard lane.isQuiet, lane.recording == nil, !isTryingElsewhere(lane) else { return true }
                lane.runnable.removeFirst()
                prepareAttempt(item, lane, at: now)
                if let item = lane.allowed { return decideAlone(item, lane, at: now) }
                if lane.attempting != nil { return true }
            } else {
                lane.runnable.removeFirst()
                guard take(item, lane, at: now) else { return false }
            }
        }
        return true
    }

    /// - Returns: false when the process would have died.
    private func take(_ item: Item, _ lane: Lane, at now: MonotonicTime) -> Bool {
        guard let resident = readiness(of: item, lane, at: now), let command = item.command else { return true }
        if let survives = options.survives, !survives(command.id) { return false }
        decide(item, command, resident, lane, at: now)
        return true
    }

    /// Settles or sets aside what cannot be decided now.
    ///
    /// - Returns: the event's resident, if the item can be decided.
    private func readiness(of item: Item, _ lane: Lane, at now: MonotonicTime) -> Resident? {
        guard let command = item.command else {
            if let reason = item.refusal { park(item, reason, lane, at: now) }
            return nil
        }
        if case .known(let decision) = item.progress {
            let isSame =
                decision.payload == item.payload && decision.tenant == command.tenant
                && decision.event == command.event
            statistics.replayed += 1
            settle(item, lane, isSame ? (decision.status, decision.reply) : Answers.reused, isReplayed: isSame)
            return nil
        }
        let (resident, isNew) = lane.resident(command.event, at: now)
        if isNew { load(resident, lane, at: now) }
        resident.lastUsed = now
        if case .lookedUp = item.progress {
            resident.waiting.append(item)
            return nil
        }
        guard resident.waiting.isEmpty else {
            resident.waiting.append(item)
            return nil
        }
        switch resident.condition {
        case .here, .missing: break
        case .loading, .arriving:
            resident.waiting.append(item)
            return nil
        case .elsewhere(now) where resident.pendingBatches == 0:
            settle(item, lane, Answers.moved, isReplayed: false)
            return nil
        case .elsewhere:
            // Sent by an old map, or by a newer one than we know: it may be on its way back.
            loadAgain(resident, lane, at: now)
            resident.waiting.append(item)
            return nil
        case .broken(let reason):
            park(item, ParkReason(.brokenEvent, reason), lane, at: now)
            return nil
        }
        if let tenant = resident.state?.tenant, tenant != command.tenant, !isTrusted(item) {
            park(item, ParkReason(.wrongTenant, "the event is another tenant's"), lane, at: now)
            return nil
        }
        if case .moveOut = command.content.order, resident.state == nil {
            settle(item, lane, Answers.nothingToMove, isReplayed: false)
            return nil
        }
        let batch = openBatch(lane, at: now)
        let time = decisionTime(batch)
        if resident.state?.isBehind(at: time) ?? false {
            fallDue(resident, batch, lane)
            if resident.state?.isBehind(at: time) ?? false {
                resident.waiting.append(item)
                return nil
            }
        }
        return resident
    }

    private func isTrusted(_ item: Item) -> Bool {
        item.source.user.map { options.trustedUsers.contains($0) } ?? false
    }

    private func decide(
        _ item: Item, _ command: WireCommand, _ resident: Resident, _ lane: Lane, at now: MonotonicTime
    ) {
        let open = openBatch(lane, at: now)
        let verdict: Verdict
        if case .moveOut(let partition, let version) = command.content.order {
            verdict = moveOut(resident, to: partition, version: version, open, lane, at: now)
        } else {
            let decided = Book.decide(
                command.content, id: command.id, tenant: command.tenant, at: decisionTime(open),
                state: &resident.state, arrears: &open.arrears)
            guard let decision = decided else {
                // It was not behind, so it cannot be.
                preconditionFailure("an event that is not behind was not decided")
            }
            if !decision.isRefused { noteChanges(decision, resident, lane) }
            if resident.state != nil, case .missing = resident.condition {
                resident.condition = .here
            }
            verdict = .decided(decision)
        }
        answer(item, by: open, with: verdict, resident, lane)
        refreshDue(resident, open, lane)
    }

    private func answer(
        _ item: Item, by open: OpenBatch, with verdict: consuming Verdict, _ resident: Resident, _ lane: Lane
    ) {
        guard let command = item.command else { return }
        open.touch(resident)
        open.answers.append((item, open.batch.entries.count))
        open.batch.entries.append(
            Entry(
                id: command.id, event: command.event, tenant: command.tenant, currency: resident.state?.currency,
                payload: item.payload, verdict: verdict, trace: command.trace))
        if lane.suspects[command.id] != nil {
            open.batch.settledAttempts.append(command.id)
        }
        item.progress = .decided
        openEntries += 1
        open.bytes += item.payload.count
        remember(command.id, lane)
    }

    /// A filter that has become too large is of no use to anybody.
    private func remember(_ id: CommandId, _ lane: Lane) {
        guard lane.filterProgress != .off else { return }
        lane.filter.insert(id)
        if lane.filter.count >= options.filterBound { dropFilter(lane) }
    }

    private func noteChanges(_ decision: Decision, _ resident: Resident, _ lane: Lane) {
        for change in decision.changes where !resident.announces.contains(change.show) {
            if resident.announces.isEmpty { lane.announces.append(resident) }
            resident.announces.append(change.show)
        }
    }

    // MARK: - Batches

    func openBatch(_ lane: Lane, at now: MonotonicTime) -> OpenBatch {
        if let open = lane.open { return open }
        let number = lane.ahead.batch + 1
        let batch = Batch(
            partition: lane.number, epoch: lane.epoch, number: number, at: lane.time(at: now),
            firstSequence: lane.ahead.sequence)
        let open = OpenBatch(
            batch, arrears: Book.arrears(partition: lane.number, batch: number))
        lane.ahead.at = decisionTime(open)
        lane.open = open
        return open
    }

    /// The batch's time. Only the simulator takes it away: then whatever ends is a microsecond early.
    private func decisionTime(_ open: OpenBatch) -> Time {
        options.checks.letsFallDueOnTime ? open.batch.at : Time(microseconds: open.batch.at.microseconds + 1)
    }

    /// Sends off what is decided: at once while nothing is on its way, and behind one group when it can take no more,
    /// so that it is sealed and ready when the database is through with the one before. Until then it gathers.
    private func submit() -> Bool {
        guard inFlight.count < 2 else { return false }
        guard inFlight.isEmpty || openEntries >= options.groupBound || lanes.contains(where: isFull) else {
            return false
        }
        var ready: [Lane] = []
        for case let lane? in lanes {
            guard let open = lane.open else { continue }
            if open.isEmpty {
                // It was begun for something that came to nothing.
                lane.open = nil
                lane.ahead.at = lane.inFlight.last?.batch.at ?? lane.committed.at
                for resident in open.touched {
                    resident.pendingBatches -= 1
                    resident.touchedIn = 0
                }
            } else {
                ready.append(lane)
            }
        }
        guard !ready.isEmpty else { return false }
        if let solo = ready.first(where: { $0.isSolo }) { ready = [solo] }
        groupNumber += 1
        var group = CommitGroup(number: groupNumber, batches: [])
        var parts: [Flight.Part] = []
        for lane in ready {
            guard let open = lane.open else { continue }
            open.batch.previousChain = lane.inFlight.isEmpty ? lane.committed.chain : nil
            // A lane is healthy once it is through with everything that its owners before may have died of.
            open.batch.resetsCrashes = lane.resetsCrashes && open.answered > 0 && !lane.hasOldItems
            lane.ahead.batch = open.batch.number
            lane.ahead.sequence += UInt64(open.batch.entries.count)
            lane.inFlight.append(open)
            lane.open = nil
            group.batches.append(open.batch)
            parts.append(Flight.Part(lane: lane, batch: open))
        }
        inFlight.append(Flight(group: group.number, parts: parts))
        outputs.append(.commit(group))
        return true
    }

    private func isFull(_ lane: Lane?) -> Bool { lane?.open.map { $0.isFull(options) } ?? false }

    // MARK: - What falls due

    private func letFallDue(_ lane: Lane, at now: MonotonicTime) {
        while let due = lane.dues.first {
            let time = lane.open?.batch.at ?? lane.time(at: now)
            guard due.time <= time else { return }
            let (resident, isNew) = lane.resident(due.event, at: now)
            if isNew { load(resident, lane, at: now) }
            guard resident.state != nil else {
                // It comes back when the event is loaded; what is not here has nothing due here.
                lane.dues.set(due.event, nil)
                continue
            }
            let open = openBatch(lane, at: now)
            let budget = open.arrears.budget
            guard budget > 0 else { return }
            resident.lastUsed = now
            fallDue(resident, open, lane)
            if !(resident.state?.isBehind(at: decisionTime(open)) ?? false) { resume(resident, lane) }
            // Nothing came of it, so nothing will before the next batch.
            if open.arrears.budget == budget, let next = lane.dues[due.event], next <= due.time { return }
        }
    }

    private func fallDue(_ resident: Resident, _ open: OpenBatch, _ lane: Lane) {
        guard let tenant = resident.state?.tenant, let currency = resident.state?.currency else { return }
        let before = open.arrears.decisions.count
        resident.state?.fallDue(through: decisionTime(open), arrears: &open.arrears)
        for decision in open.arrears.decisions[before...] {
            open.batch.entries.append(
                Entry(
                    id: decision.id, event: resident.event, tenant: tenant, currency: currency, payload: [],
                    verdict: .fellDue(decision)))
            noteChanges(decision, resident, lane)
        }
        openEntries += open.arrears.decisions.count - before
        open.touch(resident)
        refreshDue(resident, open, lane)
    }

    /// What is due next, in memory and in the tables.
    private func refreshDue(_ resident: Resident, _ open: OpenBatch, _ lane: Lane) {
        let next = resident.state?.nextDue
        guard lane.dues[resident.event] != next else { return }
        lane.dues.set(resident.event, next)
        let change = DueChange(event: resident.event, at: next)
        if let index = open.batch.dues.lastIndex(where: { $0.event == resident.event }) {
            open.batch.dues[index] = change
        } else {
            open.batch.dues.append(change)
        }
    }

    // MARK: - Careful

    private func isTryingElsewhere(_ lane: Lane) -> Bool {
        lanes.contains { other in other.map { $0 !== lane && !$0.isPaused && $0.isTrying } ?? false }
    }

    private func prepareAttempt(_ item: Item, _ lane: Lane, at now: MonotonicTime) {
        guard readiness(of: item, lane, at: now) != nil, let id = item.commandId else { return }
        if let attempts = lane.attempts[id] {
            item.attempts = attempts
            lane.allowed = item
            return
        }
        lane.care.spend()
        // What fell due before it has to be committed first: the attempt is the command's alone.
        lane.attempting = item
        lane.recording = id
        outputs.append(.recordAttempt(id, epoch: lane.epoch, partition: lane.number))
    }

    func attempted(_ id: CommandId, _ attempts: Int?, _ lane: Lane, at now: MonotonicTime) {
        guard lane.recording == id else { return }
        lane.recording = nil
        guard let attempts else {
            lose(lane, "another worker has the partition")
            return
        }
        lane.attempts[id] = attempts
        lane.suspects[id] = attempts
        guard let item = lane.attempting, item.commandId == id else { return }
        lane.attempting = nil
        item.attempts = attempts
        lane.allowed = item
    }

    func attemptFailed(_ id: CommandId, _ error: StoreError, _ lane: Lane, at now: MonotonicTime) {
        databaseFailed(error, at: now)
        guard lane.recording == id else { return }
        guard error.code == .unavailable else {
            retry(.recordAttempt(id, epoch: lane.epoch, partition: lane.number), lane, at: now)
            return
        }
        // It may be written down all the same, and must not be counted twice: the next claim tells.
        lane.unsure = id
        lane.rollBack()
        lane.forgetEvents()
        if lane.phase == .owned { lane.phase = .claiming }
    }

    private func decideAlone(_ item: Item, _ lane: Lane, at now: MonotonicTime) -> Bool {
        lane.allowed = nil
        guard let resident = readiness(of: item, lane, at: now), let command = item.command,
            let attempts = item.attempts
        else { return true }
        let open = openBatch(lane, at: now)
        lane.isTrial = true
        guard attempts < 3 else {
            let reason = ParkReason(.poison, "it was attempted \(attempts - 1) times alone, and each time in vain")
            open.batch.parked.append(item.parked(reason))
            answer(item, by: open, with: .parked(reason), resident, lane)
            return true
        }
        if let survives = options.survives, !survives(command.id) { return false }
        decide(item, command, resident, lane, at: now)
        return true
    }

    // MARK: - Parking

    private func park(_ item: Item, _ reason: ParkReason, _ lane: Lane, at now: MonotonicTime) {
        let open = openBatch(lane, at: now)
        open.batch.parked.append(item.parked(reason))
        open.parkedAnswers.append((item, reason))
        open.bytes += item.line.count
        item.progress = .decided
        openEntries += 1
    }
}

extension Lane {
    /// What nobody has seen before killed nobody: care ends when everything else is through.
    func relax(at item: Item) {
        if case .redelivered = care, !item.source.isRedelivered, !hasOldItems { care = .none }
    }

    /// An owner before has tried it alone, and it is not decided; or the database has refused it with others, twice.
    func isSuspect(_ item: Item) -> Bool {
        item.commandId.map { suspects[$0] != nil || failures >= 2 && refused.contains($0) } ?? false
    }
}

extension Lane.Care {
    func isFor(_ item: Item) -> Bool {
        guard item.refusal == nil else { return false }
        return switch self {
        case .none: false
        case .redelivered: item.source.isRedelivered
        }
    }

    mutating func spend() {
        self =
            switch self {
            case .none: .none
            case .redelivered(let left): left > 1 ? .redelivered(left - 1) : .none
            }
    }
}
