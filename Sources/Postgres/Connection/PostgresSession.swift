/// Where statements can be run: a connection, or a transaction on one.
public protocol PostgresSession {
    var connection: PostgresConnection { get }
}

extension PostgresConnection: PostgresSession {
    public var connection: PostgresConnection { self }
}

extension PostgresSession {
    /// Runs a statement and returns its rows.
    ///
    ///     for row in try connection.query("SELECT id, name FROM event WHERE city = $1", city) {
    ///         let (id, name) = try row.decode((Int64, String?).self)
    ///     }
    ///
    /// The statement is prepared when the connection meets it first.
    public func query<each Parameter: PostgresEncodable>(
        _ statement: SQL, _ parameters: repeat each Parameter
    ) throws(PostgresError) -> PostgresResult {
        let scratch = connection.scratch
        scratch.removeAll()
        repeat scratch.append(each parameters)
        return try connection.run(statement, scratch)
    }

    /// Runs a statement.
    ///
    /// - Returns: how many rows it inserted, changed, deleted or found.
    @discardableResult
    public func execute<each Parameter: PostgresEncodable>(
        _ statement: SQL, _ parameters: repeat each Parameter
    ) throws(PostgresError) -> Int {
        let scratch = connection.scratch
        scratch.removeAll()
        repeat scratch.append(each parameters)
        return try connection.run(statement, scratch).affectedRows
    }

    /// Runs a statement with parameters whose number is known only at run time.
    public func query(_ statement: SQL, parameters: PostgresParameters) throws(PostgresError) -> PostgresResult {
        try connection.run(statement, parameters)
    }

    /// Runs a statement and passes its rows on one by one as they come, so that a large result takes no memory.
    ///
    /// When `body` throws, the rest of the rows is read and dropped.
    public func stream<each Parameter: PostgresEncodable>(
        _ statement: SQL, _ parameters: repeat each Parameter, row body: (PostgresRow) throws -> Void
    ) throws {
        let scratch = connection.scratch
        scratch.removeAll()
        repeat scratch.append(each parameters)
        try connection.stream(statement, scratch, body)
    }

    /// Runs all statements of a script in one go, without parameters. Unless the script says otherwise, they are one
    /// transaction.
    public func run(script: SQL) throws(PostgresError) {
        try connection.run(script: script)
    }
}
