internal import Postgres
internal import Runtime
internal import Sealing
internal import Ticketing

/// The journal's beginning as the tables `snapshot_head` and `snapshot` have it.
enum StoredStart {
    static func read(in session: any PostgresSession, _ found: inout Findings) throws -> JournalStart {
        var start = JournalStart()
        start.heads = try session.query(
            "SELECT partition, number, epoch, at, next_seq, chain FROM snapshot_head ORDER BY partition"
        ).map { row in
            let (partition, number, epoch, at, sequence, chain) = try row.decode(
                (Int32, Int64, Int64, Timestamp, Int64, [UInt8]).self)
            return PartitionHead(
                partition: Int(partition), number: UInt64(bitPattern: number), epoch: UInt64(bitPattern: epoch),
                at: Time(microseconds: at.microseconds), nextSequence: UInt64(bitPattern: sequence),
                chain: try Digest(chain))
        }
        try session.stream("SELECT event, partition, moving_to, state, hash FROM snapshot ORDER BY event") { row in
            let (event, partition, target, bytes, hash) = try row.decode(
                (PostgresUUID, Int32, Int32?, [UInt8], [UInt8]).self)
            let id = EventId(high: event.high, low: event.low)
            do {
                guard try Digest(hash) == SHA256.hash(bytes) else {
                    found.add(Finding(.state, event: id, "its snapshot is not what its hash was made of"))
                    return
                }
                let state = try EventState(snapshot: bytes)
                start.events.append(
                    JournalStart.Event(partition: Int(partition), movingTo: target.map { Int($0) }, state: state))
            } catch let error as LoadError {
                found.add(Finding(.state, event: id, "its snapshot makes no state: \(error)"))
            }
        }
        return start
    }

    /// Puts this in the place of what was there.
    static func write(_ start: JournalStart, in session: any PostgresSession) throws {
        try session.execute("DELETE FROM snapshot_head")
        try session.execute("DELETE FROM snapshot")
        for head in start.heads {
            try session.execute(
                """
                INSERT INTO snapshot_head (partition, number, epoch, at, next_seq, chain)
                VALUES ($1, $2, $3, $4, $5, $6)
                """, Int32(head.partition), Int64(bitPattern: head.number), Int64(bitPattern: head.epoch),
                Timestamp(microseconds: max(0, head.at.microseconds)), Int64(bitPattern: head.nextSequence),
                head.chain.bytes)
        }
        for event in start.events {
            let bytes = event.state.snapshot
            try session.execute(
                "INSERT INTO snapshot (event, partition, moving_to, state, hash) VALUES ($1, $2, $3, $4, $5)",
                PostgresUUID(high: event.state.id.high, low: event.state.id.low), Int32(event.partition),
                event.movingTo.map { Int32($0) }, bytes, SHA256.hash(bytes).bytes)
        }
    }
}
