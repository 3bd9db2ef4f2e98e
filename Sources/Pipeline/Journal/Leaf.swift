internal import Sealing
internal import Ticketing

/// The hashes that prove an entry, as whoever holds a receipt computes them again. Numbers are big-endian and unsigned,
/// but for the time.
///
/// A leaf is SHA-256 over a byte 0x00, the entry's salt (16 bytes) and its record:
///
/// | bytes | |
/// | --- | --- |
/// | 4 | partition |
/// | 8 | sequence |
/// | 1 | kind: 0 a command, 1 what fell due, 2 moved out, 3 moved in, 4 parked |
/// | 16 | id |
/// | 16 | event |
/// | 16 | tenant |
/// | 2 | status |
/// | 32 | SHA-256 of what was written because of it |
/// | 4 + … | length of the payload, and the payload |
/// | 4 + … | length of the reply, and the reply |
///
/// Leaves of a batch are the leaves of a Merkle tree of RFC 6962. The chain's head behind a batch is SHA-256 over the
/// head before (32 bytes; zeros before the first), partition (4), epoch (8), number (8), time (8, microseconds since
/// 1970), first sequence (8), how many entries (4), version of the rules (4) and root (32). The signature is over these
/// 32 bytes.
struct LeafWriter {
    private var bytes: [UInt8] = []

    mutating func leaf(
        partition: Int, sequence: UInt64, kind: Verdict.Kind, id: CommandId, event: EventId, tenant: TenantId,
        payload: [UInt8], status: Int, reply: [UInt8], writes: Digest, salt: Salt
    ) -> Digest {
        bytes.removeAll(keepingCapacity: true)
        bytes.append(0x00)
        bytes.append(salt)
        bytes.append(bigEndian: UInt32(truncatingIfNeeded: partition))
        bytes.append(bigEndian: sequence)
        bytes.append(kind.rawValue)
        bytes.append(id)
        bytes.append(event)
        bytes.append(tenant)
        bytes.append(bigEndian: UInt16(truncatingIfNeeded: status))
        bytes.append(writes)
        bytes.append(bigEndian: UInt32(truncatingIfNeeded: payload.count))
        bytes.append(contentsOf: payload)
        bytes.append(bigEndian: UInt32(truncatingIfNeeded: reply.count))
        bytes.append(contentsOf: reply)
        return SHA256.hash(bytes)
    }

    /// nil where the salt was erased.
    mutating func leaf(of row: JournalRow) -> Digest? {
        guard let salt = row.salt else { return nil }
        return leaf(
            partition: row.partition, sequence: row.sequence, kind: row.kind, id: row.id, event: row.event,
            tenant: row.tenant, payload: row.payload, status: row.status, reply: row.reply, writes: row.writes,
            salt: salt)
    }
}

enum Chain {
    static func head(
        after previous: Digest, partition: Int, epoch: UInt64, number: UInt64, at time: Time, firstSequence: UInt64,
        entries: Int, rulesVersion: UInt32, root: Digest
    ) -> Digest {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(108)
        bytes.append(previous)
        bytes.append(bigEndian: UInt32(truncatingIfNeeded: partition))
        bytes.append(bigEndian: epoch)
        bytes.append(bigEndian: number)
        bytes.append(bigEndian: time.microseconds)
        bytes.append(bigEndian: firstSequence)
        bytes.append(bigEndian: UInt32(truncatingIfNeeded: entries))
        bytes.append(bigEndian: rulesVersion)
        bytes.append(root)
        return SHA256.hash(bytes)
    }

    static func head(after previous: Digest, _ row: BatchRow) -> Digest {
        head(
            after: previous, partition: row.partition, epoch: row.epoch, number: row.number, at: row.at,
            firstSequence: row.firstSequence, entries: row.entries, rulesVersion: row.rulesVersion, root: row.root)
    }
}
