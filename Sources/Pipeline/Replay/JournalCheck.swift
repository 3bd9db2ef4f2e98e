internal import Runtime
public import Sealing
public import Ticketing

/// Where a partition's journal stands: what the next batch has to follow.
public struct PartitionHead: Sendable, Hashable {
    public var partition: Int
    public var number: UInt64
    public var epoch: UInt64
    public var at: Time
    public var nextSequence: UInt64
    public var chain: Digest

    public init(
        partition: Int, number: UInt64 = 0, epoch: UInt64 = 0, at: Time = Time(microseconds: .min),
        nextSequence: UInt64 = 1, chain: Digest = .zero
    ) {
        self.partition = partition
        self.number = number
        self.epoch = epoch
        self.at = at
        self.nextSequence = nextSequence
        self.chain = chain
    }
}

/// Proves that the journal of each partition is whole and is the one that was signed, without knowing what is in it:
/// numbers and sequences without a gap, epochs and times that never go back, roots, chain and signatures.
public struct JournalCheck: Sendable {
    public private(set) var heads: [Int: PartitionHead] = [:]
    public private(set) var batches = 0
    public private(set) var entries = 0
    /// Batches whose roots could not be computed, because salts were erased.
    public private(set) var unproved = 0
    private let keys: Set<VerifyingKey>
    private var writer = LeafWriter()

    /// - Parameter heads: where the journal begins, for partitions whose first weeks are gone.
    public init(keys: Set<VerifyingKey>, from heads: [PartitionHead] = []) {
        self.keys = keys
        for head in heads { self.heads[head.partition] = head }
    }

    /// Takes a partition's next batch. What follows a gap is checked by itself.
    public mutating func add(_ batch: BatchRow, _ rows: [JournalRow], _ found: inout Findings) {
        let head = heads[batch.partition] ?? PartitionHead(partition: batch.partition)
        batches += 1
        entries += rows.count
        let follows = batch.number == head.number + 1
        if !follows { found.add(Finding(.gap, batch, "follows batch \(head.number)")) }
        if batch.epoch < head.epoch { found.add(Finding(.epoch, batch, "\(batch.epoch) after \(head.epoch)")) }
        if batch.at < head.at { found.add(Finding(.time, batch, "\(batch.at.text) after \(head.at.text)")) }
        if batch.firstSequence != head.nextSequence {
            found.add(Finding(.gap, batch, "begins at entry \(batch.firstSequence), not at \(head.nextSequence)"))
        }
        check(rows, of: batch, &found)
        if follows, batch.chain != Chain.head(after: head.chain, batch) {
            found.add(Finding(.chain, batch, "the chain's head does not follow from the one before"))
        }
        if !keys.contains(batch.key) {
            found.add(Finding(.key, batch, "\(batch.key) is none of the installation's keys"))
        } else if !batch.chain.withUnsafeBytes({ batch.key.isValid(batch.signature, for: $0) }) {
            found.add(Finding(.signature, batch, "the signature is not of the chain's head"))
        }
        heads[batch.partition] = PartitionHead(
            partition: batch.partition, number: batch.number, epoch: batch.epoch, at: max(batch.at, head.at),
            nextSequence: batch.nextSequence, chain: batch.chain)
    }

    private mutating func check(_ rows: [JournalRow], of batch: BatchRow, _ found: inout Findings) {
        if rows.count != batch.entries {
            found.add(Finding(.gap, batch, "has \(rows.count) entries, of \(batch.entries)"))
        }
        var leaves: [Digest]? = []
        for (index, row) in rows.enumerated() {
            let sequence = batch.firstSequence + UInt64(index)
            if row.sequence != sequence || row.batchNumber != batch.number || row.partition != batch.partition {
                found.add(Finding(.gap, row, "stands where entry \(sequence) of batch \(batch.number) should be"))
            }
            if let leaf = writer.leaf(of: row) { leaves?.append(leaf) } else { leaves = nil }
        }
        guard let leaves else {
            unproved += 1
            return
        }
        if MerkleTree.root(of: leaves) != batch.root {
            found.add(Finding(.root, batch, "the entries are not those that the root was made of"))
        }
    }

    /// Compares where the journal ends with what the partitions' rows say.
    ///
    /// - Parameter tails: of all partitions, as their rows have them.
    public mutating func finish(_ tails: [PartitionHead], _ found: inout Findings) {
        for tail in tails {
            let head = heads[tail.partition] ?? PartitionHead(partition: tail.partition)
            if tail.number != head.number || tail.nextSequence != head.nextSequence || tail.chain != head.chain {
                found.add(
                    Finding(
                        .tail, partition: tail.partition, batch: head.number,
                        "is the last batch, but the partition's row says \(tail.number), entry \(tail.nextSequence)"))
            }
            if tail.epoch < head.epoch {
                found.add(
                    Finding(
                        .epoch, partition: tail.partition, batch: head.number,
                        "the partition's row has epoch \(tail.epoch), its last batch \(head.epoch)"))
            }
        }
    }
}

extension Time {
    /// For people.
    var text: String { Timestamp(microseconds: microseconds).rfc3339 }
}
