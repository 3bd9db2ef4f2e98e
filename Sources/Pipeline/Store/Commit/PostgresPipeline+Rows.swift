package import Postgres
internal import Runtime
package import Sealing
package import Ticketing

extension PostgresPipeline {
    /// One batch of a tenant's own journal, whatever rule book decided it. Comes first: where the batch does not follow
    /// the newest one, nothing is written.
    package func addJournal(_ batch: BatchRow, _ rows: [JournalRow], after previous: Digest, of tenant: TenantId) {
        let columns = Columns(rows)
        add(
            JournalSQL.append, Int32(Keys.week(of: batch.at)), Int32(batch.partition), Int64(bitPattern: batch.number),
            Int64(bitPattern: batch.epoch), batch.at.timestamp, Int64(bitPattern: batch.firstSequence),
            Int32(bitPattern: batch.rulesVersion), PostgresBytes { $0.append(previous) },
            PostgresBytes { $0.append(batch.root) }, PostgresBytes { $0.append(batch.chain) }, batch.signature.bytes,
            batch.key.bytes, tenant.uuid, columns.smallint { Int16(rows[$0].kind.rawValue) },
            columns.uuid { rows[$0].id.uuid }, columns.smallint { Int16(rows[$0].status) },
            columns.bytes { rows[$0].payload }, columns.bytes { rows[$0].reply },
            columns.written { $1.append(rows[$0].writes) }, columns.uuidOrNull { rows[$0].salt?.uuid })
    }
}
