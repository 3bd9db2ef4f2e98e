internal import Desk
internal import DeskLine
internal import Pipeline
internal import Ticketing

// What a worker of the desk line does, for the trace.
extension Describe {
    static func number(_ output: DeskOutput) -> UInt64 {
        switch output {
        case .beat: 1
        case .claim(let wanted): 2 | UInt64(wanted.count) << 8
        case .release(let held): 3 | UInt64(held.count) << 8
        case .leave: 4
        case .consume(let channel): 5 | channel.serial << 8
        case .close(let channel): 6 | channel.serial << 8
        case .acknowledge(let channel, let tag): 7 | (channel.serial ^ tag << 20) << 8
        case .publish(let notices): 8 | UInt64(notices.count) << 8
        case .visit(let visit):
            switch visit.wish {
            case .open(let time): 9 ^ visit.tenant.low ^ UInt64(bitPattern: time.microseconds)
            case .migrate: 11 ^ visit.tenant.low
            case .lookUp(let ids, _): ids.reduce(10) { $0 ^ $1.low }
            case .commit(let batch):
                batch.entries.reduce(12 ^ batch.number ^ UInt64(bitPattern: batch.at.microseconds)) { $0 ^ $1.id.low }
            }
        case .errand(let errand): 13 ^ errand.tenant.low ^ errand.number << 8
        case .warn: 14
        }
    }

    static func text(_ output: DeskOutput) -> String {
        switch output {
        case .beat(let beat): "beat, owns \(beat.owned)"
        case .claim(let wanted):
            "claim " + wanted.map { "\($0.number) at \($0.epoch) from \($0.deadOwner?.text ?? "nobody")" }.description
        case .release(let held): "release \(held.map(\.number))"
        case .leave: "leave"
        case .consume(let channel): "consume \(text(channel))"
        case .close(let channel): "close \(text(channel))"
        case .acknowledge(let channel, let tag): "acknowledge \(text(channel)) through \(tag)"
        case .publish(let notices): "publish \(notices.map(text))"
        case .visit(let visit):
            "visit \(visit.number) of epoch \(visit.epoch) to \(short(visit.tenant)): \(text(visit.wish))"
        case .errand(let errand):
            "errand \(errand.number) of epoch \(errand.epoch) for \(short(errand.tenant)): \(text(errand.wish))"
        case .warn(let words, let partition): "warn \(partition.map { "of \($0): " } ?? "")\(words)"
        }
    }

    private static func text(_ wish: Visit.Wish) -> String {
        switch wish {
        case .open(let time): "open at \(time.microseconds)"
        case .migrate: "migrate"
        case .lookUp(let ids, _): "look up \(ids.map(short))"
        case .commit(let batch): "commit \(text(batch))"
        }
    }

    private static func text(_ wish: Errand.Wish) -> String {
        switch wish {
        case .request(let id, let subDomain, _, _): "request \(subDomain) by \(short(id))"
        case .activate: "activate"
        case .spill(let lines): "spill \(lines.count)"
        case .readSpill(let limit): "read at most \(limit) spilled"
        case .removeSpill(let number): "remove spilled through \(number)"
        case .recordAttempt(let id): "record an attempt at \(short(id))"
        case .forgetAttempts(let ids): "forget attempts at \(ids.map(short))"
        case .park(let record): "park \(record.reason.code.rawValue)"
        }
    }

    static func text(_ batch: DeskBatch) -> String {
        let entries = batch.entries.map { "\(short($0.id)) \(text($0.verdict))" }
        return "\(short(batch.tenant))/\(batch.number) of epoch \(batch.epoch) at \(batch.at.microseconds) from "
            + "\(batch.firstSequence): \(entries.joined(separator: ", "))"
    }

    private static func text(_ verdict: DeskVerdict) -> String {
        switch verdict {
        case .decided(let decision): text(decision.outcome)
        case .fellDue(let decision): "due: " + text(decision.outcome)
        case .parked(let reason): "parked: \(reason.code.rawValue)"
        }
    }

    private static func text(_ outcome: DeskOutcome) -> String {
        switch outcome {
        case .refused(let refusal): "refused \(refusal.code)"
        case .accountRequested(let subDomain): "requested \(subDomain)"
        case .accountReady: "ready"
        case .settingsChanged: "settings"
        case .created(let promised): "created for \(promised.startsAt.microseconds)"
        case .softAssigned(_, let until): "kept until \(until.microseconds)"
        case .allocated: "allocated"
        case .cancelled: "cancelled"
        case .resolved: "resolved"
        case .slotsLapsed(let slots): "\(slots.count) lapsed"
        case .minuteBegan(let minute):
            "minute \(minute.at.microseconds), \(minute.resolved.count) resolved, \(minute.began.count) began"
        }
    }
}
