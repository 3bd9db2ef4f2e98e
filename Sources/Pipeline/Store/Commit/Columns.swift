internal import Postgres
internal import Runtime

/// Rows as the arrays that a statement unnests, written straight into the message: one column at a time.
///
///     let columns = Columns(rows)
///     add(statement, columns.uuid { rows[$0].id.uuid }, columns.bigint { rows[$0].total })
///
/// Values are asked for by a row's position: a row is large, and one that is handed over is copied for each column.
struct Columns {
    let count: Int

    init<Row>(_ rows: [Row]) { count = rows.count }

    typealias Column = PostgresColumn

    @inline(__always)
    private func column<Element: PostgresArrayElement>(_ value: @escaping (Int) -> Element) -> Column<Element> {
        Column(count, value)
    }

    @inline(__always)
    func uuid(_ value: @escaping (Int) -> PostgresUUID) -> Column<PostgresUUID> { column(value) }
    @inline(__always)
    func uuidOrNull(_ value: @escaping (Int) -> PostgresUUID?) -> Column<PostgresUUID?> { column(value) }
    @inline(__always)
    func text(_ value: @escaping (Int) -> String) -> Column<String> { column(value) }
    @inline(__always)
    func textOrNull(_ value: @escaping (Int) -> String?) -> Column<String?> { column(value) }
    @inline(__always)
    func smallint(_ value: @escaping (Int) -> Int16) -> Column<Int16> { column(value) }
    @inline(__always)
    func integer(_ value: @escaping (Int) -> Int32) -> Column<Int32> { column(value) }
    @inline(__always)
    func integerOrNull(_ value: @escaping (Int) -> Int32?) -> Column<Int32?> { column(value) }
    @inline(__always)
    func bigint(_ value: @escaping (Int) -> Int64) -> Column<Int64> { column(value) }
    @inline(__always)
    func bigintOrNull(_ value: @escaping (Int) -> Int64?) -> Column<Int64?> { column(value) }
    @inline(__always)
    func boolean(_ value: @escaping (Int) -> Bool) -> Column<Bool> { column(value) }
    @inline(__always)
    func time(_ value: @escaping (Int) -> Timestamp) -> Column<Timestamp> { column(value) }
    @inline(__always)
    func timeOrNull(_ value: @escaping (Int) -> Timestamp?) -> Column<Timestamp?> { column(value) }
    @inline(__always)
    func json(_ value: @escaping (Int) -> [UInt8]) -> Column<PostgresJSON> {
        column { PostgresJSON(bytes: value($0)) }
    }
    @inline(__always)
    func bytes(_ value: @escaping (Int) -> [UInt8]) -> Column<[UInt8]> { column(value) }

    /// Bytes that lie in no array.
    @inline(__always)
    func written(_ write: @escaping (Int, inout PostgresWriter) -> Void) -> Column<[UInt8]> {
        Column(count, writing: write)
    }

    /// Texts that are no string.
    @inline(__always)
    func textWritten(_ write: @escaping (Int, inout PostgresWriter) -> Void) -> Column<String> {
        Column(count, writing: write)
    }
}
