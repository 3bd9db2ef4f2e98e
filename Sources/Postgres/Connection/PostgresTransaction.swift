internal import CPostgres

/// An open transaction; valid only within the scope that gave it.
public struct PostgresTransaction: PostgresSession {
    private let owner: PostgresConnection
    private let serial: Int

    init(_ connection: PostgresConnection) {
        owner = connection
        serial = connection.transactionSerial
    }

    public var connection: PostgresConnection {
        precondition(
            owner.transactionSerial == serial && owner.transactionDepth > 0, "the transaction's scope has ended")
        return owner
    }

    /// A part that may fail on its own: when `body` throws, only what it did is undone.
    @discardableResult
    public func savepoint<Value>(_ body: (PostgresTransaction) throws -> Value) throws -> Value {
        let connection = connection
        connection.transactionDepth += 1
        defer { connection.transactionDepth -= 1 }
        let name = PostgresIdentifier("s\(connection.transactionDepth)")
        try connection.run(script: "SAVEPOINT \(name)")
        let value: Value
        do {
            value = try body(self)
        } catch {
            if !connection.isClosed { try connection.run(script: "ROLLBACK TO \(name); RELEASE \(name)") }
            throw error
        }
        try connection.run(script: "RELEASE \(name)")
        return value
    }
}

extension PostgresConnection {
    public enum Isolation: Sendable, CaseIterable {
        case readCommitted, repeatableRead, serializable

        var begin: SQL {
            switch self {
            case .readCommitted: "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
            case .repeatableRead: "BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE"
            case .serializable: "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE"
            }
        }

        var beginReadOnly: SQL {
            switch self {
            case .readCommitted: "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY"
            case .repeatableRead: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
            case .serializable: "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY"
            }
        }
    }

    /// Runs `body` in a transaction: commits when it returns, rolls back when it throws, and throws that on.
    ///
    /// Transactions do not nest; a part that may fail on its own is a `savepoint`.
    ///
    /// - Throws: besides what `body` throws: `.commitOutcomeUnknown` when the connection was lost between sending
    ///   COMMIT and its answer (look before doing the work again); any other error means that nothing was committed.
    @discardableResult
    public func transaction<Value>(
        isolation: Isolation = .readCommitted, readOnly: Bool = false, _ body: (PostgresTransaction) throws -> Value
    ) throws -> Value {
        precondition(transactionDepth == 0, "transactions do not nest: use a savepoint")
        let handle = try enter()
        precondition(!isInTransaction, "a transaction was opened by hand before")
        do throws(PostgresError) {
            try dropDiscarded(handle)
            try command(handle, readOnly ? isolation.beginReadOnly : isolation.begin)
        } catch {
            throw settled(error, true)
        }
        transactionSerial += 1
        transactionDepth = 1
        defer { transactionDepth = 0 }
        let value: Value
        do {
            value = try body(PostgresTransaction(self))
        } catch {
            rollBack()
            throw error
        }
        try commit(readOnly: readOnly)
        return value
    }

    /// Leaves no open transaction behind, or no connection.
    func rollBack() {
        guard let handle, isInTransaction else { return }
        do throws(PostgresError) {
            cancellation = nil
            try command(handle, "ROLLBACK")
        } catch {
            _ = bury(error)
        }
    }

    private func commit(readOnly: Bool) throws(PostgresError) {
        let handle = try enter("COMMIT")
        guard isInTransaction else {
            throw PostgresError(.transactionAborted, "the transaction was ended by hand within its scope")
        }
        guard !isTransactionFailed else {
            rollBack()
            throw PostgresError(
                .transactionAborted, "rolled back: a statement had failed, and its error was not passed on")
        }
        // What the server said before COMMIT is sent leaves no doubt.
        try requireAlive("COMMIT")
        do throws(PostgresError) {
            try sendCommit(handle)
        } catch {
            throw readOnly ? settled(error, true) : .unknownOutcome(error)
        }
    }

    /// Leaves no doubt that nothing was sent.
    func requireAlive(_ statement: SQL?) throws(PostgresError) {
        guard !isAlive() else { return }
        throw closedError(statement)
    }

    private func sendCommit(_ handle: OpaquePointer) throws(PostgresError) {
        guard PQsendQuery(handle, "COMMIT") == 1 else { throw bury(lost(handle, "COMMIT")) }
        guard let answer = try collect(handle, statement: "COMMIT") else { return }
        let result = PostgresResult(answer, statement: "COMMIT")
        guard result.commandTag == "COMMIT" else {
            throw PostgresError(.transactionAborted, "the server rolled back instead of committing")
        }
    }
}

extension PostgresError {
    /// What a connection that was lost during COMMIT means. An error on a living connection is a sure failure.
    static func unknownOutcome(_ error: PostgresError) -> PostgresError {
        guard error.isConnectionLost else { return error }
        var facts = error.facts
        facts.code = .commitOutcomeUnknown
        facts.message = "the transaction may be committed, or not: " + facts.message
        facts.isRetryable = false
        return PostgresError(facts)
    }
}
