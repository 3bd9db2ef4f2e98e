package import Postgres
internal import Sealing
internal import Ticketing

extension PostgresStore {
    /// One round trip, whatever the group writes. Nobody looks between the statements, so those that find something
    /// amiss fail on the server, and the transaction with them.
    public func commit(_ group: PreparedGroup) throws(CommitFailure) {
        guard !group.batches.isEmpty else { return }
        let statements = try group.takeStatements(writer)
        do throws(PostgresError) {
            if !isSetForCommits {
                try connection.run(script: Self.settings)
                isSetForCommits = true
            }
            try connection.transaction(of: statements)
        } catch {
            throw failure(error, of: group.batches)
        }
    }

    /// A plan is kept, and the server takes a table that it saw empty for one that stays so: it would read the whole of
    /// it, or of its index, and look for the matches of each row. Bitmaps are read by a key or not at all.
    private static let settings: SQL =
        "SET enable_indexscan = off; SET enable_indexonlyscan = off; SET enable_memoize = off"

    private func failure(_ error: PostgresError, of group: [SealedBatch]) -> CommitFailure {
        CommitFailure(error) ?? fenced(group, error)
    }

    /// Which of the group's partitions are another's, or have another batch, by now.
    private func fenced(_ group: [SealedBatch], _ error: PostgresError) -> CommitFailure {
        let lost: [Int]
        do {
            lost = try connection.query(
                Self.findFenced, line, PostgresArray(group) { Int32($0.batch.partition) },
                PostgresArray(group) { Int64(bitPattern: $0.batch.epoch) },
                PostgresArray(group) { Int64(bitPattern: $0.batch.number) },
                PostgresArray(group) { $0.previousChain.withUnsafeBytes { [UInt8]($0) } }
            ).values(of: Int.self)
        } catch {
            return .unavailable("\(error)")
        }
        // Epochs and numbers only grow: what did not fit then does not fit now.
        return lost.isEmpty ? .rejected(error.description) : .fenced(lost)
    }

    private static let findFenced: SQL = """
        SELECT b.number
        FROM unnest($2::integer[], $3::bigint[], $4::bigint[], $5::bytea[]) AS b (number, epoch, batch_no, previous)
        LEFT JOIN partition AS p ON p.line = $1 AND p.number = b.number
        WHERE p.number IS NULL OR p.epoch <> b.epoch OR p.batch_no <> b.batch_no - 1 OR p.chain <> b.previous
        ORDER BY b.number
        """
}

extension CommitFailure {
    /// nil where the fence stood in the way.
    package init?(_ error: PostgresError) {
        if error.sqlState == .fenced { return nil }
        switch error.code {
        case .commitOutcomeUnknown: self = .unknown(error.description)
        // The connection told what came of the work before it was lost, or none of the work was sent.
        case _ where error.isConnectionLost: self = .unavailable(error.description)
        case .server where !error.isOfRows: self = .unavailable(error.description)
        case .interrupted, .stalePlan: self = .unavailable(error.description)
        default: self = .rejected(error.description)
        }
    }
}

extension SQLState {
    /// See `fence` in the schema, and `append_batch` in tenants'.
    fileprivate static let fenced = SQLState("TS001")
}

extension PostgresError {
    /// What is wrong is in what was asked, as far as one can tell: what the database as a whole cannot do at this time,
    /// whatever is asked of it, must never be blamed on a command.
    fileprivate var isOfRows: Bool {
        guard let sqlState else { return false }
        // Values, constraints, limits of the program, our own demands, errors that a trigger raises; and a statement
        // that takes too long, which less of it may not.
        let classes: Set<Substring> = ["22", "23", "54", "TS", "P0"]
        return classes.contains(sqlState.classCode) || sqlState == .queryCanceled
    }
}
