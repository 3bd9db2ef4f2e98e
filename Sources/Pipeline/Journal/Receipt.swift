public import Sealing
public import Ticketing

/// A decision with everything that proves it to somebody who has nothing but the installation's public keys: what was
/// asked and answered, the way from there to its batch's root, and the batch's signature.
public struct Receipt: Sendable, Hashable {
    /// With its salt: without one there is no receipt.
    public var record: JournalRow
    /// The neighbours on the way from the leaf to the root, the lowest first.
    public var path: [Digest]
    public var batch: Header
    public var signature: Signature
    public var key: VerifyingKey

    /// What the chain's head is a hash of, but for the partition and the root, which follow from the record.
    public struct Header: Sendable, Hashable {
        public var epoch: UInt64
        public var at: Time
        public var firstSequence: UInt64
        public var entries: Int
        public var rulesVersion: UInt32
        public var previousChain: Digest

        public init(
            epoch: UInt64, at: Time, firstSequence: UInt64, entries: Int, rulesVersion: UInt32, previousChain: Digest
        ) {
            self.epoch = epoch
            self.at = at
            self.firstSequence = firstSequence
            self.entries = entries
            self.rulesVersion = rulesVersion
            self.previousChain = previousChain
        }
    }

    public init(record: JournalRow, path: [Digest], batch: Header, signature: Signature, key: VerifyingKey) {
        self.record = record
        self.path = path
        self.batch = batch
        self.signature = signature
        self.key = key
    }

    /// - Parameters:
    ///   - rows: all of the batch, in their order.
    ///   - previousChain: the head behind the batch before; zeros before the first.
    /// - Throws: what keeps the rows from proving anything.
    public init(
        of sequence: UInt64, in batch: BatchRow, rows: [JournalRow], previousChain: Digest
    ) throws(ReceiptError) {
        guard let index = rows.firstIndex(where: { $0.sequence == sequence }) else { throw .notInBatch }
        var writer = LeafWriter()
        var leaves: [Digest] = []
        leaves.reserveCapacity(rows.count)
        for row in rows {
            guard let leaf = writer.leaf(of: row) else { throw .saltErased }
            leaves.append(leaf)
        }
        guard rows.count == batch.entries, MerkleTree.root(of: leaves) == batch.root else { throw .wrongRoot }
        self.init(
            record: rows[index], path: MerkleTree.path(of: index, in: leaves),
            batch: Header(
                epoch: batch.epoch, at: batch.at, firstSequence: batch.firstSequence, entries: batch.entries,
                rulesVersion: batch.rulesVersion, previousChain: previousChain),
            signature: batch.signature, key: batch.key)
        guard chain == batch.chain else { throw .wrongChain }
    }

    /// The head of the partition's chain behind the decision's batch; nil where the path leads nowhere.
    public var chain: Digest? {
        var writer = LeafWriter()
        guard let leaf = writer.leaf(of: record), record.sequence >= batch.firstSequence,
            let index = Int(exactly: record.sequence - batch.firstSequence),
            let root = MerkleTree.root(of: leaf, at: index, of: batch.entries, path: path)
        else { return nil }
        return Chain.head(
            after: batch.previousChain, partition: record.partition, epoch: batch.epoch, number: record.batchNumber,
            at: batch.at, firstSequence: batch.firstSequence, entries: batch.entries, rulesVersion: batch.rulesVersion,
            root: root)
    }

    /// Whether one of these keys signed exactly this.
    public func verify(with keys: some Collection<VerifyingKey>) throws(ReceiptError) {
        guard keys.contains(key) else { throw .unknownKey }
        guard let chain else { throw .wrongPath }
        guard chain.withUnsafeBytes({ key.isValid(signature, for: $0) }) else { throw .wrongSignature }
    }
}

/// Why a receipt proves nothing.
public enum ReceiptError: String, Error, Sendable, Hashable, CustomStringConvertible {
    case notInBatch = "the batch has no entry with this sequence number"
    case saltErased = "the salt of an entry of this batch was erased, so nothing of the batch can be proved any more"
    case wrongRoot = "the entries are not those that the batch's root was made of"
    case wrongChain = "the batch does not follow the one before"
    case wrongPath = "the path does not lead from the entry to a root"
    case unknownKey = "it is signed with a key that is none of the installation's"
    case wrongSignature = "the signature is of something else"

    public var description: String { rawValue }
}
