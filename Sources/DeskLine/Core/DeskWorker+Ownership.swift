internal import Pipeline
internal import Runtime
internal import Ticketing

// Who owns what: beats, claims, giving back.
extension DeskWorker {
    func sendBeat(at now: MonotonicTime) {
        pool.beatBegins(at: now)
        var beat = WorkerBeat(
            worker: options.worker, isDraining: pool.isDraining, owned: owned,
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
        if let warning = pool.databaseFailed(error, at: now) { outputs.append(.warn(warning, partition: nil)) }
    }

    func beat(_ neighbourhood: Neighbourhood, at now: MonotonicTime) {
        let hasPartitions = partitions.contains { $0 != nil }
        for warning in pool.hear(neighbourhood, hasOwnTime: hasPartitions, at: now) {
            outputs.append(.warn(warning, partition: nil))
        }
        if neighbourhood.shouldDrain { startDraining() }
        if partitions.count < neighbourhood.partitions.count {
            partitions += [DeskPartition?](
                repeating: nil, count: neighbourhood.partitions.count - partitions.count)
        }
        for stored in neighbourhood.partitions {
            guard let partition = partitions[stored.number] else { continue }
            if partition.isPaused, !stored.isPaused { for lane in partition.lanesWithWork { queue(lane, partition) } }
            partition.isPaused = stored.isPaused
        }
        let moves = pool.moves(in: neighbourhood) { number in partitions[number].map { ($0.epoch, $0.phase) } }
        for (number, reason) in moves.lost { if let partition = partitions[number] { lose(partition, reason) } }
        for number in moves.toLeave { partitions[number]?.phase = .leaving }
        if !moves.toRelease.isEmpty { outputs.append(.release(moves.toRelease)) }
        if !moves.toClaim.isEmpty { outputs.append(.claim(moves.toClaim)) }
    }

    func claimed(_ wanted: [Int], _ claims: [DeskClaim], at now: MonotonicTime) {
        pool.isAnswered(about: wanted)
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
        if pool.isDraining { partition.phase = .leaving } else { open(partition, at: now) }
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
        guard pool.startDraining() else { return }
        for case let partition? in partitions where partition.phase != .leaving { partition.phase = .leaving }
    }

    /// Gives back partitions that have nothing under way, and leaves when there is nothing left.
    func finishLeaving() {
        var held: [HeldPartition] = []
        for case let partition? in partitions where partition.phase == .leaving && partition.isQuiet {
            guard (errands[partition.number] ?? 0) == 0 else { continue }
            forget(partition)
            guard partition.epoch != 0, !pool.isAsking(for: partition.number) else { continue }
            held.append(HeldPartition(number: partition.number, epoch: partition.epoch))
        }
        if !held.isEmpty {
            pool.asks(for: held.map(\.number))
            outputs.append(.release(held))
        }
        if pool.isDraining, !pool.isAsking, visits == 0, partitions.allSatisfy({ $0 == nil }) {
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
