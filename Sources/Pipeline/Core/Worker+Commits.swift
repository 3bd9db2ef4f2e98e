internal import Runtime
public import Ticketing
internal import Wire

// What becomes of a group: answered, or undone.
extension Worker {
    func isInFlight(_ lane: Lane) -> Bool { inFlight.contains { $0.parts.contains { $0.lane === lane } } }

    /// The oldest group on its way: outcomes come in the order of the groups.
    private func land(_ group: UInt64) -> Flight {
        precondition(inFlight.first?.group == group, "a group's outcome comes once, and after those before it")
        return inFlight.removeFirst()
    }

    func committed(_ group: UInt64, _ sealed: [SealedBatch], at now: MonotonicTime) {
        let flight = land(group)
        statistics.groups += 1
        pool.databaseAnswered()
        for (part, sealed) in zip(flight.parts, sealed) where part.isLive {
            let oldest = part.lane.inFlight.removeFirst()
            precondition(oldest === part.batch, "a lane's batches are committed in their order")
            finish(part.batch, sealed, part.lane)
        }
    }

    private func finish(_ open: OpenBatch, _ sealed: SealedBatch, _ lane: Lane) {
        let batch = open.batch
        statistics.batches += 1
        lane.committed = Lane.Position(
            batch: batch.number, sequence: batch.firstSequence + UInt64(batch.entries.count), chain: sealed.chain,
            at: batch.at)
        if batch.resetsCrashes { lane.resetsCrashes = false }
        lane.isTrial = false
        for id in batch.settledAttempts {
            lane.attempts[id] = nil
            lane.suspects[id] = nil
        }
        for due in batch.dues { lane.storedDues[due.event] = due.at }
        lane.pace.note(open.answered)
        for (item, entry) in open.answers {
            letters.reply(item, sealed.records[entry].status, sealed.records[entry].reply)
            settled(item, lane)
        }
        for (item, reason) in open.parkedAnswers {
            let (status, body) = Answers.problem(of: reason)
            letters.reply(item, status, body)
            settled(item, lane)
        }
        if lane.refused.isEmpty {
            lane.failures = 0
            lane.isSolo = false
        }
        for entry in batch.entries {
            switch entry.verdict {
            case .decided(let decision):
                statistics.decided += 1
                letters.tell(decision, of: entry.event)
            case .fellDue(let decision):
                statistics.fellDue += 1
                letters.tell(decision, of: entry.event)
            case .movedOut, .movedIn, .parked: break
            }
        }
        statistics.parked += UInt64(batch.parked.count)
        for resident in open.touched {
            resident.pendingBatches -= 1
            measure(resident)
            if case .elsewhere = resident.condition { resume(resident, lane) }
        }
    }

    /// Tells what is decided, and only then lets the broker forget what was asked.
    func tell() {
        let notices = letters.finish()
        if !notices.isEmpty { outputs.append(.publish(notices)) }
        for case let lane? in lanes where lane.needsAcknowledgement { acknowledge(lane) }
    }

    private func settled(_ item: Item, _ lane: Lane) {
        item.progress = .settled
        if !item.echoes.isEmpty {
            for echo in item.echoes { echo.progress = .settled }
            item.echoes = []
        }
        lane.needsAcknowledgement = true
        guard let id = item.commandId else { return }
        if !lane.refused.isEmpty { lane.refused.remove(id) }
        if let index = lane.inHand.index(forKey: id), lane.inHand[index].value === item {
            lane.inHand.remove(at: index)
        }
    }

    /// Answers what needs no commit.
    func settle(_ item: Item, _ lane: Lane, _ answer: (status: Int, body: [UInt8]), isReplayed: Bool) {
        letters.reply(item, answer.status, answer.body, isReplayed: isReplayed)
        settled(item, lane)
    }

    /// Acknowledges the messages at the front that have nothing unanswered.
    private func acknowledge(_ lane: Lane) {
        lane.needsAcknowledgement = false
        var through: UInt64?
        lane.items.removeFirst { item in
            guard item.isSettled else { return false }
            if item.isLast { through = item.source.tag }
            return true
        }
        if let through, let channel = lane.channel { outputs.append(.acknowledge(channel, through: through)) }
    }

