internal import Desk
internal import Pipeline
internal import Runtime
internal import Sealing
internal import Ticketing
internal import Wire

// The heart: what waits for a desk is decided on its state, and goes off as one batch.
extension DeskWorker {
    func decide(_ lane: TenantLane, _ partition: DeskPartition, at now: MonotonicTime) -> TenantLane.Flight? {
        let time = max(partition.time(at: now), lane.head.at)
        let batch = DeskBatch(
            tenant: lane.tenant, partition: partition.number, epoch: partition.epoch, number: lane.head.batch + 1,
            at: time, firstSequence: lane.head.nextSequence, previousChain: lane.head.chain)
        var flight = TenantLane.Flight(batch: batch)
        var arrears = DeskBook.arrears(of: lane.tenant, batch: batch.number)
        if lane.state?.isBehind(at: DeskTime(time)) ?? false {
            lane.state?.fallDue(through: DeskTime(time), arrears: &arrears)
            flight.add(arrears.decisions)
        }
        lane.isDue = false
        let most = lane.alone > 0 ? 1 : options.batchBound
        while flight.answers.count < most, let item = lane.next, !item.isUnsure {
            if case .known(let decision) = item.progress {
                lane.removeNext()
                answer(item, decision, lane, partition)
                continue
            }
            guard let command = item.command else { break }
            // Before there is an account nothing else is tried: it would be refused, and its attempt never forgotten.
            if lane.state == nil, !item.isAccountReady {
                refuse(item, command, lane, partition)
                continue
            }
            convict(item, partition)
            let isTrial = needsTrial(item, partition)
            if isTrial, !flight.answers.isEmpty || !mayTry(command.id, item, lane, partition) { break }
            if lane.state == nil, !beginAccount(with: command, lane, &flight, &arrears) {
                refuse(item, command, lane, partition)
                continue
            }
            // A ticket may live longer than its command is looked for in the journal: it is not decided again.
            if item.poison == nil, lane.state?.hasTicket(of: DeskCommandId(command.id)) ?? false {
                lane.removeNext()
                settle(item, partition, DeskAnswers.decidedLongAgo)
                continue
            }
            guard let verdict = verdict(on: item, command, lane, &flight, &arrears) else { break }
            lane.removeNext()
            item.progress = .decided
            flight.answers.append((item, flight.batch.entries.count))
            flight.batch.entries.append(
                DeskEntry(id: command.id, payload: item.payload, verdict: verdict, trace: command.trace))
            if isTrial { break }
        }
        guard !flight.batch.entries.isEmpty else { return nil }
        flight.batch.due = lane.state?.nextDue
        return flight
    }

    private func refuse(
        _ item: DeskItem, _ command: DeskWireCommand, _ lane: TenantLane, _ partition: DeskPartition
    ) {
        lane.removeNext()
        settle(item, partition, DeskAnswers.refused(.accountNotReady, of: command))
    }

    private func verdict(
        on item: DeskItem, _ command: DeskWireCommand, _ lane: TenantLane, _ flight: inout TenantLane.Flight,
        _ arrears: inout DeskArrears
    ) -> DeskVerdict? {
        if let reason = item.poison {
            flight.batch.parked.append(item.parked(reason))
            return .parked(reason)
        }
        let before = arrears.decisions.count
        let decision = DeskBook.decide(
            command.order, id: command.id, tenant: lane.tenant, at: flight.batch.at, state: &lane.state,
            arrears: &arrears)
        flight.add(arrears.decisions[before...])
        return decision.map { .decided($0) }
    }

    /// A desk's journal begins with the request for its account.
    ///
    /// - Returns: false when the command cannot be the first.
    private func beginAccount(
        with command: DeskWireCommand, _ lane: TenantLane, _ flight: inout TenantLane.Flight,
        _ arrears: inout DeskArrears
    ) -> Bool {
        guard case .existing(.accountReady) = command.order, let request = decoder.order(of: lane.account) else {
            return false
        }
        let decision = DeskBook.decide(
            request, id: lane.account.command, tenant: lane.tenant, at: flight.batch.at, state: &lane.state,
            arrears: &arrears)
        guard let decision, !decision.isRefused else { return false }
        flight.batch.entries.append(
            DeskEntry(
                id: lane.account.command, payload: lane.account.payload, verdict: .decided(decision), trace: nil))
        return true
    }

    private func answer(
        _ item: DeskItem, _ decision: KnownDecision, _ lane: TenantLane, _ partition: DeskPartition
    ) {
        statistics.replayed += 1
        forgetAttempts([decision.id], lane, partition)
        let isSame = decision.payload == item.payload
        settle(
            item, partition,
            isSame ? DeskAnswer(status: decision.status, body: decision.reply) : DeskAnswers.reused,
            isReplayed: isSame)
    }

    // MARK: - What came of it

