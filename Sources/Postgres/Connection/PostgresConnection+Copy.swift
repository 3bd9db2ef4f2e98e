internal import CPostgres

extension PostgresSession {
    /// Loads rows into a table by `COPY … FROM STDIN` in binary: the fastest way for many.
    ///
    ///     try connection.copy(into: "place", columns: ["show", "number"], of: (Int64, Int32).self) { copy in
    ///         for place in places { try copy.write(place.show, place.number) }
    ///     }
    ///
    /// The columns' types are compared with the table's before the first row is sent. What the server has against a row
    /// comes out at the end. When `body` throws, nothing is loaded.
    ///
    /// - Returns: the number of rows.
    @discardableResult
    public func copy<each Column: PostgresEncodable>(
        into table: PostgresIdentifier, in schema: PostgresIdentifier? = nil, columns: [PostgresIdentifier],
        of _: (repeat each Column).Type, _ body: (PostgresCopy<repeat each Column>) throws -> Void
    ) throws -> Int {
        var types: [PostgresType] = []
        repeat types.append((each Column).postgresType)
        let target: SQL = if let schema { "\(schema).\(table)" } else { "\(table)" }
        let connection = connection
        try connection.checkColumns(of: target, columns, types)
        return try connection.copy("COPY \(target) (\(columns)) FROM STDIN (FORMAT binary)", columns.count) { stream in
            try body(PostgresCopy(stream: stream))
        }
    }
}

extension PostgresConnection {
    /// Compares with the table as it is now, without reading from it.
    func checkColumns(of target: SQL, _ columns: [PostgresIdentifier], _ types: [PostgresType]) throws(PostgresError) {
        let statement: SQL = "SELECT \(columns) FROM \(target)"
        guard columns.count == types.count else {
            throw PostgresError(
                .columnCount, "\(columns.count) columns are named, \(types.count) types are given", statement: statement
            )
        }
        let handle = try enter(statement)
        guard statement.withCString({ PQsendPrepare(handle, "", $0, 0, nil) }) == 1 else {
            throw bury(lost(handle, statement))
        }
        PQclear(try collect(handle, statement: statement))
        guard PQsendDescribePrepared(handle, "") == 1, let answer = try collect(handle, statement: statement) else {
            throw bury(lost(handle, statement))
        }
        let described = PostgresResult(answer, statement: statement)
        for (index, type) in types.enumerated() {
            let found = described.type(ofColumn: index)
            guard found == type || type == .text && String.canDecode(found) else {
                var facts = PostgresError.Facts(
                    code: .typeMismatch, message: "column \(columns[index]) is \(found), rows would bring \(type)")
                facts.column = columns[index].name
                facts.statement = PostgresError.shortened(statement.text)
                throw PostgresError(facts)
            }
        }
    }

    func copy(_ statement: SQL, _ columns: Int, _ body: (CopyStream) throws -> Void) throws -> Int {
        let handle = try enter(statement)
        let wasInTransaction = isInTransaction
        do throws(PostgresError) {
            try startCopy(handle, statement)
        } catch {
            throw settled(error, wasInTransaction)
        }
        let stream = CopyStream(columnCount: Int16(columns)) { [unowned self] bytes throws(PostgresError) in
            try put(handle, bytes, statement)
        }
        scope = .copying
        do {
            try body(stream)
            try stream.finish()
            scope = nil
            return try endCopy(handle, statement, reason: nil)
        } catch {
            scope = nil
            stream.abandon()
            throw abandonCopy(because: error, statement, wasInTransaction)
        }
    }

    private func startCopy(_ handle: OpaquePointer, _ statement: SQL) throws(PostgresError) {
        guard statement.withCString({ PQsendQuery(handle, $0) }) == 1 else {
            throw bury(lost(handle, statement))
        }
        guard let result = try nextResult(handle, statement: statement) else {
            throw bury(lost(handle, statement))
        }
        guard PQresultStatus(result) == PGRES_COPY_IN else {
            let error = PostgresError(result: result, statement: statement)
            PQclear(result)
            if error.isConnectionLost { throw bury(error) }
            PQclear(try collect(handle, statement: statement))
            throw described(error)
        }
        PQclear(result)
    }

    /// Hands a chunk over and waits until it has left, so that libpq's buffer stays as small as a chunk.
    private func put(
        _ handle: OpaquePointer, _ bytes: UnsafeRawBufferPointer, _ statement: SQL
    ) throws(PostgresError) {
        guard let start = bytes.baseAddress else { return }
        guard bytes.count <= PostgresParameters.maximumBytes else {
            throw PostgresError(
                .valueTooLarge, "a row of \(bytes.count) bytes, but a message takes less than a gigabyte",
                statement: statement)
        }
        let isTaken = PQputCopyData(handle, start.assumingMemoryBound(to: CChar.self), Int32(bytes.count))
        guard isTaken == 1 else { throw CopyEnded.early(statement) }
        while try flush(handle, statement: statement) {
            try wait(handle, writing: true, statement: statement)
            if PQstatus(handle) == CONNECTION_BAD || cancellation != nil { throw CopyEnded.early(statement) }
        }
    }

    private func endCopy(
        _ handle: OpaquePointer, _ statement: SQL, reason: String?
    ) throws(PostgresError) -> Int {
        let isSent =
            if let reason { reason.withCString { PQputCopyEnd(handle, $0) } } else { PQputCopyEnd(handle, nil) }
        guard isSent == 1 else { throw bury(lost(handle, statement)) }
        guard let result = try collect(handle, statement: statement) else { return 0 }
        return PostgresResult(result, statement: statement).affectedRows
    }

    /// Ends the COPY on the server too, and finds out what to tell the caller.
    private func abandonCopy(because error: any Error, _ statement: SQL, _ wasInTransaction: Bool) -> any Error {
        guard let handle, PQstatus(handle) == CONNECTION_BAD || PQtransactionStatus(handle) == PQTRANS_ACTIVE else {
            return (error as? PostgresError).map { settled($0, wasInTransaction) } ?? error
        }
        do throws(PostgresError) {
            _ = try endCopy(handle, statement, reason: "given up by the client")
        } catch let answer {
            // The connection broke, or the server had refused before: that is why the COPY could not go on.
            if CopyEnded.isEarly(error) { return settled(answer, wasInTransaction) }
        }
        return error
    }
}

/// Marks a COPY that ended before its rows did; the reason is still to be read.
private enum CopyEnded {
    static func early(_ statement: SQL) -> PostgresError {
        var facts = PostgresError.Facts(code: .connectionLost, message: message, isConnectionLost: true)
        facts.statement = PostgresError.shortened(statement.text)
        return PostgresError(facts)
    }

    static func isEarly(_ error: any Error) -> Bool {
        (error as? PostgresError)?.message == message
    }

    private static let message = "the server ended the COPY early"
}
