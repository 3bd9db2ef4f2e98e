internal import CPostgres

extension PostgresConnection {
    /// Runs one statement to its end.
    func run(_ statement: SQL, _ parameters: PostgresParameters) throws(PostgresError) -> PostgresResult {
        let handle = try enter(statement)
        try parameters.check(0..<parameters.count, statement: statement)
        parameters.seal()
        let wasInTransaction = isInTransaction
        do throws(PostgresError) {
            return try attempt(handle, statement, parameters)
        } catch {
            guard error.code == .stalePlan else { throw settled(error, wasInTransaction) }
            forgetPlan(of: statement, error)
            // In a transaction the failure has spoiled it; its owner may run the whole of it again.
            if wasInTransaction || error.isConnectionLost { throw settled(error, wasInTransaction) }
            return try attempt(handle, statement, parameters)
        }
    }

    private func attempt(
        _ handle: OpaquePointer, _ statement: SQL, _ parameters: PostgresParameters
    ) throws(PostgresError) -> PostgresResult {
        try send(handle, statement, parameters)
        guard let result = try collect(handle, statement: statement) else {
            throw bury(lost(handle, statement))
        }
        return PostgresResult(result, statement: statement)
    }

    /// Nothing of an open transaction survives the connection, so its work may be done again. A statement on its own
    /// may have been committed before its answer was lost.
    func settled(_ error: PostgresError, _ wasInTransaction: Bool) -> PostgresError {
        guard error.isConnectionLost, wasInTransaction else { return error }
        var facts = error.facts
        facts.isRetryable = true
        return PostgresError(facts)
    }

    func forgetPlan(of statement: SQL, _ error: PostgresError) {
        guard let key = statement.preparationKey else { return }
        statements.forget(key, isOnServer: error.sqlState != .undefinedStatement)
    }

    /// Sends a statement, after preparing it if this is its first time.
    private func send(
        _ handle: OpaquePointer, _ statement: SQL, _ parameters: PostgresParameters
    ) throws(PostgresError) {
        let all = 0..<parameters.count
        var isSent: Int32
        if let key = statement.preparationKey {
            let name: String
            switch statements.action(for: key, types: parameters.types) {
            case .use(let known): name = known
            case .prepare(let new):
                name = new
                try prepare(handle, statement, key, name, parameters)
            }
            isSent = parameters.withArguments(of: all) {
                PQsendQueryPrepared(handle, name, $0.count, $0.values, $0.lengths, $0.formats, 1)
            }
        } else {
            isSent = statement.withCString { text in
                parameters.withArguments(of: all) {
                    PQsendQueryParams(handle, text, $0.count, $0.types, $0.values, $0.lengths, $0.formats, 1)
                }
            }
        }
        guard isSent == 1 else { throw bury(lost(handle, statement)) }
        isInRowMode = false
    }

    private func prepare(
        _ handle: OpaquePointer, _ statement: SQL, _ key: StatementCache.Key, _ name: String,
        _ parameters: PostgresParameters
    ) throws(PostgresError) {
        try dropDiscarded(handle)
        let isSent = statement.withCString { text in
            parameters.withArguments(of: 0..<parameters.count) { PQsendPrepare(handle, name, text, $0.count, $0.types) }
        }
        guard isSent == 1 else { throw bury(lost(handle, statement)) }
        do throws(PostgresError) {
            PQclear(try collect(handle, statement: statement))
        } catch {
            statements.forget(key, isOnServer: false)
            throw error
        }
        statements.prepared(key)
        try checkInterruption(statement)
    }

    /// Frees statements on the server that nobody will use again. Not within a transaction: were one of them unknown
    /// there, the error would spoil it.
    func dropDiscarded(_ handle: OpaquePointer) throws(PostgresError) {
        guard !statements.discarded.isEmpty, PQtransactionStatus(handle) == PQTRANS_IDLE else { return }
        for name in statements.takeDiscarded() {
            do throws(PostgresError) {
                try command(handle, "DEALLOCATE \(PostgresIdentifier(name))")
            } catch {
                if error.isConnectionLost { throw error }
            }
        }
    }

    /// Runs text through the simple protocol.
    func command(_ handle: OpaquePointer, _ text: SQL) throws(PostgresError) {
        guard text.withCString({ PQsendQuery(handle, $0) }) == 1 else { throw bury(lost(handle, text)) }
        isInRowMode = false
        PQclear(try collect(handle, statement: text))
    }

    func run(script: SQL) throws(PostgresError) {
        let handle = try enter(script)
        let wasInTransaction = isInTransaction
        do throws(PostgresError) {
            try command(handle, script)
        } catch {
            throw settled(error, wasInTransaction)
        }
    }

    /// Asks the server for a sign of life.
    public func ping() throws(PostgresError) {
        try run(script: "")
    }

    func stream(_ statement: SQL, _ parameters: PostgresParameters, _ body: (PostgresRow) throws -> Void) throws {
        let handle = try enter(statement)
        try parameters.check(0..<parameters.count, statement: statement)
        parameters.seal()
        let wasInTransaction = isInTransaction
        do {
            try send(handle, statement, parameters)
            PQsetSingleRowMode(handle)
            isInRowMode = true
            try passRows(statement, body)
        } catch let error as PostgresError {
            if error.code == .stalePlan { forgetPlan(of: statement, error) }
            throw settled(error, wasInTransaction)
        }
    }

    private func passRows(_ statement: SQL, _ body: (PostgresRow) throws -> Void) throws {
        do {
            while let result = try nextResult(streamHandle(statement), statement: statement) {
                switch PQresultStatus(result) {
                case PGRES_SINGLE_TUPLE:
                    let rows = PostgresResult(result, statement: statement)
                    scope = .streaming
                    defer { scope = nil }
                    try body(PostgresRow(result: rows, index: 0))
                case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
                    PQclear(result)
                default:
                    let error = PostgresError(result: result, statement: statement)
                    PQclear(result)
                    throw error
                }
            }
            collectNotifications(try streamHandle(statement))
        } catch {
            // The caller's error counts for more than what reading the rest comes to. A closure may have closed us.
            if let failure = error as? PostgresError, failure.isConnectionLost { throw bury(failure) }
            if let handle = self.handle { PQclear(try? collect(handle, statement: statement)) }
            if let failure = error as? PostgresError { throw described(failure) }
            throw error
        }
    }

    /// Asked anew for each row, since the row before may have closed the connection. The statement may have done its
    /// work by then, so it is not for repeating.
    private func streamHandle(_ statement: SQL) throws(PostgresError) -> OpaquePointer {
        do throws(PostgresError) {
            return try requireHandle(statement)
        } catch {
            var error = error
            error.facts.isRetryable = false
            throw error
        }
    }
}
