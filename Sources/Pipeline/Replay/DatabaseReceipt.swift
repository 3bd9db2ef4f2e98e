public import Postgres
internal import Sealing
public import Ticketing

/// Receipts out of the journal, for whoever asks for one.
public enum DatabaseReceipt {
    /// - Parameter week: of the journal, when it was asked for: it, the one before and the next are looked through,
    ///   since a retry is younger than what it asks for.
    /// - Returns: nil where it is not decided, or no longer kept.
    /// - Throws: `ReceiptError` where the journal proves nothing of it any more.
    public static func json(
        of command: CommandId, from week: Int, on session: any PostgresSession
    ) throws -> [UInt8]? {
        let place = try session.query(
            """
            SELECT week, partition, sequence, batch_no FROM journal
            WHERE week IN ($1 - 1, $1, $1 + 1) AND id = $2 AND kind = 0
            """, Int32(week), PostgresUUID(high: command.high, low: command.low)
        ).oneOrNone()
        guard let place else { return nil }
        let (week, partition, sequence, number) = try place.decode((Int32, Int32, Int64, Int64).self)
        let batch = try session.query(
            """
            SELECT week, partition, number, epoch, at, first_seq, entries, rules_version, root, chain, signature,
                public_key
            FROM batch WHERE week = $1 AND partition = $2 AND number = $3
            """, week, partition, number
        ).map(JournalReader.batch).first?.1
        guard let batch else { return nil }
        let rows = try session.query(
            """
            SELECT partition, sequence, batch_no, kind, id, event, tenant, status, payload, reply, writes, salt
            FROM journal WHERE week = $1 AND partition = $2 AND sequence >= $3 AND sequence < $4 ORDER BY sequence
            """, week, partition, Int64(bitPattern: batch.firstSequence), Int64(bitPattern: batch.nextSequence)
        ).map(JournalReader.entry)
        let receipt = try Receipt(
            of: UInt64(bitPattern: sequence), in: batch, rows: rows,
            previousChain: try chain(before: batch, week: week, on: session))
        return receipt.json
    }

    /// The head of the partition's chain behind the batch before; its own week or an earlier one has it, or the
    /// snapshot of what was dropped.
    private static func chain(
        before batch: BatchRow, week: Int32, on session: any PostgresSession
    ) throws -> Digest {
        guard batch.number > 1 else { return .zero }
        let number = Int64(bitPattern: batch.number - 1)
        let kept: [UInt8]? = try session.query(
            "SELECT chain FROM batch WHERE week <= $1 AND partition = $2 AND number = $3 LIMIT 1", week,
            Int32(batch.partition), number
        ).oneOrNone()?.get(0)
        if let kept { return try Digest(kept) }
        // A tenant's own database has no snapshots.
        let hasSnapshots: Bool = try session.query("SELECT to_regclass('snapshot_head') IS NOT NULL").one().get(0)
        guard hasSnapshots else { throw ReceiptError.wrongChain }
        let dropped: [UInt8]? = try session.query(
            "SELECT chain FROM snapshot_head WHERE partition = $1 AND number = $2", Int32(batch.partition), number
        ).oneOrNone()?.get(0)
        guard let dropped else { throw ReceiptError.wrongChain }
        return try Digest(dropped)
    }
}
