internal import Pipeline
internal import Runtime
internal import Sealing
internal import Ticketing
internal import Wire

/// Looks at every batch as it is committed: whether it may be, and whether each answer is the model's.
final class Auditor {
    private struct Head {
        var epoch: UInt64 = 0
        var batch: UInt64 = 0
        var sequence: UInt64 = 1
        var at = Time(microseconds: .min)
        var chain = Digest.zero
    }

    /// Where an event is decided, and how far its queue has come there.
    struct Place {
        var partition: Int
        var isLeaving = false
        var order: UInt64 = 0
        var hasMoved = false
    }

    let book: CommandBook
    var fail: (String) -> Void = { _ in }
    /// Whether nothing has been wrong since then.
    var isCalm: (Int64) -> Bool = { _ in false }
    var database: FakeDatabase?
    private var heads: [Head]
    private(set) var models: [EventId: Model] = [:]
    private var places: [EventId: Place] = [:]
    private(set) var seen: Set<CommandId> = []
    /// Tried alone by a process that died of something else: three times are enough to be taken for poison.
    var excused: Set<CommandId> = []
    private(set) var decided = 0
    private(set) var fellDue = 0
    private var decoder = CommandDecoder()

    init(_ book: CommandBook, partitions: Int) {
        self.book = book
        heads = [Head](repeating: Head(), count: partitions)
    }

    func observe(_ sealed: SealedBatch, at now: MonotonicTime) {
        let batch = sealed.batch
        let head = "batch \(batch.number) of partition \(batch.partition), epoch \(batch.epoch)"
        checkPlace(sealed, head)
        for (index, entry) in batch.entries.enumerated() {
            let what = "\(head), sequence \(batch.sequence(ofEntry: index)), event \(Describe.short(entry.event))"
            guard seen.insert(entry.id).inserted else {
                fail("\(what): \(Describe.short(entry.id)) is decided twice")
                return
            }
            check(entry, batch, what, at: now)
        }
    }

    /// Gap-free, in one chain, and by nobody who has lost the partition.
    private func checkPlace(_ sealed: SealedBatch, _ what: String) {
        let batch = sealed.batch
        let head = heads[batch.partition]
        let newest = database?.partitions[batch.partition].epoch ?? 0
        if batch.epoch != newest { fail("\(what) is committed, and epoch \(newest) has the partition") }
        if batch.epoch < head.epoch { fail("\(what) is committed after one of epoch \(head.epoch)") }
        if batch.number != head.batch + 1 { fail("\(what) follows batch \(head.batch)") }
        if batch.firstSequence != head.sequence {
            fail("\(what) begins at \(batch.firstSequence), not \(head.sequence)")
        }
        if batch.at < head.at { fail("\(what) is earlier than the one before") }
        if sealed.previousChain != head.chain { fail("\(what) does not continue the chain") }
        heads[batch.partition] = Head(
            epoch: batch.epoch, batch: batch.number, sequence: batch.firstSequence + UInt64(batch.entries.count),
            at: batch.at, chain: sealed.chain)
    }

    private func check(_ entry: Entry, _ batch: Batch, _ what: String, at now: MonotonicTime) {
        var place =
            places[entry.event]
            ?? Place(partition: Keys.partition(of: entry.event, among: database?.hashed ?? 1))
        defer { places[entry.event] = place }
        if case .movedIn(let from, _) = entry.verdict {
            if !place.isLeaving || place.partition != from { fail("\(what) moves in without having left") }
            place = Place(partition: batch.partition, hasMoved: true)
            return
        }
        if place.partition != batch.partition || place.isLeaving {
            fail(
                "\(what) is decided in \(batch.partition), and it is \(place.isLeaving ? "leaving" : "in") "
                    + "\(place.partition)")
        }
        switch entry.verdict {
        case .decided(let decision):
            decided += 1
            checkOrder(entry, &place, what)
            check(decision, entry, batch.at, what)
        case .fellDue(let decision):
            fellDue += 1
            checkDue(decision, entry, batch.at, what, at: now)
        case .movedOut:
            checkOrder(entry, &place, what)
            place.isLeaving = true
        case .movedIn: break
        case .parked(let reason):
            checkOrder(entry, &place, what)
            if !mayBeParked(entry.id) {
                fail("\(what): \(Describe.short(entry.id)) is parked, and nothing is wrong with it: \(reason)")
            }
        }
    }