    func committed(_ chain: Digest, _ answers: [DeskAnswer], _ lane: TenantLane, _ partition: DeskPartition) {
        guard let flight = lane.flight else { return }
        lane.flight = nil
        let batch = flight.batch
        statistics.batches += 1
        lane.head = TenantLane.Head(
            batch: batch.number, nextSequence: batch.firstSequence + UInt64(batch.entries.count), chain: chain,
            at: batch.at)
        lane.alone = max(0, lane.alone - flight.answers.count)
        for (item, entry) in flight.answers { settle(item, partition, answers[entry]) }
        for entry in batch.entries {
            if !entry.payload.isEmpty { lane.filter?.insert(entry.id) }
            // The same command may wait once more.
            if let other = lane.inHand[entry.id], case .waiting = other.progress { other.progress = .unsure }
            count(entry, lane)
            if case .decided(let decision) = entry.verdict, case .accountReady = decision.outcome,
                !lane.account.isActive
            {
                activate(lane, partition, answers[0])
            }
        }
        statistics.parked += UInt64(batch.parked.count)
        noteDue(lane, partition)
        forgetAttempts(batch.entries.map(\.id), lane, partition)
    }

    private func count(_ entry: DeskEntry, _ lane: TenantLane) {
        switch entry.verdict {
        case .decided: statistics.decided += 1
        case .fellDue: statistics.fellDue += 1
        case .parked: break
        }
        for case .notify(.limitInDanger, let tickets) in entry.verdict.decision?.effects ?? [] {
            statistics.limitsInDanger += UInt64(tickets.count)
            outputs.append(
                .warn(
                    "\(tickets.count) tickets of \(lane.account.subDomain) will be done after their limits",
                    partition: nil))
        }
    }

    // MARK: - Careful

    private func convict(_ item: DeskItem, _ partition: DeskPartition) {
        guard item.poison == nil, let id = item.id, let count = partition.suspects[id], count > options.attempts else {
            return
        }
        item.poison = ParkReason(.poison, "each of \(options.attempts) attempts to decide it ended its worker")
    }

    /// Where an owner before has died, what it may have had in hand is tried alone, each attempt written down before it
    /// is made; and so is whatever was tried before and not decided.
    private func needsTrial(_ item: DeskItem, _ partition: DeskPartition) -> Bool {
        guard item.poison == nil, let id = item.id else { return false }
        return partition.suspects[id] != nil || partition.isCareful && item.isOld
    }

    /// Whether it may be tried now. One at a time is: the others wait for what becomes of it.
    private func mayTry(_ id: CommandId, _ item: DeskItem, _ lane: TenantLane, _ partition: DeskPartition) -> Bool {
        if let trial = partition.trial { return trial.lane === lane && trial.id == id && trial.isAllowed }
        if recorded.contains(id) {
            partition.trial = DeskPartition.Trial(lane: lane, id: id, isAllowed: true)
            return true
        }
        partition.trial = DeskPartition.Trial(lane: lane, id: id, isAllowed: false)
        // It may be on its way since an earlier trial, which came to nothing.
        if partition.recording.insert(id).inserted { run(.recordAttempt(id), for: lane.tenant, partition) }
        return false
    }

    func attempted(_ id: CommandId, _ count: Int, _ lane: TenantLane, _ partition: DeskPartition) {
        recorded.insert(id)
        partition.recording.remove(id)
        partition.suspects[id] = count
        if partition.trial?.id == id { partition.trial?.isAllowed = true }
        queue(lane, partition)
    }

    /// Whoever waited for the one that was tried is next.
    func endTrial(of lane: TenantLane, _ partition: DeskPartition) {
        guard partition.trial?.lane === lane else { return }
        partition.trial = nil
        for other in partition.lanesWithWork { queue(other, partition) }
    }

    /// They are decided.
    private func forgetAttempts(_ ids: [CommandId], _ lane: TenantLane, _ partition: DeskPartition) {
        let tried = ids.filter { partition.suspects.removeValue(forKey: $0) != nil }
        guard !tried.isEmpty else { return }
        recorded.subtract(tried)
        run(.forgetAttempts(tried), for: lane.tenant, partition)
        endTrial(of: lane, partition)
    }

    /// What nobody has seen before killed nobody: care ends when everything else is through.
    func relax(_ partition: DeskPartition) {
        guard partition.isCareful, !partition.items.all.contains(where: { $0.isRedelivered && !$0.isSettled }),
            partition.tenants.values.allSatisfy({
                // What is kept for one that has to be mended is tried by nobody.
                $0.phase == .broken || $0.spilled == 0 && $0.readBack.first == nil
            })
        else { return }
        partition.isCareful = false
    }
}

extension TenantLane.Flight {
    mutating func add(_ fallen: some Sequence<DeskDecision>) {
        for decision in fallen {
            batch.entries.append(
                DeskEntry(id: CommandId(decision.id), payload: [], verdict: .fellDue(decision), trace: nil))
        }
    }
}

extension DeskDecoder {
    /// What the account's request asked.
    mutating func order(of account: Account) -> DeskOrder? {
        account.payload.withUnsafeBytes { bytes in try? decode(payload: bytes, tenant: account.tenant) }
    }
}
