internal import Runtime
internal import Ticketing

// Who owns what: beats, claims, giving back.
extension Worker {
    func sendBeat(at now: MonotonicTime) {
        pool.beatBegins(at: now)
        var beat = WorkerBeat(
            worker: options.worker, isDraining: pool.isDraining, owned: owned,
            decided: statistics.decided + statistics.fellDue, loadedEvents: loadedEvents)
        for case let lane? in lanes where lane.resetsCrashes && lane.phase == .owned && lane.isConsuming {
            // Seen to be idle for a beat: whatever its owner before died of, it was none of what is here.
            guard lane.isQuiet, lane.items.count == 0, lane.unread.count == 0, lane.care.isOff else { continue }
            beat.healthy.append(HeldPartition(number: lane.number, epoch: lane.epoch))
        }
        outputs.append(.beat(beat))
    }

    func databaseFailed(_ error: StoreError, at now: MonotonicTime) {
        if let warning = pool.databaseFailed(error, at: now) { outputs.append(.warn(warning, partition: nil)) }
    }

    func beat(_ neighbourhood: Neighbourhood, at now: MonotonicTime) {
        let hasLanes = lanes.contains { $0 != nil }
        for warning in pool.hear(neighbourhood, hasOwnTime: hasLanes, at: now) {
            outputs.append(.warn(warning, partition: nil))
        }
        if neighbourhood.shouldDrain { startDraining() }
        if lanes.count < neighbourhood.partitions.count {
            lanes += [Lane?](repeating: nil, count: neighbourhood.partitions.count - lanes.count)
        }
        for stored in neighbourhood.partitions { lanes[stored.number]?.isPaused = stored.isPaused }
        let moves = pool.moves(in: neighbourhood) { number in lanes[number].map { ($0.epoch, $0.phase) } }
        for (number, reason) in moves.lost { if let lane = lanes[number] { lose(lane, reason) } }
        for number in moves.toLeave { lanes[number]?.phase = .leaving }
        if !moves.toRelease.isEmpty { outputs.append(.release(moves.toRelease)) }
        if !moves.toClaim.isEmpty { outputs.append(.claim(moves.toClaim)) }
        for route in neighbourhood.arrivals { welcome(route, at: now) }
    }

    func claimed(_ wanted: [Int], _ claims: [Claim], at now: MonotonicTime) {
        pool.isAnswered(about: wanted)
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
        lane.phase = pool.isDraining ? .leaving : .owned
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
        guard pool.startDraining() else { return }
        for case let lane? in lanes where lane.phase != .leaving { lane.phase = .leaving }
    }

    /// Gives back lanes that have nothing under way, and leaves when there is nothing left.
    func finishLeaving() {
        var held: [HeldPartition] = []
        for case let lane? in lanes where lane.phase == .leaving && lane.isQuiet && !isInFlight(lane) {
            closeChannel(lane)
            remove(lane)
            // A claim that is still under way is answered to nobody: the table shows it, and it is given back then.
            if lane.epoch != 0, !pool.isAsking(for: lane.number) {
                held.append(HeldPartition(number: lane.number, epoch: lane.epoch))
            }
        }
        if !held.isEmpty {
            pool.asks(for: held.map(\.number))
            outputs.append(.release(held))
        }
        if pool.isDraining, !pool.isAsking, inFlight.isEmpty, lanes.allSatisfy({ $0 == nil }) {
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
