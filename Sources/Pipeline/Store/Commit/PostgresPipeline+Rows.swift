package import Postgres
internal import Runtime
package import Sealing
internal import Ticketing

// One batch with its journal rows as statements, whatever rule book decided them.
extension PostgresPipeline {
    /// Comes first: where the batch does not follow the partition's newest one, nothing else is run.
    package func addFence(_ batch: BatchRow, after previous: Digest, line: String) {
        let one = [batch]
        let columns = Columns(one)
        add(
            JournalSQL.fence, line, columns.integer { Int32(one[$0].partition) },
            columns.bigint { Int64(bitPattern: one[$0].epoch) }, columns.bigint { Int64(bitPattern: one[$0].number) },
            columns.time { one[$0].at.timestamp }, columns.bigint { Int64(bitPattern: one[$0].nextSequence) },
            columns.written { $1.append(previous) }, columns.written { $1.append(one[$0].chain) },
            columns.boolean { _ in true })
    }

    package func addJournal(_ batch: BatchRow, _ rows: [JournalRow]) {
        let week = Int32(Keys.week(of: batch.at))
        add(batch, week: week)
        guard !rows.isEmpty else { return }
        let columns = Columns(rows)
        add(
            JournalSQL.insertJournal, week, Int32(batch.partition), Int64(bitPattern: batch.number),
            Int64(bitPattern: batch.firstSequence) - 1, columns.smallint { Int16(rows[$0].kind.rawValue) },
            columns.uuid { rows[$0].id.uuid }, columns.uuid { rows[$0].event.uuid },
            columns.uuid { rows[$0].tenant.uuid }, columns.smallint { Int16(rows[$0].status) },
            columns.bytes { rows[$0].payload }, columns.bytes { rows[$0].reply },
            columns.written { $1.append(rows[$0].writes) }, columns.uuidOrNull { rows[$0].salt?.uuid })
    }

    private func add(_ batch: BatchRow, week: Int32) {
        let one = [batch]
        let columns = Columns(one)
        add(JournalSQL.insertKeys, columns.bytes { one[$0].key.bytes })
        add(
            JournalSQL.insertBatches, columns.integer { _ in week }, columns.integer { Int32(one[$0].partition) },
            columns.bigint { Int64(bitPattern: one[$0].number) }, columns.bigint { Int64(bitPattern: one[$0].epoch) },
            columns.time { one[$0].at.timestamp }, columns.bigint { Int64(bitPattern: one[$0].firstSequence) },
            columns.integer { Int32(one[$0].entries) }, columns.integer { Int32(bitPattern: one[$0].rulesVersion) },
            columns.written { $1.append(one[$0].root) }, columns.written { $1.append(one[$0].chain) },
            columns.bytes { one[$0].signature.bytes }, columns.bytes { one[$0].key.bytes })
    }
}
