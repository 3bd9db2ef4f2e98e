internal import Postgres
internal import Runtime

/// Rows as the arrays that a statement unnests, written straight into the message: one column at a time.
struct Columns<Row> {
    let rows: [Row]

    init(_ rows: [Row]) { self.rows = rows }

    typealias Column<Element: PostgresArrayElement> = PostgresArray<[Row], Element>

    func uuid(_ value: @escaping (Row) -> PostgresUUID) -> Column<PostgresUUID> { Column(rows, value) }
    func uuidOrNull(_ value: @escaping (Row) -> PostgresUUID?) -> Column<PostgresUUID?> { Column(rows, value) }
    func text(_ value: @escaping (Row) -> String) -> Column<String> { Column(rows, value) }
    func textOrNull(_ value: @escaping (Row) -> String?) -> Column<String?> { Column(rows, value) }
    func smallint(_ value: @escaping (Row) -> Int16) -> Column<Int16> { Column(rows, value) }
    func integer(_ value: @escaping (Row) -> Int32) -> Column<Int32> { Column(rows, value) }
    func integerOrNull(_ value: @escaping (Row) -> Int32?) -> Column<Int32?> { Column(rows, value) }
    func bigint(_ value: @escaping (Row) -> Int64) -> Column<Int64> { Column(rows, value) }
    func bigintOrNull(_ value: @escaping (Row) -> Int64?) -> Column<Int64?> { Column(rows, value) }
    func boolean(_ value: @escaping (Row) -> Bool) -> Column<Bool> { Column(rows, value) }
    func time(_ value: @escaping (Row) -> Timestamp) -> Column<Timestamp> { Column(rows, value) }
    func timeOrNull(_ value: @escaping (Row) -> Timestamp?) -> Column<Timestamp?> { Column(rows, value) }
    func json(_ value: @escaping (Row) -> [UInt8]) -> Column<PostgresJSON> {
        Column(rows) { PostgresJSON(bytes: value($0)) }
    }
    func bytes(_ value: @escaping (Row) -> [UInt8]) -> Column<[UInt8]> { Column(rows, value) }
    /// Bytes that lie in no array.
    func written(_ write: @escaping (Row, inout PostgresWriter) -> Void) -> PostgresByteArrays<[Row]> {
        PostgresByteArrays(rows, write)
    }
}
