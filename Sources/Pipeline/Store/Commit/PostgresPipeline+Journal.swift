package import Postgres
internal import Runtime
internal import Sealing
package import Ticketing

// A group's batches as statements: the fence, the journal, and what the partitions remember beside the events' rows.

extension PostgresPipeline {
    /// Comes first: where a batch does not follow the partition's newest one, nothing else is run.
    func addFence(_ group: [SealedBatch], line: String) {
        add(
            JournalSQL.fence, line, Columns(group).integer { Int32($0.batch.partition) },
            Columns(group).bigint { Int64(bitPattern: $0.batch.epoch) },
            Columns(group).bigint { Int64(bitPattern: $0.batch.number) },
            Columns(group).time { $0.batch.at.timestamp },
            Columns(group).bigint { Int64(bitPattern: $0.batch.sequence(ofEntry: $0.batch.entries.count)) },
            Columns(group).written { sealed, writer in writer.append(sealed.previousChain) },
            Columns(group).written { sealed, writer in writer.append(sealed.chain) },
            Columns(group).boolean { $0.batch.resetsCrashes })
    }

    func addBatches(_ group: [SealedBatch]) {
        add(
            JournalSQL.insertBatches, Columns(group).integer { Int32(Keys.week(of: $0.batch.at)) },
            Columns(group).integer { Int32($0.batch.partition) },
            Columns(group).bigint { Int64(bitPattern: $0.batch.number) },
            Columns(group).bigint { Int64(bitPattern: $0.batch.epoch) },
            Columns(group).time { $0.batch.at.timestamp },
            Columns(group).bigint { Int64(bitPattern: $0.batch.firstSequence) },
            Columns(group).integer { Int32($0.batch.entries.count) },
            Columns(group).integer { Int32(bitPattern: $0.batch.rulesVersion) },
            Columns(group).written { sealed, writer in writer.append(sealed.root) },
            Columns(group).written { sealed, writer in writer.append(sealed.chain) },
            Columns(group).bytes { $0.signature.bytes }, Columns(group).bytes { $0.key.bytes })
    }

    /// The public halves, without which nobody can check a signature.
    func addKeys(_ group: [SealedBatch]) {
        let keys = Set(group.map(\.key.bytes)).sorted { $0.lexicographicallyPrecedes($1) }
        add(JournalSQL.insertKeys, Columns(keys).bytes { $0 })
    }

    func addJournal(_ sealed: SealedBatch) {
        let batch = sealed.batch
        guard !batch.entries.isEmpty else { return }
        precondition(sealed.records.count == batch.entries.count, "each entry has its record")
        add(
            JournalSQL.insertJournal, Int32(Keys.week(of: batch.at)), Int32(batch.partition),
            Int64(bitPattern: batch.number), Int64(bitPattern: batch.firstSequence) - 1,
            Columns(batch.entries).smallint { Int16($0.verdict.kind.rawValue) },
            Columns(batch.entries).uuid { $0.id.uuid }, Columns(batch.entries).uuid { $0.event.uuid },
            Columns(batch.entries).uuid { $0.tenant.uuid }, Columns(sealed.records).smallint { Int16($0.status) },
            Columns(batch.entries).bytes { $0.payload }, Columns(sealed.records).bytes { $0.reply },
            Columns(sealed.records).written { record, writer in writer.append(record.writes) },
            Columns(sealed.records).uuid { $0.salt.uuid })
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
                JournalSQL.deleteDues, Columns(cleared).integer { $0.partition },
                Columns(cleared).uuid { $0.event.uuid })
        }
        let set = dues.filter { $0.at != nil }
        if !set.isEmpty {
            add(
                JournalSQL.upsertDues, Columns(set).integer { $0.partition }, Columns(set).uuid { $0.event.uuid },
                Columns(set).timeOrNull { $0.at?.timestamp })
        }
    }

    func addParked(_ group: [SealedBatch]) {
        for sealed in group { addParked(sealed.batch.parked, in: sealed.batch.partition, at: sealed.batch.at) }
    }

    package func addParked(_ records: [ParkedRecord], in partition: Int, at time: Time) {
        guard !records.isEmpty else { return }
        add(
            JournalSQL.insertParked,
            Columns(records).written { record, writer in writer.append(record.digest(in: partition)) },
            Int32(partition), time.timestamp, Columns(records).uuidOrNull { $0.id?.uuid },
            Columns(records).text { $0.reason.code.rawValue }, Columns(records).text { $0.reason.detail },
            Columns(records).textOrNull { $0.replyTo }, Columns(records).textOrNull { $0.user },
            Columns(records).bytes { $0.line })
    }

    func addSettledAttempts(_ group: [SealedBatch]) {
        for sealed in group where !sealed.batch.settledAttempts.isEmpty {
            add(
                JournalSQL.deleteAttempts, Int32(sealed.batch.partition),
                Columns(sealed.batch.settledAttempts).uuid { $0.uuid })
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
