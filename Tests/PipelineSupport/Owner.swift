public import Pipeline
internal import Sealing
public import Ticketing
internal import Wire

/// Who has a partition, and makes its batches one after another.
public struct Owner {
    public var claim: Claim
    private static let key = SampleKey.signing

    public init(_ claim: Claim) { self.claim = claim }

    /// The batch that follows; `committed` moves on.
    public func batch(_ entries: [Entry], at time: Time? = nil) -> Batch {
        var batch = Batch(
            partition: claim.number, epoch: claim.epoch, number: claim.batchNumber + 1,
            at: max(time ?? claim.now, claim.batchAt), firstSequence: claim.nextSequence, previousChain: claim.chain)
        batch.entries = entries
        return batch
    }

    public func sealed(_ entries: [Entry], at time: Time? = nil) -> SealedBatch {
        Self.seal(batch(entries, at: time))
    }

    /// To be told once the batch is in.
    public mutating func committed(_ sealed: SealedBatch) {
        claim.batchNumber = sealed.batch.number
        claim.batchAt = sealed.batch.at
        claim.nextSequence = sealed.batch.sequence(ofEntry: sealed.batch.entries.count)
        claim.chain = sealed.chain
    }

    /// Seals, commits and moves on.
    public mutating func commit(_ entries: [Entry], at time: Time? = nil, to store: any Store) throws {
        try commit(batch(entries, at: time), to: store)
    }

    public mutating func commit(_ batch: Batch, to store: any Store) throws {
        let sealed = Self.seal(batch)
        try store.commit([sealed])
        committed(sealed)
    }

    /// Replies as they are; hashes that are enough to tell one batch from another.
    public static func seal(_ batch: Batch) -> SealedBatch {
        guard let previous = batch.previousChain else { preconditionFailure("an owner's batches come one by one") }
        let records = batch.entries.indices.map { index in
            let entry = batch.entries[index]
            var reply: [UInt8] = []
            let stamp = DecisionStamp(
                event: entry.event, currency: entry.currency, partition: batch.partition,
                sequence: batch.sequence(ofEntry: index), decidedAt: batch.at)
            entry.verdict.decision?.appendReply(stamp, to: &reply)
            return SealedBatch.Record(
                status: entry.verdict.decision?.status ?? 200, reply: reply, writes: SHA256.hash(reply),
                salt: Salt(high: entry.id.high, low: ~entry.id.low), leaf: SHA256.hash(entry.payload))
        }
        let root = SHA256.hash { hash in for record in records { hash.update(record.leaf) } }
        let chain = SHA256.hash { hash in
            hash.update(previous)
            hash.update(root)
            hash.update(Array("\(batch.partition) \(batch.number)".utf8))
        }
        return SealedBatch(
            batch: batch, records: records, root: root, previousChain: previous, chain: chain,
            signature: key.sign(chain.bytes), key: key.publicKey)
    }
}

enum SampleKey {
    static let signing: SigningKey = {
        do {
            return try SigningKey(seed: [UInt8](repeating: 7, count: SigningKey.seedCount))
        } catch {
            preconditionFailure("\(error)")
        }
    }()
}
