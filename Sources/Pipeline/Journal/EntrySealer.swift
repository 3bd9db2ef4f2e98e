package import Sealing
package import Ticketing

/// An entry whose answer is known, whatever rule book gave it.
package struct AnsweredEntry: Sendable {
    package let kind: Verdict.Kind
    package let id: CommandId
    /// As the journal keeps it. Empty for what fell due.
    package let payload: [UInt8]
    package let status: Int
    package let reply: [UInt8]
    /// Everything that is written because of it.
    package let writes: [UInt8]

    package init(kind: Verdict.Kind, id: CommandId, payload: [UInt8], status: Int, reply: [UInt8], writes: [UInt8]) {
        self.kind = kind
        self.id = id
        self.payload = payload
        self.status = status
        self.reply = reply
        self.writes = writes
    }
}

/// Where a batch stands in its journal.
package struct BatchPlace: Sendable {
    package var partition: Int
    package var epoch: UInt64
    package var number: UInt64
    package var at: Time
    package var firstSequence: UInt64
    package var rulesVersion: UInt32
    package var previousChain: Digest

    package init(
        partition: Int, epoch: UInt64, number: UInt64, at: Time, firstSequence: UInt64, rulesVersion: UInt32,
        previousChain: Digest
    ) {
        self.partition = partition
        self.epoch = epoch
        self.number = number
        self.at = at
        self.firstSequence = firstSequence
        self.rulesVersion = rulesVersion
        self.previousChain = previousChain
    }
}

/// Seals batches of one tenant's journal, one by one: `Sealer` does the same for groups of the seats line.
package struct EntrySealer: Sendable {
    private let key: SigningKey

    package init(key: SigningKey) { self.key = key }

    /// - Parameters:
    ///   - key: what the entries are about.
    ///   - salts: one for each entry; random ones if left out.
    package func seal(
        _ entries: [AnsweredEntry], at place: BatchPlace, about event: EventId, of tenant: TenantId,
        salts: [Salt]? = nil
    ) -> (batch: BatchRow, rows: [JournalRow]) {
        let salts = salts ?? Salt.random(count: entries.count)
        var writer = LeafWriter()
        var leaves: [Digest] = []
        var rows: [JournalRow] = []
        for (index, entry) in entries.enumerated() {
            let row = JournalRow(
                partition: place.partition, sequence: place.firstSequence + UInt64(index), batchNumber: place.number,
                kind: entry.kind, id: entry.id, event: event, tenant: tenant, status: entry.status,
                payload: entry.payload, reply: entry.reply, writes: SHA256.hash(entry.writes), salt: salts[index])
            if let leaf = writer.leaf(of: row) { leaves.append(leaf) }
            rows.append(row)
        }
        let root = MerkleTree.root(of: leaves)
        let chain = Chain.head(
            after: place.previousChain, partition: place.partition, epoch: place.epoch, number: place.number,
            at: place.at, firstSequence: place.firstSequence, entries: entries.count,
            rulesVersion: place.rulesVersion, root: root)
        let batch = BatchRow(
            partition: place.partition, number: place.number, epoch: place.epoch, at: place.at,
            firstSequence: place.firstSequence, entries: entries.count, rulesVersion: place.rulesVersion, root: root,
            chain: chain, signature: chain.withUnsafeBytes { key.sign($0) }, key: key.publicKey)
        return (batch, rows)
    }
}
