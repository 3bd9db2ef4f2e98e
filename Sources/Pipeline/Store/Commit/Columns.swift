package import Postgres
package import Runtime

/// Rows as the arrays that a statement unnests, written straight into the message: one column at a time.
///
///     let columns = Columns(rows)
///     add(statement, columns.uuid { rows[$0].id.uuid }, columns.bigint { rows[$0].total })
///
/// Values are asked for by a row's position: a row is large, and one that is handed over is copied for each column.
package struct Columns {
    package let count: Int

    @inlinable package init<Row>(_ rows: [Row]) { count = rows.count }

    package typealias Column = PostgresColumn

    // The loops over the rows are compiled where the rows are known.

    @inlinable @inline(__always)
    package func uuid(_ value: @escaping (Int) -> PostgresUUID) -> Column<PostgresUUID> { Column(count, value) }
    @inlinable @inline(__always)
    package func uuidOrNull(_ value: @escaping (Int) -> PostgresUUID?) -> Column<PostgresUUID?> { Column(count, value) }
    @inlinable @inline(__always)
    package func text(_ value: @escaping (Int) -> String) -> Column<String> { Column(count, value) }
    @inlinable @inline(__always)
    package func textOrNull(_ value: @escaping (Int) -> String?) -> Column<String?> { Column(count, value) }
    @inlinable @inline(__always)
    package func smallint(_ value: @escaping (Int) -> Int16) -> Column<Int16> { Column(count, value) }
    @inlinable @inline(__always)
    package func integer(_ value: @escaping (Int) -> Int32) -> Column<Int32> { Column(count, value) }
    @inlinable @inline(__always)
    package func integerOrNull(_ value: @escaping (Int) -> Int32?) -> Column<Int32?> { Column(count, value) }
    @inlinable @inline(__always)
    package func bigint(_ value: @escaping (Int) -> Int64) -> Column<Int64> { Column(count, value) }
    @inlinable @inline(__always)
    package func bigintOrNull(_ value: @escaping (Int) -> Int64?) -> Column<Int64?> { Column(count, value) }
    @inlinable @inline(__always)
    package func boolean(_ value: @escaping (Int) -> Bool) -> Column<Bool> { Column(count, value) }
    @inlinable @inline(__always)
    package func time(_ value: @escaping (Int) -> Timestamp) -> Column<Timestamp> { Column(count, value) }
    @inlinable @inline(__always)
    package func timeOrNull(_ value: @escaping (Int) -> Timestamp?) -> Column<Timestamp?> { Column(count, value) }
    @inlinable @inline(__always)
    package func json(_ value: @escaping (Int) -> [UInt8]) -> Column<PostgresJSON> {
        Column(count) { PostgresJSON(bytes: value($0)) }
    }
    @inlinable @inline(__always)
    package func bytes(_ value: @escaping (Int) -> [UInt8]) -> Column<[UInt8]> { Column(count, value) }

    /// Bytes that lie in no array.
    @inlinable @inline(__always)
    package func written(_ write: @escaping (Int, inout PostgresWriter) -> Void) -> Column<[UInt8]> {
        Column(count, writing: write)
    }

    /// Texts that are no string.
    @inlinable @inline(__always)
    package func textWritten(_ write: @escaping (Int, inout PostgresWriter) -> Void) -> Column<String> {
        Column(count, writing: write)
    }
}
