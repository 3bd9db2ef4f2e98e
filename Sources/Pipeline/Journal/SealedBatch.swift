public import Sealing

/// A batch with everything that follows from it: what the journal stores and what its senders are told.
public struct SealedBatch: Sendable {
    public let batch: Batch
    /// One for each of the batch's entries.
    public let records: [Record]
    /// The Merkle root over the records' leaves.
    public let root: Digest
    /// The chain's head behind the batch before.
    public let previousChain: Digest
    /// The chain's new head: the hash of the one before, the root and the batch's own facts.
    public let chain: Digest
    /// Of the chain's head.
    public let signature: Signature
    public let key: VerifyingKey

    public init(
        batch: Batch, records: [Record], root: Digest, previousChain: Digest, chain: Digest, signature: Signature,
        key: VerifyingKey
    ) {
        self.batch = batch
        self.records = records
        self.root = root
        self.previousChain = previousChain
        self.chain = chain
        self.signature = signature
        self.key = key
    }

    public struct Record: Sendable {
        public let status: Int
        /// The answer's body, byte for byte as every retry gets it.
        public let reply: [UInt8]
        /// Of everything that the decision wrote: rows, effects, changes.
        public let writes: Digest
        /// Random: while it is kept, the leaf can be proved, and without it nothing can be guessed from the leaf.
        public let salt: Salt
        public let leaf: Digest

        public init(status: Int, reply: [UInt8], writes: Digest, salt: Salt, leaf: Digest) {
            self.status = status
            self.reply = reply
            self.writes = writes
            self.salt = salt
            self.leaf = leaf
        }
    }
}

/// 16 random bytes.
public struct Salt: Sendable, Hashable {
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}

/// Batches of several partitions in one transaction.
public struct CommitGroup: Sendable {
    public let number: UInt64
    /// In the order of their partitions' numbers.
    public var batches: [Batch]

    public init(number: UInt64, batches: [Batch]) {
        self.number = number
        self.batches = batches
    }
}
