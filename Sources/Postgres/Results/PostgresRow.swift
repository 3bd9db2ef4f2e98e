/// One row of a result.
public struct PostgresRow {
    let result: PostgresResult
    let index: Int

    public var columnCount: Int { result.columnCount }

    /// Reads a column by its position. NULL needs an optional type; a column of another type is an error.
    public func get<Value: PostgresDecodable>(
        _ column: Int, as _: Value.Type = Value.self
    ) throws(PostgresError) -> Value {
        try checkColumn(column)
        do throws(PostgresDecodingFailure) {
            return try Value.decode(result.bytes(row: index, column: column), type: result.type(ofColumn: column))
        } catch {
            throw describe(error, column)
        }
    }

    /// Reads a column by its name.
    public func get<Value: PostgresDecodable>(
        _ name: String, as _: Value.Type = Value.self
    ) throws(PostgresError) -> Value {
        try get(try result.column(named: name))
    }

    /// Reads all columns: `let (id, name) = try row.decode((Int64, String?).self)`.
    public func decode<each Column: PostgresDecodable>(
        _: (repeat each Column).Type
    ) throws(PostgresError) -> (repeat each Column) {
        var expected = 0
        for _ in repeat (each Column).self { expected += 1 }
        guard expected == columnCount else {
            throw PostgresError(
                .columnCount, "the row has \(columnCount) columns, \(expected) were asked for",
                statement: result.statement)
        }
        var column = -1
        func next<Value: PostgresDecodable>(_: Value.Type) throws(PostgresError) -> Value {
            column += 1
            return try get(column)
        }
        return (repeat try next((each Column).self))
    }

    public func isNull(_ column: Int) throws(PostgresError) -> Bool {
        try checkColumn(column)
        return result.bytes(row: index, column: column) == nil
    }

    /// Lends a column's bytes in their binary form, nil for NULL, without a copy. They are valid only within `body`.
    ///
    /// The type is not checked unless `type` is given; for a `bytea` the bytes are the value.
    public func withBytes<Value>(
        _ column: Int, type: PostgresType? = nil, _ body: (UnsafeRawBufferPointer?) throws -> Value
    ) throws -> Value {
        try checkColumn(column)
        let found = result.type(ofColumn: column)
        if let type, type != found { throw describe(.typeMismatch(expected: type.description), column) }
        return try withExtendedLifetime(result) {
            try body(result.bytes(row: index, column: column))
        }
    }

    private func checkColumn(_ column: Int) throws(PostgresError) {
        guard column >= 0, column < columnCount else {
            throw PostgresError(
                .noSuchColumn, "no column \(column); the row has \(columnCount)", statement: result.statement)
        }
    }

    private func describe(_ failure: PostgresDecodingFailure, _ column: Int) -> PostgresError {
        let name = result.columnNames[column]
        let type = result.type(ofColumn: column)
        var facts: PostgresError.Facts
        switch failure {
        case .typeMismatch(let expected):
            facts = .init(
                code: .typeMismatch, message: "column “\(name)” (\(column)) is \(type), \(expected) was asked for")
        case .unexpectedNull:
            facts = .init(
                code: .unexpectedNull,
                message: "column “\(name)” (\(column)) is NULL, and was not asked for as an optional")
        case .unsupportedValue(let what):
            facts = .init(code: .unsupportedValue, message: "column “\(name)” (\(column), \(type)) holds \(what)")
        }
        facts.column = name
        facts.statement = PostgresError.shortened(result.statement.text)
        return PostgresError(facts)
    }
}
