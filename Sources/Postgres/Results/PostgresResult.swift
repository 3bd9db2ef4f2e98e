internal import CPostgres

/// What a statement came to: its rows, and how many it touched.
public final class PostgresResult {
    private let handle: OpaquePointer
    let statement: SQL
    public let columnCount: Int
    private let rowCount: Int
    /// Filled when a column is first asked for by its name.
    public private(set) lazy var columnNames: [String] = (0..<columnCount).map {
        PQfname(handle, Int32($0)).map { String(cString: $0) } ?? ""
    }

    /// Takes `handle` over and clears it at the end.
    init(_ handle: OpaquePointer, statement: SQL) {
        self.handle = handle
        self.statement = statement
        columnCount = Int(PQnfields(handle))
        rowCount = Int(PQntuples(handle))
    }

    deinit {
        PQclear(handle)
    }

    /// How many rows the statement inserted, changed, deleted or found.
    public var affectedRows: Int {
        guard let text = PQcmdTuples(handle) else { return 0 }
        var number = 0
        var digit = text
        while 48...57 ~= digit.pointee {
            number = number * 10 + Int(digit.pointee - 48)
            digit += 1
        }
        return number
    }

    /// The command that ran, with its count, as the server says it: `INSERT 0 3`.
    public var commandTag: String {
        PQcmdStatus(handle).map { String(cString: $0) } ?? ""
    }

    public func type(ofColumn column: Int) -> PostgresType {
        PostgresType(oid: PQftype(handle, Int32(truncatingIfNeeded: column)))
    }

    /// The value's bytes, nil for NULL; they live as long as the result.
    func bytes(row: Int, column: Int) -> UnsafeRawBufferPointer? {
        let (row, column) = (Int32(truncatingIfNeeded: row), Int32(truncatingIfNeeded: column))
        let length = Int(PQgetlength(handle, row, column))
        if length == 0, PQgetisnull(handle, row, column) == 1 { return nil }
        return UnsafeRawBufferPointer(start: PQgetvalue(handle, row, column), count: length)
    }

    func column(named name: String) throws(PostgresError) -> Int {
        if let column = columnNames.firstIndex(of: name) { return column }
        throw PostgresError(
            .noSuchColumn, "no column “\(name)”; there are: \(columnNames.joined(separator: ", "))",
            statement: statement)
    }
}

extension PostgresResult: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { rowCount }

    public subscript(position: Int) -> PostgresRow {
        precondition(position >= 0 && position < rowCount, "row \(position) of \(rowCount)")
        return PostgresRow(result: self, index: position)
    }
}

extension PostgresResult {
    /// All rows as tuples: `try result.decode((Int64, String?).self)`.
    public func decode<each Column: PostgresDecodable>(
        _: (repeat each Column).Type
    ) throws(PostgresError) -> [(repeat each Column)] {
        var rows: [(repeat each Column)] = []
        rows.reserveCapacity(count)
        for row in self { rows.append(try row.decode((repeat each Column).self)) }
        return rows
    }

    /// The only column of all rows: `try result.values(of: Int64.self)`.
    public func values<Column: PostgresDecodable>(of _: Column.Type) throws(PostgresError) -> [Column] {
        guard columnCount == 1 else {
            throw PostgresError(
                .columnCount, "the rows have \(columnCount) columns, one was asked for", statement: statement)
        }
        var values: [Column] = []
        values.reserveCapacity(count)
        for row in self { values.append(try row.get(0)) }
        return values
    }

    /// The only row; throws when there is none, or more than one.
    public func one() throws(PostgresError) -> PostgresRow {
        guard count == 1 else {
            throw PostgresError(.rowCount, "one row was expected, \(count) came", statement: statement)
        }
        return self[0]
    }

    /// The only row, or nil when there is none; throws when there are more.
    public func oneOrNone() throws(PostgresError) -> PostgresRow? {
        count == 0 ? nil : try one()
    }
}