    func commitFailed(_ group: UInt64, _ failure: CommitFailure, at now: MonotonicTime) {
        let flight = land(group)
        statistics.failedGroups += 1
        let parts = flight.parts.filter(\.isLive)
        switch failure {
        case .fenced(let numbers):
            for lane in parts.map(\.lane) {
                if numbers.contains(lane.number) {
                    lose(lane, "another worker has written")
                } else {
                    lane.rollBack()
                    lane.isSolo = true
                }
            }
        case .rejected(let reason):
            let isAlone = flight.parts.count == 1
            for (lane, batch) in parts.map({ ($0.lane, $0.batch) }) {
                outputs.append(.warn("the database refused the commit: \(reason)", partition: lane.number))
                // This attempt was in vain: the next one is counted.
                for id in batch.batch.settledAttempts where isAlone { lane.attempts[id] = nil }
                let ids = batch.answers.compactMap(\.item.commandId)
                lane.rollBack()
                lane.isSolo = true
                lane.refused.formUnion(ids)
                guard isAlone else { continue }
                // Somebody may have used one of the ids elsewhere.
                lookUp(ids, inDoubt: lane, at: now)
                lane.failures += 1
                // Whatever is wrong with the database does not get better by being asked all the time.
                lane.restsUntil = now + .milliseconds(25 << min(lane.failures, 7))
            }
        case .unavailable(let reason), .unknown(let reason):
            databaseFailed(StoreError(.unavailable, reason), at: now)
            // Whoever is behind the connection next may know less than this one did: everything is claimed anew.
            for case let lane? in self.lanes where lane.phase != .claiming {
                lane.rollBack()
                lane.forgetEvents()
                if lane.phase == .owned { lane.phase = .claiming }
            }
        }
    }
}

/// Replies, changes, wake-ups and loads of one step, gathered: one message for each receiver, as far as it goes.
struct Letters {
    private var notices: [Notice] = []
    /// By receiver, in the order of their first replies.
    private var replies: [(to: String, lines: [UInt8])] = []
    private var changes: [UInt8] = []
    private var effects: [EffectKind] = []
    private var loads: [UInt8] = []
    private static let enough = 120 * 1_024

    mutating func reply(_ item: Item, _ status: Int, _ body: [UInt8], isReplayed: Bool = false) {
        reply(to: item, status, body, isReplayed: isReplayed)
        for echo in item.echoes { reply(to: echo, status, body, isReplayed: true) }
    }

    private mutating func reply(to item: Item, _ status: Int, _ body: [UInt8], isReplayed: Bool) {
        guard let id = item.id, let receiver = item.replyTo else { return }
        var index = replies.count - 1
        while index >= 0, replies[index].to != receiver { index -= 1 }
        if index < 0 {
            index = replies.count
            replies.append((receiver, []))
        }
        ReplyLine.append(id: id, status: status, isReplayed: isReplayed, body: body, to: &replies[index].lines)
        if replies[index].lines.count > Self.enough {
            notices.append(.replies(to: receiver, replies[index].lines))
            replies[index].lines = []
        }
    }

    mutating func tell(_ decision: Decision, of event: EventId) {
        if decision.changes.count == 1 {
            ChangeLine.append(decision.changes[0], of: event, to: &changes)
            sendChangesIfEnough()
        } else {
            for line in ChangeLine.lines(of: decision, event: event) { announce(line) }
        }
        for effect in decision.effects where !effects.contains(effect.kind) { effects.append(effect.kind) }
    }

    mutating func announce(_ line: ChangeLine) {
        line.append(to: &changes)
        sendChangesIfEnough()
    }

    private mutating func sendChangesIfEnough() {
        guard changes.count > Self.enough else { return }
        notices.append(.changes(changes))
        changes = []
    }

    mutating func tell(_ load: OwnerLoad) {
        LoadLine.owner(load).append(to: &loads)
        if loads.count > Self.enough {
            notices.append(.loads(loads))
            loads = []
        }
    }

    /// Everything that there is to tell, which is then told.
    mutating func finish() -> [Notice] {
        defer { self = Letters() }
        for (receiver, lines) in replies where !lines.isEmpty { notices.append(.replies(to: receiver, lines)) }
        if !changes.isEmpty { notices.append(.changes(changes)) }
        notices += effects.map { .effects($0) }
        if !loads.isEmpty { notices.append(.loads(loads)) }
        return notices
    }
}

extension Effect {
    /// Who does it.
    public var kind: EffectKind {
        switch self {
        case .createPayment, .cancelPayment, .refund: .payments
        case .reportIncident: .incidents
        }
    }
}