    func mayBeParked(_ id: CommandId) -> Bool {
        Mark.kills(id) || excused.contains(id) || database?.rejected.contains(id) ?? false
    }

    /// In the order in which the first copies came into the queue.
    private func checkOrder(_ entry: Entry, _ place: inout Place, _ what: String) {
        guard let sent = book.originals[entry.id] else {
            fail("\(what): \(Describe.short(entry.id)) is decided, and nobody has sent it")
            return
        }
        // A copy behind the last word about the event was turned away.
        let order = sent.firstPlace(in: place.partition, after: place.hasMoved ? place.order : 0)
        guard let order, order > place.order else {
            fail("\(what): \(Describe.short(entry.id)) is decided after one that came later")
            return
        }
        place.order = order
    }

    private func check(_ decision: Decision, _ entry: Entry, _ at: Time, _ what: String) {
        let expected: String
        let short = Describe.short(entry.id)
        do {
            let content = try entry.payload.withUnsafeBytes { try decoder.decode(payload: $0, event: entry.event) }
            if let model = models[entry.event] {
                model.now = at.microseconds
                if let due = model.due(entry.id.low) {
                    fail("\(what): \(short) is decided before what was due: \(due)")
                    return
                }
            }
            expected = self.expected(content, entry, at)
        } catch {
            fail("\(what): the payload of \(short) cannot be read: \(error)")
            return
        }
        let answered = answer(decision.outcome)
        if answered != expected { fail("\(what): \(short) came to “\(answered)”, by the model “\(expected)”") }
        switch book.originals[entry.id]?.expectation {
        case .decided: break
        case .foreign:
            if answered != "refused no-such-event" { fail("\(what): \(short) is another tenant's: \(answered)") }
        case let other: fail("\(what): \(short) is decided, and should be \(other.map { "\($0)" } ?? "unknown")")
        }
    }

    private func expected(_ content: Content, _ entry: Entry, _ at: Time) -> String {
        let model = models[entry.event]
        switch content.order {
        case .create(let create):
            guard model == nil else { return "refused event-exists" }
            let model = Model(create, tenant: entry.tenant)
            model.now = at.microseconds
            models[entry.event] = model
            return "created \(create.shows.count)"
        case .existing(let command):
            guard let model, model.tenant == entry.tenant else { return "refused no-such-event" }
            return model.decide(command, entry.id.low)
        case .moveOut: return "not asked of the model"
        }
    }

    private func checkDue(_ decision: Decision, _ entry: Entry, _ at: Time, _ what: String, at now: MonotonicTime) {
        guard let model = models[entry.event] else {
            fail("\(what) falls due, and there is no such event")
            return
        }
        model.now = at.microseconds
        let ended = model.firstEnd
        guard let expected = model.due(entry.id.low) ?? model.unwind() else {
            fail("\(what): “\(answer(decision.outcome))” falls due, and by the model nothing is")
            return
        }
        if answer(decision.outcome) != expected {
            fail("\(what): “\(answer(decision.outcome))” falls due, by the model “\(expected)”")
        }
        // The partition's time goes as the monotonic clock does.
        guard let ended, case .holdEnded = decision.outcome else { return }
        let late = at.microseconds - ended
        if late > 250_000, isCalm(now.nanoseconds - late * 1_000 - 1_000_000_000) {
            fail("\(what): a hold ended \(late) µs late")
        }
    }

    func place(of event: EventId) -> Place? { places[event] }
}
