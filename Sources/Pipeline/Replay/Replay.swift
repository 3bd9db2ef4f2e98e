public import Sealing
public import Ticketing
internal import Wire

/// Decides the journal again with the rule book and compares everything that was journaled, byte for byte.
///
///     let replay = Replay(keys: keys)
///     for (batch, rows) in journal { replay.add(batch, rows) }
///     replay.finish(tails)
///
/// Batches come in the order of their times, those of one partition in their numbers' order. It is pure: where the rows
/// come from is the caller's affair. States of all events are held in memory.
public final class Replay {
    public internal(set) var findings = Findings()
    public internal(set) var tally = Tally()
    var check: JournalCheck
    var states: [EventId: EventState] = [:]
    /// Which partition has an event that exists.
    var homes: [EventId: Int] = [:]
    /// Events that one partition has let go of and none has taken up.
    var moving: [EventId: Moving] = [:]
    /// Batches of partitions that wait for an event of another's, at the same time.
    var waiting: [Int: [Position]] = [:]
    /// Events whose state is not believed any more: what follows from a difference is none of its own.
    var doubted: Set<EventId> = []
    var answer = VerdictAnswer()
    var decoder = CommandDecoder()

    public struct Tally: Sendable, Hashable {
        public var batches = 0
        public var entries = 0
        /// Entries that were decided again and compared.
        public var compared = 0
        /// Entries of events that had differed before.
        public var skipped = 0

        public init() {}
    }

    struct Moving {
        var state: EventState
        let digest: Digest
        let from: Int
        let to: Int
    }

    /// A place in a batch: everything before is done.
    struct Position {
        let batch: BatchRow
        let rows: [JournalRow]
        var next = 0
        /// Of what fell due, entries and budget.
        var fallen: UInt64 = 0
        var budget = Book.arrearsPerBatch
    }

    public init(keys: Set<VerifyingKey>, from start: JournalStart = JournalStart()) {
        check = JournalCheck(keys: keys, from: start.heads)
        for event in start.events {
            if let target = event.movingTo {
                moving[event.state.id] = Moving(
                    state: event.state, digest: event.state.digest, from: event.partition, to: target)
            } else {
                homes[event.state.id] = event.partition
                states[event.state.id] = event.state
            }
        }
    }

    public func add(_ batch: BatchRow, _ rows: [JournalRow]) {
        // Whoever waited for something of an earlier time waits in vain.
        for partition in waiting.keys.sorted() where waiting[partition]?.first.map({ $0.batch.at < batch.at }) == true {
            giveUpWaiting(partition)
        }
        tally.batches += 1
        tally.entries += rows.count
        check.add(batch, rows, &findings)
        guard Rules.known.contains(batch.rulesVersion) else {
            findings.add(Finding(.rules, batch, "version \(batch.rulesVersion) of the rules is not known"))
            for row in rows { doubt(row.event) }
            return
        }
        let position = Position(batch: batch, rows: rows)
        if waiting[batch.partition] != nil {
            waiting[batch.partition]?.append(position)
        } else if let rest = run(position) {
            waiting[batch.partition] = [rest]
        }
        resume()
    }

    /// - Parameter tails: of all partitions, as their rows have them.
    public func finish(_ tails: [PartitionHead]) {
        for partition in waiting.keys.sorted() { giveUpWaiting(partition) }
        check.finish(tails, &findings)
    }

    /// Where each partition stands now, by number.
    public var heads: [PartitionHead] { check.heads.values.sorted { $0.partition < $1.partition } }

    /// The events that exist, in the order of their ids, with the partitions that have them.
    public var events: [(event: EventId, partition: Int)] {
        homes.map { (event: $0.key, partition: $0.value) }.sorted { $0.event < $1.event }
    }

    /// nil for an event that does not exist, is on its way, or differed.
    public func state(of event: EventId) -> EventState? { doubted.contains(event) ? nil : states[event] }

    /// Compares an event's state with what the tables hold; nil: they do not know it.
    public func compare(_ event: EventId, with stored: EventState?) {
        guard let state = state(of: event) else { return }
        guard let stored else {
            findings.add(Finding(.state, event: event, "the tables do not have the event"))
            return
        }
        if stored.digest != state.digest {
            findings.add(Finding(.state, event: event, "the tables hold another state than the journal leads to"))
        }
    }

    /// What another replay needs to go on from here.
    ///
    /// - Returns: nil while something is wrong: what is not believed is not built upon.
    public func end() -> JournalStart? {
        for partition in waiting.keys.sorted() { giveUpWaiting(partition) }
        guard findings.isEmpty else { return nil }
        let here = events.compactMap { event, partition in
            states[event].map { JournalStart.Event(partition: partition, movingTo: nil, state: $0) }
        }
        let away = moving.keys.sorted().compactMap { event in
            moving[event].map { JournalStart.Event(partition: $0.from, movingTo: $0.to, state: $0.state) }
        }
        return JournalStart(heads: heads, events: here + away)
    }

    private func resume() {
        var hasMoved = true
        while hasMoved {
            hasMoved = false
            for partition in waiting.keys.sorted() {
                guard let first = waiting[partition]?.first, canGoOn(first) else { continue }
                hasMoved = true
                goOn(partition)
            }
        }
    }

    private func canGoOn(_ position: Position) -> Bool {
        moving[position.rows[position.next].event] != nil
    }

    /// Runs a partition's batches that wait, up to the next thing that one has to wait for.
    private func goOn(_ partition: Int) {
        var rest = (waiting.removeValue(forKey: partition) ?? [])[...]
        while let position = rest.popFirst() {
            if let stopped = run(position) {
                waiting[partition] = [stopped] + rest
                return
            }
        }
    }

    private func giveUpWaiting(_ partition: Int) {
        while let position = waiting[partition]?.first {
            let row = position.rows[position.next]
            findings.add(Finding(.move, row, "moved in, but no partition had let go of it"))
            doubt(row.event)
            goOn(partition)
        }
    }

    func doubt(_ event: EventId) {
        doubted.insert(event)
        states[event] = nil
        moving[event] = nil
    }
}

extension Replay {
    /// Batches whose roots could not be computed, because salts were erased.
    public var unproved: Int { check.unproved }
}
