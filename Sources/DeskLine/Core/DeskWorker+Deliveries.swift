internal import Desk
internal import Pipeline
internal import Runtime
internal import Ticketing
internal import Wire

// What comes in: messages become items, and go to their tenants' lanes.
extension DeskWorker {
    func deliver(_ arrivals: [Arrival], at now: MonotonicTime) {
        for arrival in arrivals {
            let number = arrival.channel.partition
            // What an ended channel delivered cannot be acknowledged, and comes again.
            guard partitions.indices.contains(number), let partition = partitions[number],
                partition.channel == arrival.channel
            else { continue }
            read(arrival, partition, at: now)
        }
    }

    private func read(_ arrival: Arrival, _ partition: DeskPartition, at now: MonotonicTime) {
        let message = DeskItem.Message(arrival)
        let end = arrival.body.count
        let refusal = arrival.body.withUnsafeBytes { bytes in
            decoder.decode(message: bytes) { line in
                let isLast = line.line.upperBound >= end - 1
                let item = makeItem(
                    line, of: bytes, user: arrival.user, partition,
                    .queue(message, line: line.line, isLast: isLast))
                partition.items.append(item)
                admit(item, partition, at: now)
            }
        }
        guard let refusal else { return }
        let item = DeskItem(
            .refused(
                ParkReason(.malformed, "the message is refused as a whole: \(refusal)"), id: nil, replyTo: nil),
            payload: [], origin: .queue(message, line: 0..<min(end, WireFormat.longestLine), isLast: true))
        partition.items.append(item)
        admit(item, partition, at: now)
    }

    /// A line that was kept, as it was when it came.
    func makeItem(kept line: SpilledLine, _ partition: DeskPartition) -> DeskItem {
        var found: DeskItem?
        let origin = DeskItem.Origin.spill(line.number ?? 0, sender: line.sender, line: line.line)
        line.line.withUnsafeBytes { bytes in
            _ = decoder.decode(message: bytes) { decoded in
                found = makeItem(decoded, of: bytes, user: line.sender, partition, origin)
            }
        }
        let reason = ParkReason(.malformed, "what was kept of it cannot be read")
        return found ?? DeskItem(.refused(reason, id: nil, replyTo: nil), payload: [], origin: origin)
    }

    private func makeItem(
        _ line: borrowing DecodedDeskLine, of message: UnsafeRawBufferPointer, user: String?,
        _ partition: DeskPartition, _ origin: DeskItem.Origin
    ) -> DeskItem {
        let isTrusted = user.map { options.trustedUsers.contains($0) } ?? false
        /// A stranger's answers go to strangers' queues only: nobody forges an ingress's.
        func receiver(_ replyTo: String?) -> String? {
            guard !isTrusted, let user else { return isTrusted ? replyTo : nil }
            return replyTo.flatMap { $0.hasPrefix(user) ? $0 : nil }
        }
        switch line.result {
        case .success(let command):
            if let reason = refusal(command, user: user, isTrusted: isTrusted, partition) {
                return DeskItem(
                    .refused(reason, id: command.id, replyTo: receiver(command.replyTo)), payload: [], origin: origin)
            }
            var payload: [UInt8] = []
            payload.reserveCapacity(line.body.count + 96)
            command.appendPayload(body: UnsafeRawBufferPointer(rebasing: message[line.body]), to: &payload)
            return DeskItem(.command(command), payload: payload, origin: origin)
        case .failure(let malformed):
            return DeskItem(
                .refused(
                    ParkReason(.malformed, malformed.description), id: line.id, replyTo: receiver(line.replyTo)),
                payload: [], origin: origin)
        }
    }

    /// Why a command is not decided here, as far as that can be told without its desk.
    private func refusal(
        _ command: DeskWireCommand, user: String?, isTrusted: Bool, _ partition: DeskPartition
    ) -> ParkReason? {
        if !isTrusted {
            guard let user, user == command.tenant.text else {
                return ParkReason(
                    .wrongUser, "the broker's user-id is \(user ?? "missing"): it must be the tenant's or an ingress's")
            }
            // Ids of this version are the worker's own, and can be foreseen.
            if command.id.high >> 12 & 0xF == 8 {
                return ParkReason(.malformed, "an id that is a UUID of version 8 is not a producer's")
            }
            switch command.order {
            case .request, .existing(.accountReady):
                return ParkReason(.wrongUser, "accounts are made by the ingress")
            case .existing: break
            }
        }
        let home = Keys.partition(of: command.tenant, among: options.partitions)
        if home != partition.number { return ParkReason(.wrongPartition, "the key belongs to partition \(home)") }
        return nil
    }

    func admit(_ item: DeskItem, _ partition: DeskPartition, at now: MonotonicTime) {
        guard let command = item.command else {
            if case .refused(let reason, _, _) = item.content { park(item, reason, partition) }
            return
        }
        if case .request(let request) = command.order {
            admit(request, command, item, partition, at: now)
            return
        }
        guard let lane = partition.tenants[command.tenant] else {
            settle(item, partition, DeskAnswers.refused(.noSuchAccount, of: command))
            return
        }
        enqueue(item, lane, partition, at: now)
    }

    func enqueue(_ item: DeskItem, _ lane: TenantLane, _ partition: DeskPartition, at now: MonotonicTime) {
        guard let command = item.command else { return }
        lane.lastUsed = now
        if let first = lane.inHand[command.id] {
            if first.payload == item.payload {
                first.echoes.append(item)
            } else {
                settle(item, partition, DeskAnswers.reused)
            }
            return
        }
        lane.inHand[command.id] = item
        if lane.mayBeKnown(command.id) { item.progress = .unsure }
        lane.waiting.append(item)
        queue(lane, partition)
    }

    // MARK: - Answers without a commit

    func settle(_ item: DeskItem, _ partition: DeskPartition, _ answer: DeskAnswer, isReplayed: Bool = false) {
        letters.reply(item, answer, isReplayed: isReplayed)
        settled(item, partition)
    }

    func settled(_ item: DeskItem, _ partition: DeskPartition) {
        item.progress = .settled
        for echo in item.echoes { echo.progress = .settled }
        item.echoes = []
        partition.needsAcknowledgement = true
        if !item.isOld { relax(partition) }
        guard let command = item.command, let lane = partition.tenants[command.tenant] else { return }
        if partition.trial?.id == command.id { endTrial(of: lane, partition) }
        if lane.inHand[command.id] === item { lane.inHand[command.id] = nil }
    }

    /// Kept for a person, and only then answered.
    func park(
        _ item: DeskItem, _ reason: ParkReason, _ partition: DeskPartition,
        of tenant: TenantId = TenantId(high: 0, low: 0)
    ) {
        statistics.parked += 1
        let number = run(.park(item.parked(reason)), for: tenant, partition)
        partition.parking[number] = (item, reason)
    }
}
