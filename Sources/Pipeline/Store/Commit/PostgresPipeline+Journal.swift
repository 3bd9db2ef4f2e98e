package import Postgres
internal import Runtime
internal import Sealing
package import Ticketing

// A group's batches as statements: the fence, the journal, and what the partitions remember beside the events' rows.

extension PostgresPipeline {
    /// Comes first: where a batch does not follow the partition's newest one, nothing else is run.
    func addFence(_ group: [SealedBatch], line: String) {
        let columns = Columns(group)
        add(
            JournalSQL.fence, line, columns.integer { Int32(group[$0].batch.partition) },
            columns.bigint { Int64(bitPattern: group[$0].batch.epoch) },
            columns.bigint { Int64(bitPattern: group[$0].batch.number) },
            columns.time { group[$0].batch.at.timestamp },
            columns.bigint { Int64(bitPattern: group[$0].batch.sequence(ofEntry: group[$0].batch.entries.count)) },
            columns.written { $1.append(group[$0].previousChain) },
            columns.written { $1.append(group[$0].chain) },
            columns.boolean { group[$0].batch.resetsCrashes })
    }

    func addBatches(_ group: [SealedBatch]) {
        let columns = Columns(group)
        add(
            JournalSQL.insertBatches, columns.integer { Int32(Keys.week(of: group[$0].batch.at)) },
            columns.integer { Int32(group[$0].batch.partition) },
            columns.bigint { Int64(bitPattern: group[$0].batch.number) },
            columns.bigint { Int64(bitPattern: group[$0].batch.epoch) },
            columns.time { group[$0].batch.at.timestamp },
            columns.bigint { Int64(bitPattern: group[$0].batch.firstSequence) },
            columns.integer { Int32(group[$0].batch.entries.count) },
            columns.integer { Int32(bitPattern: group[$0].batch.rulesVersion) },
            columns.written { $1.append(group[$0].root) },
            columns.written { $1.append(group[$0].chain) },
            columns.bytes { group[$0].signature.bytes }, columns.bytes { group[$0].key.bytes })
    }

    /// The public halves, without which nobody can check a signature.
    func addKeys(_ group: [SealedBatch]) {
        let keys = Set(group.map(\.key.bytes)).sorted { $0.lexicographicallyPrecedes($1) }
        add(JournalSQL.insertKeys, Columns(keys).bytes { keys[$0] })
    }

    func addJournal(_ sealed: SealedBatch) {
        let batch = sealed.batch
        let (entries, records) = (batch.entries, sealed.records)
        guard !entries.isEmpty else { return }
        precondition(records.count == entries.count, "each entry has its record")
        let columns = Columns(entries)
        add(
            JournalSQL.insertJournal, Int32(Keys.week(of: batch.at)), Int32(batch.partition),
            Int64(bitPattern: batch.number), Int64(bitPattern: batch.firstSequence) - 1,
            columns.smallint { Int16(entries[$0].verdict.kind.rawValue) }, columns.uuid { entries[$0].id.uuid },
            columns.uuid { entries[$0].event.uuid }, columns.uuid { entries[$0].tenant.uuid },
            columns.smallint { Int16(records[$0].status) }, columns.bytes { entries[$0].payload },
            columns.bytes { records[$0].reply }, columns.written { $1.append(records[$0].writes) },
            columns.uuid { records[$0].salt.uuid })
    }

    /// The last word on an event counts.
    func addDues(_ group: [SealedBatch]) {
        var dues: [(partition: Int32, event: EventId, at: Time?)] = []
        for sealed in group {
            var positions: [EventId: Int] = [:]
            for due in sealed.batch.dues {
                if let position = positions[due.event] {
                    dues[position].at = due.at
                } else {
                    positions[due.event] = dues.count
                    dues.append((Int32(sealed.batch.partition), due.event, due.at))
                }
            }
        }
        let cleared = dues.filter { $0.at == nil }
        if !cleared.isEmpty {
            add(
                JournalSQL.deleteDues, Columns(cleared).integer { cleared[$0].partition },
                Columns(cleared).uuid { cleared[$0].event.uuid })
        }
        let set = dues.filter { $0.at != nil }
        if !set.isEmpty {
            add(
                JournalSQL.upsertDues, Columns(set).integer { set[$0].partition },
                Columns(set).uuid { set[$0].event.uuid },
                Columns(set).timeOrNull { set[$0].at?.timestamp })
        }
    }

    func addParked(_ group: [SealedBatch]) {
        for sealed in group { addParked(sealed.batch.parked, in: sealed.batch.partition, at: sealed.batch.at) }
    }

    package func addParked(_ records: [ParkedRecord], in partition: Int, at time: Time) {
        guard !records.isEmpty else { return }
        let columns = Columns(records)
        add(
            JournalSQL.insertParked, columns.written { $1.append(records[$0].digest(in: partition)) },
            Int32(partition), time.timestamp, columns.uuidOrNull { records[$0].id?.uuid },
            columns.text { records[$0].reason.code.rawValue }, columns.text { records[$0].reason.detail },
            columns.textOrNull { records[$0].replyTo }, columns.textOrNull { records[$0].user },
            columns.bytes { records[$0].line })
    }

    func addSettledAttempts(_ group: [SealedBatch]) {
        for sealed in group where !sealed.batch.settledAttempts.isEmpty {
            let ids = sealed.batch.settledAttempts
            add(
                JournalSQL.deleteAttempts, Int32(sealed.batch.partition),
                Columns(ids).uuid { ids[$0].uuid })
        }
    }

    func addMoves(_ group: [SealedBatch]) {
        for sealed in group {
            for move in sealed.batch.moves {
                switch move.step {
                case .out:
                    add(
                        JournalSQL.moveOut, move.event.uuid, Int64(bitPattern: move.version),
                        Int32(sealed.batch.partition), PostgresBytes { $0.append(move.digest) }, move.at.timestamp)
                case .arrived:
                    add(
                        JournalSQL.moveIn, move.event.uuid, Int64(bitPattern: move.version),
                        Int32(sealed.batch.partition), PostgresBytes { $0.append(move.digest) })
                }
            }
        }
    }
}

extension ParkedRecord {
    /// The same line that is parked again for the same reason is the same record.
    fileprivate func digest(in partition: Int) -> Digest {
        SHA256.hash { hash in
            hash.update(Array("\(partition) \(reason.code.rawValue) ".utf8))
            hash.update(line)
        }
    }
}
