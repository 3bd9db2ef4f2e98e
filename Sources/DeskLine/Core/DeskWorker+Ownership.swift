internal import Pipeline
internal import Runtime
internal import Ticketing

// Who owns what: beats, claims, giving back.
extension DeskWorker {
    func sendBeat(at now: MonotonicTime) {
        isBeating = true
        beatSent = now
        nextBeat = now + options.beatInterval
        var beat = WorkerBeat(
            worker: options.worker, isDraining: isDraining, owned: owned,
            decided: statistics.decided + statistics.fellDue, loadedEvents: loaded)
        for case let partition? in partitions
        where partition.resetsCrashes && partition.phase == .owned && partition.channel != nil {
            // Everything that was delivered to an owner before has come by now, if there was anything.
            if now - partition.openedAt > .seconds(5) { relax(partition) }
            // Seen to have nothing left of what an owner before may have died of.
            guard !partition.isCareful, !partition.items.all.contains(where: { $0.isRedelivered }) else { continue }
            beat.healthy.append(HeldPartition(number: partition.number, epoch: partition.epoch))
        }
        outputs.append(.beat(beat))
    }

    func databaseFailed(_ error: StoreError, at now: MonotonicTime) {
        guard databaseLostAt == nil else { return }
        if error.code == .unavailable { databaseLostAt = now }
        outputs.append(.warn("the control database: \(error)", partition: nil))
    }

    func beat(_ neighbourhood: Neighbourhood, at now: MonotonicTime) {
        isBeating = false
        if databaseLostAt != nil {
            databaseLostAt = nil
            outputs.append(.warn("the control database answers again", partition: nil))
        }
        watchClock(neighbourhood.now, at: now)
        if neighbourhood.shouldDrain { startDraining() }
        if partitions.count < neighbourhood.partitions.count {
            partitions += [DeskPartition?](
                repeating: nil, count: neighbourhood.partitions.count - partitions.count)
        }
        let mine =
            isDraining
            ? []
            : Sharing.share(
                of: options.worker, partitions: neighbourhood.partitions.count, members: neighbourhood.members)
        var wanted: [ClaimRequest] = []
        for (position, partition) in neighbourhood.partitions.enumerated() {
            compare(partition, isMine: mine.contains(position), &wanted, at: now)
        }
        guard !wanted.isEmpty else { return }
        for request in wanted { asked.insert(request.number) }
        outputs.append(.claim(wanted))
    }

    /// What is ours by the table and what is by memory.
    private func compare(
        _ stored: Ownership, isMine: Bool, _ wanted: inout [ClaimRequest], at now: MonotonicTime
    ) {
        guard !asked.contains(stored.number) else { return }
        let isOurs = stored.owner == options.worker
        if let partition = partitions[stored.number] {
            if partition.isPaused, !stored.isPaused { for lane in partition.lanesWithWork { queue(lane, partition) } }
            partition.isPaused = stored.isPaused
            // A beat may have been under way when the claim was answered: then it knows less.
            guard stored.epoch >= partition.epoch else { return }
            switch partition.phase {
            case .owned, .leaving:
                if !isOurs || stored.epoch > partition.epoch {
                    lose(partition, "another worker has the partition")
                } else if !isMine, partition.phase == .owned {
                    startLeaving(partition)
                }
            case .claiming:
                guard isMine, isOurs || !stored.isOwnerAlive else {
                    lose(partition, "another worker has the partition")
                    return
                }
                ask(for: stored, &wanted)
            }
        } else if isMine, isOurs || !stored.isOwnerAlive {
            ask(for: stored, &wanted)
        } else if isOurs {
            // An answer was lost, and it is not ours to have.
            asked.insert(stored.number)
            outputs.append(.release([HeldPartition(number: stored.number, epoch: stored.epoch)]))
        }
    }

    private func ask(for stored: Ownership, _ wanted: inout [ClaimRequest]) {
        guard !isDrifting else { return }
        wanted.append(
            ClaimRequest(
                number: stored.number, epoch: stored.epoch,
                deadOwner: stored.owner == options.worker ? nil : stored.owner))
    }

    /// Steps of the database's clock are not followed, but whoever is far from it takes nothing new.
    private func watchClock(_ time: Time, at now: MonotonicTime) {
        let uncertainty = now - beatSent
        guard let known = reference else {
            reference = (time, now, uncertainty)
            isDrifting = false
            return
        }
        let expected = known.time.microseconds + (now - known.at).microseconds
        let (difference, overflow) = time.microseconds.subtractingReportingOverflow(expected)
        let tolerance = options.clockTolerance + uncertainty + known.uncertainty
        let isFar = overflow || difference.magnitude > UInt64(max(0, tolerance.microseconds))
        if isFar, !isDrifting {
            outputs.append(.warn("the clock drifts from the database's: nothing is claimed", partition: nil))
        }
        isDrifting = isFar
        // The better of two looks is kept; a drift that has gone is forgotten with it.
        if !isFar, uncertainty <= known.uncertainty { reference = (time, now, uncertainty) }
    }

