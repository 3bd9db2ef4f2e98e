public import Sealing
public import Ticketing

/// An entry as the journal stores it.
public struct JournalRow: Sendable, Hashable {
    public var partition: Int
    public var sequence: UInt64
    public var batchNumber: UInt64
    public var kind: Verdict.Kind
    public var id: CommandId
    public var event: EventId
    public var tenant: TenantId
    public var status: Int
    public var payload: [UInt8]
    public var reply: [UInt8]
    public var writes: Digest
    /// nil once it was erased: from then on nobody can prove what stood here, or that it did not.
    public var salt: Salt?

    public init(
        partition: Int, sequence: UInt64, batchNumber: UInt64, kind: Verdict.Kind, id: CommandId, event: EventId,
        tenant: TenantId, status: Int, payload: [UInt8], reply: [UInt8], writes: Digest, salt: Salt?
    ) {
        self.partition = partition
        self.sequence = sequence
        self.batchNumber = batchNumber
        self.kind = kind
        self.id = id
        self.event = event
        self.tenant = tenant
        self.status = status
        self.payload = payload
        self.reply = reply
        self.writes = writes
        self.salt = salt
    }
}

/// A batch as it is stored.
public struct BatchRow: Sendable, Hashable {
    public var partition: Int
    public var number: UInt64
    public var epoch: UInt64
    public var at: Time
    public var firstSequence: UInt64
    public var entries: Int
    public var rulesVersion: UInt32
    public var root: Digest
    public var chain: Digest
    public var signature: Signature
    public var key: VerifyingKey

    public init(
        partition: Int, number: UInt64, epoch: UInt64, at: Time, firstSequence: UInt64, entries: Int,
        rulesVersion: UInt32, root: Digest, chain: Digest, signature: Signature, key: VerifyingKey
    ) {
        self.partition = partition
        self.number = number
        self.epoch = epoch
        self.at = at
        self.firstSequence = firstSequence
        self.entries = entries
        self.rulesVersion = rulesVersion
        self.root = root
        self.chain = chain
        self.signature = signature
        self.key = key
    }

    public var nextSequence: UInt64 { firstSequence + UInt64(entries) }
}

extension SealedBatch {
    public var row: BatchRow {
        BatchRow(
            partition: batch.partition, number: batch.number, epoch: batch.epoch, at: batch.at,
            firstSequence: batch.firstSequence, entries: batch.entries.count, rulesVersion: batch.rulesVersion,
            root: root, chain: chain, signature: signature, key: key)
    }

    public var journalRows: [JournalRow] {
        batch.entries.indices.map { index in
            let (entry, record) = (batch.entries[index], records[index])
            return JournalRow(
                partition: batch.partition, sequence: batch.sequence(ofEntry: index), batchNumber: batch.number,
                kind: entry.verdict.kind, id: entry.id, event: entry.event, tenant: entry.tenant,
                status: record.status, payload: entry.payload, reply: record.reply, writes: record.writes,
                salt: record.salt)
        }
    }
}

extension Batch {
    /// For those who make batches without a worker.
    package mutating func append(_ entry: Entry) { entries.append(entry) }
}
