internal import Runtime
internal import Ticketing

// Who owns what: beats, claims, giving back.
extension Worker {
    func sendBeat(at now: MonotonicTime) {
        isBeating = true
        beatSent = now
        nextBeat = now + options.beatInterval
        var beat = WorkerBeat(
            worker: options.worker, isDraining: isDraining, owned: owned,
            decided: statistics.decided + statistics.fellDue, loadedEvents: loadedEvents)
        for case let lane? in lanes where lane.resetsCrashes && lane.phase == .owned && lane.isConsuming {
            // Seen to be idle for a beat: whatever its owner before died of, it was none of what is here.
            guard lane.isQuiet, lane.items.count == 0, lane.unread.count == 0, lane.care.isOff else { continue }
            beat.healthy.append(HeldPartition(number: lane.number, epoch: lane.epoch))
        }
        outputs.append(.beat(beat))
    }

    func beatFailed(_ error: StoreError, at now: MonotonicTime) {
        isBeating = false
        databaseFailed(error, at: now)
    }

    func databaseFailed(_ error: StoreError, at now: MonotonicTime) {
        switch error.code {
        case .unavailable:
            guard databaseLostAt == nil else { return }
            databaseLostAt = now
            outputs.append(.warn("the database does not answer: \(error.reason)", partition: nil))
        case .rejected:
            // It is asked several times a second, and says the same.
            if let (reason, at) = lastRefusal, reason == error.reason, now - at < .seconds(10) { return }
            lastRefusal = (error.reason, now)
            outputs.append(.warn("the database refused: \(error.reason)", partition: nil))
        }
    }

    func beat(_ neighbourhood: Neighbourhood, at now: MonotonicTime) {
        isBeating = false
        if databaseLostAt != nil {
            databaseLostAt = nil
            outputs.append(.warn("the database answers again", partition: nil))
        }
        watchClock(neighbourhood.now, at: now)
        if neighbourhood.shouldDrain { startDraining() }
        if lanes.count < neighbourhood.partitions.count {
            lanes += [Lane?](repeating: nil, count: neighbourhood.partitions.count - lanes.count)
        }
        let mine =
            isDraining
            ? []
            : Sharing.share(
                of: options.worker, partitions: neighbourhood.partitions.count, members: neighbourhood.members)
        var wanted: [ClaimRequest] = []
        for (position, partition) in neighbourhood.partitions.enumerated() {
            compare(partition, isMine: mine.contains(position), &wanted)
        }
        if !wanted.isEmpty {
            for request in wanted { asked.insert(request.number) }
            outputs.append(.claim(wanted))
        }
        for route in neighbourhood.arrivals { welcome(route, at: now) }
    }

    /// What is ours by the table and what is by memory.
    private func compare(_ partition: Ownership, isMine: Bool, _ wanted: inout [ClaimRequest]) {
        guard !asked.contains(partition.number) else { return }
        let isOurs = partition.owner == options.worker
        if let lane = lanes[partition.number] {
            lane.isPaused = partition.isPaused
            // A beat may have been under way when the claim was answered: then it knows less than the lane.
            guard partition.epoch >= lane.epoch else { return }
            switch lane.phase {
            case .owned, .leaving:
                if !isOurs || partition.epoch > lane.epoch {
                    lose(lane, "another worker has the partition")
                } else if !isMine, lane.phase == .owned {
                    lane.phase = .leaving
                }
            case .claiming:
                guard isMine, isOurs || !partition.isOwnerAlive else {
                    lose(lane, "another worker has the partition")
                    return
                }
                ask(for: partition, &wanted)
            }
        } else if isMine, isOurs || !partition.isOwnerAlive {
            ask(for: partition, &wanted)
        } else if isOurs {
            // An answer was lost, and it is not ours to have.
            asked.insert(partition.number)
            outputs.append(.release([HeldPartition(number: partition.number, epoch: partition.epoch)]))
        }
    }

    private func ask(for partition: Ownership, _ wanted: inout [ClaimRequest]) {
        guard !isDrifting else { return }
        wanted.append(
            ClaimRequest(
                number: partition.number, epoch: partition.epoch,
                deadOwner: partition.owner == options.worker ? nil : partition.owner))
    }

    /// Steps of the database's clock are not followed, but whoever is far from it takes nothing new.
    private func watchClock(_ time: Time, at now: MonotonicTime) {
        // The answer was made between the question and now.
        let uncertainty = now - beatSent
        guard let known = reference else {
            reference = (time, now, uncertainty)
            isDrifting = false
            return
        }
        let expected = known.time.advanced(by: now - known.at)
        let (difference, overflow) = time.microseconds.subtractingReportingOverflow(expected.microseconds)
        let tolerance = options.clockTolerance + uncertainty + known.uncertainty
        let isFar = overflow || difference.magnitude > UInt64(tolerance.microseconds)
        if !isFar, uncertainty < known.uncertainty { reference = (time, now, uncertainty) }
        if isFar, !isDrifting {
            outputs.append(
                .warn("the clock is \(difference) µs from the database's: nothing is claimed", partition: nil))
        } else if !isFar, isDrifting {
            outputs.append(.warn("the clock agrees with the database's again", partition: nil))
        }
        isDrifting = isFar
        // Who owns nothing has no time of its own to keep.
        if isFar, lanes.allSatisfy({ $0 == nil }) { reference = nil }
    }

