package import Postgres
internal import Runtime
package import Sealing
internal import Ticketing

/// Reads the journal from the database: batches in the order of their times, each with its entries. Everything comes
/// from the one snapshot that the session's transaction has.
package struct JournalReader {
    package let session: any PostgresSession
    let line: String
    /// How many entries are fetched at once for a partition, unless its next batch has more.
    static let page = 512

    package init(_ session: any PostgresSession, line: String) {
        self.session = session
        self.line = line
    }

    package func keys() throws -> Set<VerifyingKey> {
        Set(
            try session.query("SELECT public_key FROM signing_key").values(of: [UInt8].self).map {
                try VerifyingKey($0)
            })
    }

    /// Where the partitions' rows say that the journal ends.
    package func tails() throws -> [PartitionHead] {
        try session.query(
            "SELECT number, batch_no, epoch, batch_at, next_seq, chain FROM partition WHERE line = $1 ORDER BY number",
            line
        ).map { row in
            let (number, batch, epoch, at, sequence, chain) = try row.decode(
                (Int32, Int64, Int64, Timestamp, Int64, [UInt8]).self)
            return PartitionHead(
                partition: Int(number), number: UInt64(bitPattern: batch), epoch: UInt64(bitPattern: epoch),
                at: Time(microseconds: at.microseconds), nextSequence: UInt64(bitPattern: sequence),
                chain: try Digest(chain))
        }
    }

    /// All entries that there are, whether a batch has them or not.
    package func entryCount(before week: Int? = nil) throws -> Int {
        Int(
            try session.query("SELECT count(*) FROM journal WHERE week < $1", week.map { Int32($0) } ?? Int32.max)
                .one().get(0, as: Int64.self))
    }

    /// - Parameters:
    ///   - week: where to stop; nil: nowhere.
    ///   - body: gets every batch; those of one partition in the order of their numbers.
    package func each(before week: Int? = nil, _ body: (BatchRow, [JournalRow]) throws -> Void) throws {
        try session.execute(
            """
            DECLARE replayed_batches NO SCROLL CURSOR FOR
            SELECT week, partition, number, epoch, at, first_seq, entries, rules_version, root, chain, signature,
                public_key
            FROM batch WHERE week < $1 ORDER BY at, partition, number
            """, week.map { Int32($0) } ?? Int32.max)
        var ahead: [Int: Ahead] = [:]
        while true {
            let batches = try session.query("FETCH 1000 FROM replayed_batches").map(Self.batch)
            if batches.isEmpty { break }
            for (week, batch) in batches {
                let rows = try rows(of: batch, in: week, &ahead[batch.partition, default: Ahead()])
                try body(batch, rows)
            }
        }
        try session.run(script: "CLOSE replayed_batches")
    }

    /// Entries of a partition that were fetched together with those of an earlier batch.
    private struct Ahead {
        var rows: ArraySlice<JournalRow> = []
    }

    private func rows(of batch: BatchRow, in week: Int32, _ ahead: inout Ahead) throws -> [JournalRow] {
        ahead.rows = ahead.rows.drop { $0.sequence < batch.firstSequence }
        if ahead.rows.first?.sequence != batch.firstSequence { ahead.rows = [] }
        var rows = Array(ahead.rows.prefix { $0.sequence < batch.nextSequence })
        ahead.rows = ahead.rows.dropFirst(rows.count)
        let missing = batch.entries - rows.count
        guard missing > 0 else { return rows }
        let next = batch.firstSequence + UInt64(rows.count)
        let more = try session.query(
            """
            SELECT partition, sequence, batch_no, kind, id, event, tenant, status, payload, reply, writes, salt
            FROM journal WHERE week = $1 AND partition = $2 AND sequence >= $3 ORDER BY sequence LIMIT $4
            """, week, Int32(batch.partition), Int64(bitPattern: next), Int64(max(missing, Self.page))
        ).map(Self.entry)[...]
        rows += more.prefix { $0.sequence < batch.nextSequence }
        ahead.rows = more.drop { $0.sequence < batch.nextSequence }
        return rows
    }

    static func batch(_ row: PostgresRow) throws -> (week: Int32, BatchRow) {
        let (week, partition, number, epoch, at, first, entries, rules, root, chain, signature, key) = try row.decode(
            (Int32, Int32, Int64, Int64, Timestamp, Int64, Int32, Int32, [UInt8], [UInt8], [UInt8], [UInt8]).self)
        return (
            week,
            BatchRow(
                partition: Int(partition), number: UInt64(bitPattern: number), epoch: UInt64(bitPattern: epoch),
                at: Time(microseconds: at.microseconds), firstSequence: UInt64(bitPattern: first),
                entries: Int(entries), rulesVersion: UInt32(bitPattern: rules), root: try Digest(root),
                chain: try Digest(chain), signature: try Signature(signature), key: try VerifyingKey(key))
        )
    }

    static func entry(_ row: PostgresRow) throws -> JournalRow {
        let (partition, sequence, batch, kind, id, event, tenant, status, payload, reply, writes, salt) =
            try row.decode(
                (
                    Int32, Int64, Int64, Int16, PostgresUUID, PostgresUUID, PostgresUUID, Int16, [UInt8], [UInt8],
                    [UInt8], PostgresUUID?
                ).self)
        guard let raw = UInt8(exactly: kind), let verdict = Verdict.Kind(rawValue: raw) else {
            throw UnreadableJournal(
                description: "entry \(sequence) of partition \(partition) is of the unknown kind \(kind)")
        }
        return JournalRow(
            partition: Int(partition), sequence: UInt64(bitPattern: sequence), batchNumber: UInt64(bitPattern: batch),
            kind: verdict, id: CommandId(high: id.high, low: id.low), event: EventId(high: event.high, low: event.low),
            tenant: TenantId(high: tenant.high, low: tenant.low), status: Int(status), payload: payload, reply: reply,
            writes: try Digest(writes), salt: salt.map { Salt(high: $0.high, low: $0.low) })
    }
}

/// A row that nothing of ours has written.
struct UnreadableJournal: Error, CustomStringConvertible {
    let description: String
}
