internal import CPostgres

extension PostgresSession {
    /// Sends several statements in one go and reads their results in one go: one round trip, however many there are.
    ///
    ///     let results = try connection.pipeline { pipeline in
    ///         pipeline.add("INSERT INTO journal SELECT * FROM unnest($1::bigint[], $2::bytea[])", numbers, payloads)
    ///         pipeline.add("UPDATE event SET version = version + 1 WHERE id = $1", event)
    ///     }
    ///
    /// Within a transaction they are a part of it. Otherwise they are a transaction of their own, and a lost connection
    /// is `.commitOutcomeUnknown` unless it is sure that nothing was done.
    ///
    /// - Returns: the results in the order of the statements.
    /// - Throws: the error of the first statement that failed, with its `statementIndex`.
    @discardableResult
    public func pipeline(_ record: (PostgresPipeline) throws -> Void) throws -> [PostgresResult] {
        let connection = connection
        try connection.record(nil, record)
        return try connection.run(connection.pipeline).map { outcome throws(PostgresError) in try outcome.get() }
    }

    /// The same, with what became of each statement: a failed one has its error, those behind it `.pipelineAborted`.
    ///
    /// - Throws: only when the connection is lost.
    public func pipelineOutcomes(
        _ record: (PostgresPipeline) throws -> Void
    ) throws -> [Result<PostgresResult, PostgresError>] {
        let connection = connection
        try connection.record(nil, record)
        return try connection.run(connection.pipeline)
    }
}

extension PostgresConnection {
    /// A whole transaction, BEGIN and COMMIT included, in one round trip.
    ///
    /// Since nobody looks between the statements, one that finds something amiss must fail on the server.
    ///
    /// - Throws: the error of the first statement that failed, after everything was rolled back;
    ///   `.commitOutcomeUnknown` as `transaction` does.
    @discardableResult
    public func transactionPipeline(
        isolation: Isolation = .readCommitted, _ record: (PostgresPipeline) throws -> Void
    ) throws -> [PostgresResult] {
        precondition(!isInTransaction, "transactions do not nest: use pipeline")
        try self.record(isolation, record)
        return try transaction(of: pipeline)
    }

    /// The same with what was recorded before, by `PostgresPipeline.recordTransaction`.
    @discardableResult
    public func transaction(of pipeline: PostgresPipeline) throws(PostgresError) -> [PostgresResult] {
        precondition(!isInTransaction, "transactions do not nest: use pipeline")
        precondition(pipeline.isTransaction, "only a recorded transaction is one")
        do throws(PostgresError) {
            return try run(pipeline).map { outcome throws(PostgresError) in try outcome.get() }
        } catch {
            rollBack()
            throw error
        }
    }

    func record(_ isolation: Isolation?, _ record: (PostgresPipeline) throws -> Void) throws {
        _ = try enter()
        scope = .recording
        defer { scope = nil }
        if let isolation {
            try pipeline.recordTransaction(isolation: isolation, record)
        } else {
            try pipeline.recordAnew(record)
        }
    }

    /// Sends what was recorded. Prepared anew and sent once more if tables have changed under prepared statements.
    func run(_ pipeline: PostgresPipeline) throws(PostgresError) -> [Result<PostgresResult, PostgresError>] {
        let handle = try enter(pipeline.entries.first?.statement)
        guard !pipeline.entries.isEmpty else { return [] }
        for entry in pipeline.entries {
            try pipeline.parameters.check(entry.parameters, statement: entry.statement)
        }
        let wasInTransaction = isInTransaction
        try requireAlive(pipeline.entries.first?.statement)
        try dropDiscarded(handle)
        // The first of the pipeline's results would come row by row.
        if isInRowMode { try command(handle, "") }
        var exchange = try self.exchange(pipeline, handle, isPart: wasInTransaction)
        if let failure = exchange.failure, failure.code == .stalePlan {
            for entry in pipeline.entries { forgetPlan(of: entry.statement, failure) }
            if !wasInTransaction {
                rollBack()
                // Rolling back may have lost the connection, and with it everything that was done.
                let handle = try requireHandle(pipeline.entries.first?.statement)
                exchange = try self.exchange(pipeline, handle, isPart: false)
            }
        }
        // What fails after the last statement is the commit itself: then nothing was done.
        if let failure = exchange.failure, failure.statementIndex == nil { throw failure }
        return exchange.outcomes
    }

