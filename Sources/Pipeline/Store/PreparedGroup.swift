internal import Postgres

/// A sealed group on its way to a store, with the statements that write it, if they were made ready ahead: that is much
/// of the work, and the database need not wait for it.
public final class PreparedGroup: @unchecked Sendable {
    // because: one thread makes it ready, then hands it on and is done with it

    /// In the order of their partitions.
    public let batches: [SealedBatch]
    private var statements: (line: String, pipeline: PostgresPipeline)?

    public init(_ batches: [SealedBatch]) {
        self.batches = batches.sorted { $0.batch.partition < $1.batch.partition }
        precondition(
            zip(self.batches, self.batches.dropFirst()).allSatisfy { $0.batch.partition < $1.batch.partition },
            "a group has one batch of a partition")
    }

    /// Makes the statements for a store in Postgres.
    ///
    /// - Throws: `rejected` where the decisions contradict each other. The group can then be sent all the same, and is
    ///   refused with the same words.
    package func makeReady(_ writer: GroupWriter) throws(CommitFailure) {
        statements = (writer.line, try writer.statements(of: batches))
    }

    /// The same, and gives them away.
    func takeStatements(_ writer: GroupWriter) throws(CommitFailure) -> PostgresPipeline {
        defer { statements = nil }
        if let statements, statements.line == writer.line { return statements.pipeline }
        return try writer.statements(of: batches)
    }
}

/// Writes groups of one line as statements.
package final class GroupWriter {
    package let line: String
    /// Kept for its memory.
    private var writes = GroupWrites()

    package init(line: String) { self.line = line }

    func statements(of group: [SealedBatch]) throws(CommitFailure) -> PostgresPipeline {
        defer { writes.removeAll() }
        do throws(Contradiction) {
            for sealed in group { try writes.add(sealed.batch) }
        } catch {
            throw .rejected("\(error)")
        }
        let statements = PostgresPipeline()
        statements.recordTransaction { pipeline in
            pipeline.addFence(group, line: line)
            pipeline.addKeys(group)
            pipeline.addBatches(group)
            for sealed in group { pipeline.addJournal(sealed) }
            pipeline.add(writes)
            pipeline.addDues(group)
            pipeline.addParked(group)
            pipeline.addSettledAttempts(group)
            pipeline.addMoves(group)
        }
        return statements
    }
}
