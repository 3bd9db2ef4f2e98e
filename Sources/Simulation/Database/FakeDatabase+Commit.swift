internal import Pipeline
internal import Sealing
internal import Ticketing
internal import Wire

extension FakeDatabase {
    /// All of it or nothing: every rule is looked at before the first row is kept.
    func commit(_ group: [SealedBatch], _ session: FakeSession) throws(CommitFailure) {
        precondition(
            zip(group, group.dropFirst()).allSatisfy { $0.batch.partition < $1.batch.partition },
            "the batches of a group are in the order of their partitions")
        for sealed in group where isLocked(sealed.batch.partition, for: session) {
            session.end()
            throw .unavailable("partition \(sealed.batch.partition) is locked")
        }
        let fenced = group.filter { sealed in
            let row = partitions[sealed.batch.partition]
            return switches.checksEpoch && row.epoch != sealed.batch.epoch
                || switches.checksBatchNumber
                    && (row.batchNumber + 1 != sealed.batch.number || row.chain != sealed.previousChain)
        }
        guard fenced.isEmpty else { throw .fenced(fenced.map(\.batch.partition)) }
        var changed: [EventId: StoredEvent] = [:]
        var ids: Set<JournalKey> = []
        do {
            for sealed in group { try check(sealed, &changed, &ids) }
        } catch {
            throw .rejected(error.description)
        }
        for (id, event) in changed { events[id] = event }
        for sealed in group {
            write(sealed)
            committed(sealed)
        }
    }

    private func check(
        _ sealed: SealedBatch, _ changed: inout [EventId: StoredEvent], _ ids: inout Set<JournalKey>
    ) throws(StoredEvent.Violation) {
        let batch = sealed.batch
        precondition(sealed.records.count == batch.entries.count, "a record for each entry")
        // The journal's key is the partition and the sequence.
        guard batch.entries.isEmpty || batch.firstSequence > UInt64(journal[batch.partition].count) else {
            throw StoredEvent.Violation("sequence \(batch.firstSequence) is taken")
        }
        for move in batch.moves {
            guard let route = routes[move.event], route.version == move.version,
                move.step == .out
                    ? route.state == .moving && route.previous == batch.partition
                    : route.state == .out && route.partition == batch.partition && route.digest == move.digest
            else { throw StoredEvent.Violation("no such move") }
        }
        for entry in batch.entries {
            let key = JournalKey(week: Keys.week(of: batch.at), id: entry.id)
            guard known[key] == nil, ids.insert(key).inserted else {
                throw StoredEvent.Violation("command \(entry.id.low) is in the journal")
            }
            guard let decision = entry.verdict.decision else { continue }
            if rejected.contains(entry.id) { throw StoredEvent.Violation("a constraint says no") }
            guard !decision.writes.isEmpty || !decision.changes.isEmpty else { continue }
            var event = changed[entry.event] ?? events[entry.event] ?? StoredEvent()
            try event.apply(decision)
            changed[entry.event] = event
        }
    }

    private func write(_ sealed: SealedBatch) {
        let batch = sealed.batch
        let number = batch.partition
        partitions[number].batchNumber = batch.number
        partitions[number].batchAt = batch.at
        partitions[number].nextSequence = batch.firstSequence + UInt64(batch.entries.count)
        partitions[number].chain = sealed.chain
        if batch.resetsCrashes { partitions[number].crashes = 0 }
        for (index, entry) in batch.entries.enumerated() {
            let record = sealed.records[index]
            known[JournalKey(week: Keys.week(of: batch.at), id: entry.id)] = (number, journal[number].count)
            journal[number].append(
                JournalRow(
                    partition: number, sequence: batch.sequence(ofEntry: index), at: batch.at, entry: entry,
                    status: record.status, reply: record.reply))
            for effect in entry.verdict.decision?.effects ?? [] {
                effects.append(EffectRow(command: entry.id, event: entry.event, effect: effect))
            }
        }
        for due in batch.dues { dues[PartitionKey(partition: number, id: due.event)] = due.at }
        for id in batch.settledAttempts { attempts[PartitionKey(partition: number, id: id)] = nil }
        for record in batch.parked { park(record, in: number) }
        for move in batch.moves { apply(move) }
        keepChanges(of: batch)
    }

    /// One row for each show that the batch changes.
    private func keepChanges(of batch: Batch) {
        var merges: [(first: UInt64, merge: ChangeMerge)] = []
        for entry in batch.entries {
            guard let decision = entry.verdict.decision else { continue }
            for line in ChangeLine.lines(of: decision, event: entry.event) {
                if let index = merges.firstIndex(where: { $0.merge.show == line.show }) {
                    merges[index].merge.add(line)
                } else {
                    merges.append((line.version, ChangeMerge(from: line)))
                }
            }
        }
        for (first, merge) in merges {
            changes[merge.show, default: []].append(ChangeRow(first: first, line: merge.line))
        }
    }

    private func park(_ record: ParkedRecord, in partition: Int) {
        let digest = SHA256.hash { hash in
            hash.update([UInt8(truncatingIfNeeded: partition)])
            hash.update(Array(record.reason.code.rawValue.utf8))
            hash.update(record.line)
        }
        if parked[digest] == nil { parked[digest] = ParkedRow(partition: partition, record: record) }
    }

    private func apply(_ move: MoveChange) {
        guard var route = routes[move.event] else { return }
        switch move.step {
        case .out:
            route.state = .out
            route.digest = move.digest
            route.leftAt = move.at
        case .arrived: route.state = .here
        }
        routes[move.event] = route
    }
}