    private func exchange(
        _ pipeline: PostgresPipeline, _ handle: OpaquePointer, isPart: Bool
    ) throws(PostgresError) -> PipelineExchange {
        guard PQenterPipelineMode(handle) == 1 else { throw bury(lost(handle, nil)) }
        var exchange = PipelineExchange(entries: pipeline.entries, isPart: isPart)
        do throws(PostgresError) {
            for index in pipeline.entries.indices { try send(pipeline, index, handle, &exchange) }
            guard PQpipelineSync(handle) == 1 else { throw bury(lost(handle, nil)) }
            try read(pipeline, handle, &exchange)
        } catch {
            for key in exchange.unprepared { statements.forget(key, isOnServer: false) }
            // The COMMIT was answered: that the connection broke afterwards changes nothing about it.
            if exchange.isCommitted { return exchange }
            throw exchange.verdict(on: error)
        }
        for key in exchange.unprepared { statements.forget(key, isOnServer: false) }
        guard PQexitPipelineMode(handle) == 1 else {
            let error = bury(lost(handle, nil))
            if exchange.isCommitted { return exchange }
            throw exchange.verdict(on: error)
        }
        collectNotifications(handle)
        return exchange
    }

    private func send(
        _ pipeline: PostgresPipeline, _ index: Int, _ handle: OpaquePointer, _ exchange: inout PipelineExchange
    ) throws(PostgresError) {
        let entry = pipeline.entries[index]
        let parameters = pipeline.parameters
        var isSent: Int32 = 1
        if let key = entry.statement.preparationKey {
            let name: String
            switch statements.action(for: key, types: parameters.types[entry.parameters]) {
            case .use(let known): name = known
            case .prepare(let new):
                name = new
                isSent = entry.statement.withCString { text in
                    parameters.withArguments(of: entry.parameters) {
                        PQsendPrepare(handle, name, text, $0.count, $0.types)
                    }
                }
                exchange.steps.append(.prepare(index, key))
                exchange.unprepared.append(key)
            }
            if isSent == 1 {
                isSent = parameters.withArguments(of: entry.parameters) {
                    PQsendQueryPrepared(handle, name, $0.count, $0.values, $0.lengths, $0.formats, 1)
                }
            }
        } else {
            isSent = entry.statement.withCString { text in
                parameters.withArguments(of: entry.parameters) {
                    PQsendQueryParams(handle, text, $0.count, $0.types, $0.values, $0.lengths, $0.formats, 1)
                }
            }
        }
        guard isSent == 1 else { throw bury(lost(handle, entry.statement)) }
        exchange.steps.append(.execute(index))
    }

    private func read(
        _ pipeline: PostgresPipeline, _ handle: OpaquePointer, _ exchange: inout PipelineExchange
    ) throws(PostgresError) {
        for step in exchange.steps {
            let statement = pipeline.entries[step.index].statement
            // Each step has one result and then a null.
            while let result = try nextResult(handle, statement: statement) {
                switch PQresultStatus(result) {
                case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
                    switch step {
                    case .prepare(_, let key):
                        PQclear(result)
                        statements.prepared(key)
                        exchange.unprepared.removeAll { $0 == key }
                    case .execute(let index):
                        exchange.succeeded(index, PostgresResult(result, statement: statement))
                    }
                case PGRES_PIPELINE_ABORTED:
                    PQclear(result)
                    exchange.aborted(step.index)
                case PGRES_FATAL_ERROR:
                    let error = PostgresError(result: result, statement: statement)
                    PQclear(result)
                    if error.isConnectionLost {
                        // Without a state it is libpq's guess, not the server's word.
                        if error.sqlState != nil { exchange.farewell = error }
                        throw bury(error)
                    }
                    exchange.failed(step.index, described(error))
                default:
                    PQclear(result)
                    throw bury(PostgresError(.unexpectedCopy, "COPY cannot be pipelined", statement: statement))
                }
            }
        }
        exchange.isAtSync = true
        var gaps = 0
        while true {
            guard let result = try nextResult(handle, statement: nil) else {
                // One null may stand between an error and the end; more than that would be for ever.
                gaps += 1
                guard gaps < 3 else { throw bury(lost(handle, nil)) }
                continue
            }
            defer { PQclear(result) }
            if PQresultStatus(result) == PGRES_PIPELINE_SYNC { return }
            let error = PostgresError(result: result, statement: nil)
            if error.isConnectionLost { throw bury(error) }
            // A deferred constraint, for one, fails when the pipeline as a whole is committed.
            exchange.failed(nil, described(error))
        }
    }
}