    func claimed(_ wanted: [Int], _ claims: [DeskClaim], at now: MonotonicTime) {
        asked.subtract(wanted)
        for number in wanted where !claims.contains(where: { $0.claim.number == number }) {
            guard let partition = partitions[number], partition.phase == .claiming else { continue }
            lose(partition, "another worker was first")
        }
        for claim in claims { take(claim, at: now) }
    }

    private func take(_ claim: DeskClaim, at now: MonotonicTime) {
        let number = claim.claim.number
        while partitions.count <= number { partitions.append(nil) }
        if let partition = partitions[number] { forget(partition) }
        let partition = DeskPartition(number: number)
        partitions[number] = partition
        partition.epoch = claim.claim.epoch
        partition.phase = .owned
        partition.resetsCrashes = true
        partition.isCareful = claim.claim.crashes >= 2
        partition.suspects = claim.claim.attempts
        partition.startClock(at: claim.claim.now, now)
        for account in claim.accounts {
            let lane = TenantLane(account, at: now)
            lane.spilled = claim.spilled[account.tenant] ?? 0
            // What is due has to be known, and an owner before be kept from writing: each is opened once.
            lane.wantsOpening = true
            partition.tenants[account.tenant] = lane
            queue(lane, partition, isUrgent: lane.spilled > 0)
        }
        if isDraining { startLeaving(partition) } else { open(partition, at: now) }
    }

    func open(_ partition: DeskPartition, at now: MonotonicTime) {
        partition.reopenAt = nil
        partition.openedAt = now
        channelSerial += 1
        let channel = ChannelId(partition: partition.number, serial: channelSerial)
        partition.channel = channel
        outputs.append(.consume(channel))
    }

    func channelEnded(_ channel: ChannelId, _ reason: String, at now: MonotonicTime) {
        guard partitions.indices.contains(channel.partition), let partition = partitions[channel.partition],
            partition.channel == channel
        else { return }
        outputs.append(.warn("the channel has ended: \(reason)", partition: partition.number))
        partition.channel = nil
        partition.reopenAt = now + .milliseconds(100)
        partition.dropQueued()
    }

    /// After so long without a control database nobody knows whose the partitions are.
    func giveUpChannels() {
        for case let partition? in partitions where partition.channel != nil {
            close(partition)
            for lane in partition.tenants.values { lane.close() }
            partition.phase = .claiming
        }
    }

    private func close(_ partition: DeskPartition) {
        tell()
        if let channel = partition.channel { outputs.append(.close(channel)) }
        partition.channel = nil
        partition.reopenAt = nil
        partition.dropQueued()
    }

    /// Somebody else has it, or nobody knows: nothing is written any more.
    func lose(_ partition: DeskPartition, _ reason: String) {
        statistics.lostPartitions += 1
        outputs.append(.warn("the partition is lost: \(reason)", partition: partition.number))
        forget(partition)
    }

    private func forget(_ partition: DeskPartition) {
        close(partition)
        for lane in partition.tenants.values { lane.close() }
        awayLanes.removeAll { $0.partition === partition }
        errands[partition.number] = nil
        if partitions[partition.number] === partition { partitions[partition.number] = nil }
    }

    func startDraining() {
        guard !isDraining else { return }
        isDraining = true
        for case let partition? in partitions where partition.phase != .leaving { startLeaving(partition) }
    }

    /// What is on its way to a database is finished; everything else is left to the next owner.
    private func startLeaving(_ partition: DeskPartition) { partition.phase = .leaving }

    /// Gives back partitions that have nothing under way, and leaves when there is nothing left.
    func finishLeaving() {
        var held: [HeldPartition] = []
        for case let partition? in partitions where partition.phase == .leaving && partition.isQuiet {
            guard (errands[partition.number] ?? 0) == 0 else { continue }
            forget(partition)
            guard partition.epoch != 0, !asked.contains(partition.number) else { continue }
            held.append(HeldPartition(number: partition.number, epoch: partition.epoch))
        }
        if !held.isEmpty {
            for partition in held { asked.insert(partition.number) }
            outputs.append(.release(held))
        }
        if isDraining, asked.isEmpty, visits == 0, partitions.allSatisfy({ $0 == nil }) {
            hasLeft = true
            outputs.append(.leave)
        }
    }
}

extension DeskPartition {
    var lanesWithWork: [TenantLane] {
        tenants.values.filter { $0.hasWork || $0.wantsOpening || $0.isDue }.sorted { $0.tenant < $1.tenant }
    }

    /// The channel is gone: what is decided will be answered, everything else is delivered again.
    func dropQueued() {
        for lane in tenants.values { lane.dropQueued() }
        // What was to be tried comes again, unless it is on its way already.
        if let trial, trial.lane.flight == nil { self.trial = nil }
        items = Fifo()
        parking = [:]
        requests = [:]
    }
}
