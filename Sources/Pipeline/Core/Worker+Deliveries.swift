internal import Runtime
internal import Ticketing
internal import Wire

// What comes in: messages become items, and each id is asked for in the journal unless it is surely new.
extension Worker {
    func deliver(_ arrivals: [Arrival], at now: MonotonicTime) {
        for arrival in arrivals {
            let number = arrival.channel.partition
            // What an ended channel delivered cannot be acknowledged, and comes again.
            guard lanes.indices.contains(number), let lane = lanes[number], lane.channel == arrival.channel else {
                continue
            }
            lane.unread.append(Lane.Unread(arrival: arrival, since: now))
        }
    }

    /// Reads messages until there is enough to decide: what is read takes several times the memory of a message, and
    /// what is not read holds nobody up.
    func readOn(_ lane: Lane, at now: MonotonicTime) {
        var ids: [CommandId] = []
        while lane.runnable.count < 2 * options.batchBound, lane.items.count < 16 * options.batchBound,
            let unread = lane.unread.first
        {
            lane.unread.removeFirst()
            read(unread.arrival, since: unread.since, lane, &ids)
        }
        lookUp(ids, lane, at: now)
    }

    private func read(_ arrival: Arrival, since: MonotonicTime, _ lane: Lane, _ ids: inout [CommandId]) {
        let source = Item.Source(arrival, since: since)
        let isTrusted = arrival.user.map { options.trustedUsers.contains($0) } ?? false
        /// A stranger's answers go to strangers' queues only: nobody forges an ingress's.
        func receiver(_ replyTo: String?) -> String? {
            guard !isTrusted, let user = arrival.user else { return isTrusted ? replyTo : nil }
            return replyTo.flatMap { $0.hasPrefix(user) ? $0 : nil }
        }
        let end = arrival.body.count
        let messageRefusal = arrival.body.withUnsafeBytes { message in
            decoder.decode(message: message) { line in
                let item: Item
                let isLast = line.line.upperBound >= end - 1
                switch line.result {
                case .success(let command):
                    if let reason = refusal(command, user: arrival.user, isTrusted: isTrusted, lane) {
                        item = Item(
                            refused: reason, id: command.id, replyTo: receiver(command.replyTo), source: source,
                            line: line.line, isLast: isLast)
                    } else {
                        var payload: [UInt8] = []
                        payload.reserveCapacity(line.body.count + 96)
                        command.appendPayload(
                            body: UnsafeRawBufferPointer(rebasing: message[line.body]), to: &payload)
                        item = Item(
                            command, payload: payload, source: source, line: line.line, isLast: isLast)
                    }
                case .failure(let malformed):
                    item = Item(
                        refused: ParkReason(.malformed, malformed.description), id: line.id,
                        replyTo: receiver(line.replyTo), source: source, line: line.line, isLast: isLast)
                }
                enqueue(item, lane, &ids)
            }
        }
        guard let messageRefusal else { return }
        let item = Item(
            refused: ParkReason(.malformed, "the message is refused as a whole: \(messageRefusal)"), id: nil,
            replyTo: nil, source: source, line: 0..<min(end, WireFormat.longestLine), isLast: true)
        enqueue(item, lane, &ids)
    }

    /// Why a command is not decided here, as far as that can be told without its event.
    private func refusal(_ command: WireCommand, user: String?, isTrusted: Bool, _ lane: Lane) -> ParkReason? {
        if !isTrusted {
            guard let user, user == command.tenant.text else {
                return ParkReason(
                    .wrongUser, "the broker's user-id is \(user ?? "missing"): it must be the tenant's or an ingress's")
            }
            // Ids of this version are the worker's own, and can be foreseen.
            if command.id.high >> 12 & 0xF == 8 {
                return ParkReason(.malformed, "an id that is a UUID of version 8 is not a producer's")
            }
            if let replyTo = command.replyTo, !replyTo.hasPrefix(user) {
                return ParkReason(.wrongUser, "replyTo must begin with the sender's user-id")
            }
            if case .moveOut = command.content.order {
                return ParkReason(.wrongUser, "only an operator moves events")
            }
        }
        // A spare has whatever was sent there; the event's route is known when it is loaded.
        let hashed = options.hashedPartitions
        if lane.number < hashed, Keys.partition(of: command.event, among: hashed) != lane.number {
            return ParkReason(
                .wrongPartition, "the key belongs to partition \(Keys.partition(of: command.event, among: hashed))")
        }
        return nil
    }

