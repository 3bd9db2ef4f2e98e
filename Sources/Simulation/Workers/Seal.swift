internal import Pipeline
internal import Sealing
internal import Wire

struct Seal {
    let key: SigningKey

    init(seed: UInt8) throws { key = try SigningKey(seed: [UInt8](repeating: seed, count: SigningKey.seedCount)) }

    func seal(_ batch: Batch) -> SealedBatch {
        var records: [SealedBatch.Record] = []
        var root = SHA256()
        for (index, entry) in batch.entries.enumerated() {
            let stamp = DecisionStamp(
                event: entry.event, currency: entry.currency, partition: batch.partition,
                sequence: batch.sequence(ofEntry: index), decidedAt: batch.at)
            var reply: [UInt8] = []
            entry.verdict.decision?.appendReply(stamp, to: &reply)
            let leaf = SHA256.hash(reply)
            root.update(leaf)
            records.append(
                SealedBatch.Record(
                    status: entry.verdict.decision?.status ?? 500, reply: reply, writes: leaf,
                    salt: Salt(high: 0, low: 0), leaf: leaf))
        }
        let chain = SHA256.hash { hash in
            hash.update(batch.previousChain)
            hash.update(root.digest)
        }
        return SealedBatch(
            batch: batch, records: records, root: root.digest, chain: chain, signature: key.sign(chain.bytes),
            key: key.publicKey)
    }
}
