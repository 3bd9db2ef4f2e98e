package import Postgres
internal import Runtime
package import Sealing
internal import Ticketing

// One batch with its journal rows as statements, whatever rule book decided them.
extension PostgresPipeline {
    /// Comes first: where the batch does not follow the partition's newest one, nothing else is run.
    package func addFence(_ batch: BatchRow, after previous: Digest, line: String) {
        let one = [batch]
        add(
            JournalSQL.fence, line, Columns(one).integer { Int32($0.partition) },
            Columns(one).bigint { Int64(bitPattern: $0.epoch) }, Columns(one).bigint { Int64(bitPattern: $0.number) },
            Columns(one).time { $0.at.timestamp }, Columns(one).bigint { Int64(bitPattern: $0.nextSequence) },
            Columns(one).written { _, writer in writer.append(previous) },
            Columns(one).written { batch, writer in writer.append(batch.chain) }, Columns(one).boolean { _ in true })
    }

    package func addJournal(_ batch: BatchRow, _ rows: [JournalRow]) {
        let one = [batch]
        let week = Int32(Keys.week(of: batch.at))
        add(JournalSQL.insertKeys, Columns(one).bytes { $0.key.bytes })
        add(
            JournalSQL.insertBatches, Columns(one).integer { _ in week }, Columns(one).integer { Int32($0.partition) },
            Columns(one).bigint { Int64(bitPattern: $0.number) }, Columns(one).bigint { Int64(bitPattern: $0.epoch) },
            Columns(one).time { $0.at.timestamp }, Columns(one).bigint { Int64(bitPattern: $0.firstSequence) },
            Columns(one).integer { Int32($0.entries) },
            Columns(one).integer { Int32(bitPattern: $0.rulesVersion) },
            Columns(one).written { batch, writer in writer.append(batch.root) },
            Columns(one).written { batch, writer in writer.append(batch.chain) },
            Columns(one).bytes { $0.signature.bytes }, Columns(one).bytes { $0.key.bytes })
        guard !rows.isEmpty else { return }
        add(
            JournalSQL.insertJournal, week, Int32(batch.partition), Int64(bitPattern: batch.number),
            Int64(bitPattern: batch.firstSequence) - 1, Columns(rows).smallint { Int16($0.kind.rawValue) },
            Columns(rows).uuid { $0.id.uuid }, Columns(rows).uuid { $0.event.uuid },
            Columns(rows).uuid { $0.tenant.uuid }, Columns(rows).smallint { Int16($0.status) },
            Columns(rows).bytes { $0.payload }, Columns(rows).bytes { $0.reply },
            Columns(rows).written { row, writer in writer.append(row.writes) },
            Columns(rows).uuidOrNull { $0.salt?.uuid })
    }
}