    func claimed(_ wanted: [Int], _ claims: [Claim], at now: MonotonicTime) {
        asked.subtract(wanted)
        for claim in claims {
            statistics.claims += 1
            let lane = lanes[claim.number] ?? Lane(number: claim.number)
            lanes[claim.number] = lane
            take(claim, lane, at: now)
        }
    }

    private func take(_ claim: Claim, _ lane: Lane, at now: MonotonicTime) {
        // Whatever was decided and not known to be committed is decided anew, or found in the journal.
        lane.rollBack()
        lane.forgetEvents()
        // Nobody else can have decided in between if the epoch is the next one.
        let isOwnSuccessor = lane.epoch != 0 && claim.epoch == lane.epoch + 1
        lane.epoch = claim.epoch
        lane.phase = isDraining ? .leaving : .owned
        lane.committed = Lane.Position(
            batch: claim.batchNumber, sequence: claim.nextSequence, chain: claim.chain, at: claim.batchAt)
        lane.ahead = lane.committed
        lane.startClock(claim, at: now)
        lane.dues.removeAll()
        lane.storedDues = [:]
        for due in claim.dues {
            lane.storedDues[due.event] = due.at
            lane.dues.set(due.event, due.at)
        }
        if let id = lane.unsure, let stored = claim.attempts[id], stored > lane.suspects[id] ?? 0 {
            lane.attempts[id] = stored
        }
        lane.unsure = nil
        lane.recording = nil
        lane.suspects = claim.attempts
        lane.resetsCrashes = true
        lane.pace = Pace()
        lane.told = nil
        lane.failures = 0
        lane.isSolo = false
        lane.refused = []
        lane.care = .none
        lane.hasMovedEvents = claim.hasMovedEvents
        if claim.crashes >= 2 { lane.care = .redelivered(2 * options.batchBound) }
        if !isOwnSuccessor {
            lane.filter = IdFilter()
            lane.filterProgress = claim.nextSequence == 1 ? .whole : .reading(from: 0)
        }
        if case .reading(let sequence) = lane.filterProgress { readIds(from: sequence, lane, at: now) }
        lookUpAgain(lane, at: now)
        if lane.channel == nil, lane.phase == .owned { open(lane) }
    }

    func open(_ lane: Lane) {
        lane.reopenAt = nil
        channelSerial += 1
        let channel = ChannelId(partition: lane.number, serial: channelSerial)
        lane.channel = channel
        outputs.append(.consume(channel))
    }

    func channelEnded(_ channel: ChannelId, _ reason: String, at now: MonotonicTime) {
        guard lanes.indices.contains(channel.partition), let lane = lanes[channel.partition], lane.channel == channel
        else { return }
        outputs.append(.warn("the channel has ended: \(reason)", partition: lane.number))
        lane.channel = nil
        lane.reopenAt = now + .milliseconds(100)
        lane.dropItems()
    }

    /// After so long without a database nothing that is delivered is near to being decided.
    func giveUpChannels() {
        for case let lane? in lanes where lane.channel != nil {
            closeChannel(lane)
            lane.rollBack()
            lane.phase = .claiming
        }
    }

    func closeChannel(_ lane: Lane) {
        tell()
        if let channel = lane.channel { outputs.append(.close(channel)) }
        lane.channel = nil
        lane.reopenAt = nil
        lane.dropItems()
    }

    /// Somebody else has it, or nobody knows: nothing is written any more.
    func lose(_ lane: Lane, _ reason: String) {
        statistics.lostPartitions += 1
        outputs.append(.warn("the partition is lost: \(reason)", partition: lane.number))
        lane.rollBack()
        closeChannel(lane)
        remove(lane)
    }

    func remove(_ lane: Lane) {
        lanes[lane.number] = nil
    }

    func startDraining() {
        guard !isDraining else { return }
        isDraining = true
        for case let lane? in lanes where lane.phase != .leaving { lane.phase = .leaving }
    }

    /// Gives back lanes that have nothing under way, and leaves when there is nothing left.
    func finishLeaving() {
        var held: [HeldPartition] = []
        for case let lane? in lanes where lane.phase == .leaving && lane.isQuiet && !isInFlight(lane) {
            closeChannel(lane)
            remove(lane)
            // A claim that is still under way is answered to nobody: the table shows it, and it is given back then.
            if lane.epoch != 0, !asked.contains(lane.number) {
                held.append(HeldPartition(number: lane.number, epoch: lane.epoch))
            }
        }
        if !held.isEmpty {
            for partition in held { asked.insert(partition.number) }
            outputs.append(.release(held))
        }
        if isDraining, asked.isEmpty, inFlight.isEmpty, lanes.allSatisfy({ $0 == nil }) {
            hasLeft = true
            outputs.append(.leave)
        }
    }
}

extension Lane.Care {
    var isOff: Bool {
        if case .none = self { true } else { false }
    }
}