    private func enqueue(_ item: Item, _ lane: Lane, _ ids: inout [CommandId]) {
        lane.items.append(item)
        guard let id = item.commandId else {
            lane.runnable.append(item)
            return
        }
        let first = lane.inHand.value(of: id, orInsert: item)
        guard first === item else {
            guard isSame(first, item) else {
                settle(item, lane, Answers.reused, isReplayed: false)
                return
            }
            first.echoes.append(item)
            return
        }
        lane.runnable.append(item)
        if mayBeKnown(id, lane) {
            item.progress = .lookedUp
            ids.append(id)
        }
    }

    private func isSame(_ first: Item, _ second: Item) -> Bool {
        first.payload == second.payload && first.command?.tenant == second.command?.tenant
            && first.command?.event == second.command?.event
    }

    private func mayBeKnown(_ id: CommandId, _ lane: Lane) -> Bool {
        guard options.checks.looksUpJournal else { return false }
        return lane.filterProgress != .whole || lane.hasMovedEvents || lane.filter.mayContain(id)
    }

    /// After a claim: what was on its way to the database may be in the journal.
    func lookUpAgain(_ lane: Lane, at now: MonotonicTime) {
        var ids: [CommandId] = []
        for item in lane.items.all where !item.isSettled && !item.isDecided {
            guard let id = item.commandId, lane.inHand[id] === item else { continue }
            item.progress = .waiting
            if mayBeKnown(id, lane) {
                item.progress = .lookedUp
                ids.append(id)
            }
        }
        lookUp(ids, lane, at: now)
    }

    /// What was refused may be known already, whatever the filter says.
    func lookUp(_ ids: [CommandId], inDoubt lane: Lane, at now: MonotonicTime) {
        guard options.checks.looksUpJournal else { return }
        for id in ids {
            if let item = lane.inHand[id], case .waiting = item.progress { item.progress = .lookedUp }
        }
        lookUp(ids, lane, at: now)
    }

    private func lookUp(_ ids: [CommandId], _ lane: Lane, at now: MonotonicTime) {
        guard !ids.isEmpty, lane.phase != .claiming else { return }
        let time = lane.time(at: now)
        var start = 0
        while start < ids.count {
            let end = min(start + 1_000, ids.count)
            outputs.append(.lookUp(Array(ids[start..<end]), epoch: lane.epoch, partition: lane.number, at: time))
            start = end
        }
    }

    func lookedUp(_ ids: [CommandId], _ known: [KnownDecision], _ lane: Lane) {
        for id in ids {
            guard let item = lane.inHand[id], case .lookedUp = item.progress else { continue }
            item.progress = .waiting
        }
        for decision in known {
            guard let item = lane.inHand[decision.id], case .waiting = item.progress else { continue }
            item.progress = .known(decision)
        }
        for id in ids {
            guard let event = lane.inHand[id]?.command?.event, let resident = lane.residents[event] else { continue }
            resume(resident, lane)
        }
    }

    func lookUpFailed(_ ids: [CommandId], _ error: StoreError, _ lane: Lane, at now: MonotonicTime) {
        databaseFailed(error, at: now)
        retry(.lookUp(ids, epoch: lane.epoch, partition: lane.number, at: lane.time(at: now)), lane, at: now)
    }

    func readIds(from sequence: UInt64, _ lane: Lane, at now: MonotonicTime) {
        outputs.append(
            .readJournalIds(from: sequence, epoch: lane.epoch, partition: lane.number, at: lane.time(at: now)))
    }

    func read(_ page: JournalPage, _ lane: Lane) {
        guard case .reading(let sequence) = lane.filterProgress else { return }
        for id in page.ids { lane.filter.insert(id) }
        guard let next = page.next, next > sequence else {
            lane.filterProgress = .whole
            return
        }
        guard lane.filter.count < options.filterBound else {
            dropFilter(lane)
            return
        }
        lane.filterProgress = .reading(from: next)
        outputs.append(
            .readJournalIds(from: next, epoch: lane.epoch, partition: lane.number, at: lane.ahead.at))
    }

    func dropFilter(_ lane: Lane) {
        lane.filter = IdFilter()
        lane.filterProgress = .off
        outputs.append(.warn("the filter of known ids is full: each id is looked up", partition: lane.number))
    }

    func readFailed(from sequence: UInt64, _ error: StoreError, _ lane: Lane, at now: MonotonicTime) {
        databaseFailed(error, at: now)
        retry(
            .readJournalIds(from: sequence, epoch: lane.epoch, partition: lane.number, at: lane.time(at: now)), lane,
            at: now)
    }
}

extension Dictionary {
    /// What the key has, or has from now on, with one look at the table.
    fileprivate mutating func value(of key: Key, orInsert new: Value) -> Value {
        func read(_ value: inout Value) -> Value { value }
        return read(&self[key, default: new])
    }
}
