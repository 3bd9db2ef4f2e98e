internal import Pipeline
internal import Ticketing

/// What a worker does, for the trace.
enum Describe {
    static func number(_ output: Output) -> UInt64 {
        switch output {
        case .beat: 1
        case .claim(let wanted): 2 | UInt64(wanted.count) << 8
        case .release(let held): 3 | UInt64(held.count) << 8
        case .leave: 4
        case .consume(let channel): 5 | channel.serial << 8
        case .close(let channel): 6 | channel.serial << 8
        case .acknowledge(let channel, let tag): 7 | (channel.serial ^ tag << 20) << 8
        case .publish(let notices): 8 | UInt64(notices.count) << 8
        case .load(let event, _, _, let time): 9 ^ event.low ^ UInt64(bitPattern: time.microseconds)
        case .lookUp(let ids, _, _, _): ids.reduce(10) { $0 ^ $1.low }
        case .readJournalIds(let sequence, _, _, _): 11 | sequence << 8
        case .commit(let group):
            group.batches.reduce(12) { hash, batch in
                batch.entries.reduce(hash ^ batch.number ^ UInt64(bitPattern: batch.at.microseconds)) { $0 ^ $1.id.low }
            }
        case .recordAttempt(let id, _, _): 13 ^ id.low
        case .warn: 14
        }
    }

    static func text(_ output: Output) -> String {
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
        case .load(let event, let epoch, let partition, let time):
            "load \(short(event)) for \(partition) at epoch \(epoch), time \(time.microseconds)"
        case .lookUp(let ids, let epoch, let partition, _):
            "look up \(ids.map(short)) for \(partition) at epoch \(epoch)"
        case .readJournalIds(let sequence, _, let partition, _): "read the ids of \(partition) from \(sequence)"
        case .commit(let group): "commit group \(group.number): \(group.batches.map(text).joined(separator: "; "))"
        case .recordAttempt(let id, _, let partition): "record an attempt at \(short(id)) in \(partition)"
        case .warn(let words, let partition): "warn \(partition.map { "of \($0): " } ?? "")\(words)"
        }
    }

    static func text(_ batch: Batch) -> String {
        let entries = batch.entries.map { "\(short($0.id)) about \(short($0.event)) \(text($0.verdict))" }
        let parked = batch.parked.map { "parks \($0.reason.code.rawValue)" }
        let moves = batch.moves.map { "moves \(short($0.event)) \($0.step)" }
        return "\(batch.partition)/\(batch.number) of epoch \(batch.epoch) at \(batch.at.microseconds) from "
            + "\(batch.firstSequence): \((entries + parked + moves).joined(separator: ", "))"
    }

    static func text(_ verdict: Verdict) -> String {
        switch verdict {
        case .decided(let decision): answer(decision.outcome)
        case .fellDue(let decision): "due: " + answer(decision.outcome)
        case .movedOut(let partition, _): "moved out to \(partition)"
        case .movedIn(let partition, _): "moved in from \(partition)"
        case .parked(let reason): "parked: \(reason.code.rawValue)"
        }
    }

    static func text(_ notice: Notice) -> String {
        switch notice {
        case .replies(let to, let bytes): "\(bytes.count) bytes of replies to \(to)"
        case .changes(let bytes): "\(bytes.count) bytes of changes"
        case .directory(let bytes): "\(bytes.count) bytes of the directory"
        case .loads(let bytes): "\(bytes.count) bytes of loads"
        case .effects(let kind): "wake \(kind.rawValue)"
        }
    }

    static func text(_ channel: ChannelId) -> String { "\(channel.partition).\(channel.serial)" }

    /// Enough of an id to tell it from others.
    static func short<Kind>(_ id: Id<Kind>) -> String { String(id.low, radix: 36) }
}
