package import Postgres
package import Runtime

/// Rows as the arrays that a statement unnests, written straight into the message: one column at a time.
package struct Columns<Row> {
    package let rows: [Row]

    package init(_ rows: [Row]) { self.rows = rows }

    package typealias Column<Element: PostgresArrayElement> = PostgresArray<[Row], Element>

    package func uuid(_ value: @escaping (Row) -> PostgresUUID) -> Column<PostgresUUID> { Column(rows, value) }
    package func uuidOrNull(_ value: @escaping (Row) -> PostgresUUID?) -> Column<PostgresUUID?> { Column(rows, value) }
    package func text(_ value: @escaping (Row) -> String) -> Column<String> { Column(rows, value) }
    package func textOrNull(_ value: @escaping (Row) -> String?) -> Column<String?> { Column(rows, value) }
    package func smallint(_ value: @escaping (Row) -> Int16) -> Column<Int16> { Column(rows, value) }
    package func integer(_ value: @escaping (Row) -> Int32) -> Column<Int32> { Column(rows, value) }
    package func integerOrNull(_ value: @escaping (Row) -> Int32?) -> Column<Int32?> { Column(rows, value) }
    package func bigint(_ value: @escaping (Row) -> Int64) -> Column<Int64> { Column(rows, value) }
    package func bigintOrNull(_ value: @escaping (Row) -> Int64?) -> Column<Int64?> { Column(rows, value) }
    package func boolean(_ value: @escaping (Row) -> Bool) -> Column<Bool> { Column(rows, value) }
    package func time(_ value: @escaping (Row) -> Timestamp) -> Column<Timestamp> { Column(rows, value) }
    package func timeOrNull(_ value: @escaping (Row) -> Timestamp?) -> Column<Timestamp?> { Column(rows, value) }
    package func json(_ value: @escaping (Row) -> [UInt8]) -> Column<PostgresJSON> {
        Column(rows) { PostgresJSON(bytes: value($0)) }
    }
    package func bytes(_ value: @escaping (Row) -> [UInt8]) -> Column<[UInt8]> { Column(rows, value) }
    /// Bytes that lie in no array.
    package func written(_ write: @escaping (Row, inout PostgresWriter) -> Void) -> PostgresByteArrays<[Row]> {
        PostgresByteArrays(rows, write)
    }
}
