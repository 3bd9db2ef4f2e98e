public import Sealing
internal import Wire

/// Makes sealed batches of decided ones: answers, digests, leaves, root, chain, signature. Pure but for its salts, and
/// for what it remembers: the heads of the chains of groups, since a group may be sealed before the one ahead of it is
/// committed.
public struct Sealer {
    private let key: SigningKey
    private let salts: (Int) -> [Salt]
    /// By partition, behind the newest batch of it that was sealed as part of a group.
    private var heads: [Int: Head] = [:]

    private struct Head {
        let number: UInt64
        let chain: Digest
    }

    /// - Parameter salts: as many random salts as asked for.
    public init(key: SigningKey, salts: @escaping (Int) -> [Salt]) {
        self.key = key
        self.salts = salts
    }

    /// With salts from the system.
    public init(key: SigningKey) {
        self.init(key: key, salts: Salt.random(count:))
    }

    /// A batch that knows what it follows.
    public func seal(_ batch: Batch) -> SealedBatch {
        guard let previous = batch.previousChain else { preconditionFailure("a batch by itself knows its chain") }
        var bench = Bench()
        return seal(batch, after: previous, salts(batch.entries.count)[...], &bench)
    }

    /// In the order of the group's batches. Groups come in their order.
    public mutating func seal(_ group: CommitGroup) -> [SealedBatch] {
        var bench = Bench()
        var rest = salts(group.batches.reduce(0) { $0 + $1.entries.count })[...]
        return group.batches.map { batch in
            let sealed = seal(batch, after: previousChain(of: batch), rest, &bench)
            rest = rest.dropFirst(batch.entries.count)
            heads[batch.partition] = Head(number: batch.number, chain: sealed.chain)
            return sealed
        }
    }

    private func previousChain(of batch: Batch) -> Digest {
        if let chain = batch.previousChain { return chain }
        guard let head = heads[batch.partition], head.number + 1 == batch.number else {
            preconditionFailure("the batch before \(batch.number) of partition \(batch.partition) was not sealed here")
        }
        return head.chain
    }

    /// Memory that batches of one group share.
    private struct Bench {
        var answer = VerdictAnswer()
        var leaf = LeafWriter()
        var leaves: [Digest] = []
    }

    private func seal(
        _ batch: Batch, after previous: Digest, _ salts: ArraySlice<Salt>, _ bench: inout Bench
    ) -> SealedBatch {
        var records: [SealedBatch.Record] = []
        records.reserveCapacity(batch.entries.count)
        bench.leaves.removeAll(keepingCapacity: true)
        for index in batch.entries.indices {
            let entry = batch.entries[index]
            let sequence = batch.sequence(ofEntry: index)
            bench.answer.answer(
                entry.verdict,
                DecisionStamp(
                    event: entry.event, currency: entry.currency, partition: batch.partition, sequence: sequence,
                    decidedAt: batch.at))
            // A copy of its own, without the room that the buffer has for larger ones.
            let reply = bench.answer.reply.withUnsafeBytes { [UInt8]($0) }
            let salt = salts[salts.startIndex + index]
            let leaf = bench.leaf.leaf(
                partition: batch.partition, sequence: sequence, kind: entry.verdict.kind, id: entry.id,
                event: entry.event, tenant: entry.tenant, payload: entry.payload, status: bench.answer.status,
                reply: reply, writes: bench.answer.writes, salt: salt)
            bench.leaves.append(leaf)
            records.append(
                SealedBatch.Record(
                    status: bench.answer.status, reply: reply, writes: bench.answer.writes, salt: salt, leaf: leaf))
        }
        let root = MerkleTree.root(of: bench.leaves)
        let chain = Chain.head(
            after: previous, partition: batch.partition, epoch: batch.epoch, number: batch.number,
            at: batch.at, firstSequence: batch.firstSequence, entries: batch.entries.count,
            rulesVersion: batch.rulesVersion, root: root)
        return SealedBatch(
            batch: batch, records: records, root: root, previousChain: previous, chain: chain,
            signature: chain.withUnsafeBytes { key.sign($0) }, key: key.publicKey)
    }
}

extension Salt {
    /// From the system's random numbers, all in one call.
    static func random(count: Int) -> [Salt] {
        SecureRandom.bytes(16 * count).withUnsafeBytes { bytes in
            (0..<count).map { index in
                Salt(
                    high: bytes.loadUnaligned(fromByteOffset: 16 * index, as: UInt64.self),
                    low: bytes.loadUnaligned(fromByteOffset: 16 * index + 8, as: UInt64.self))
            }
        }
    }
}
