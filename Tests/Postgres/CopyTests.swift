import Postgres
import Runtime
import TestSupport
import Testing

@Suite struct CopyTests {
    private func withTable(_ body: @escaping @Sendable (PostgresConnection) throws -> Void) async throws {
        try await TestDatabase.withConnection { connection in
            try connection.run(
                script: "CREATE TABLE t (id bigint PRIMARY KEY, n int, at timestamptz, tag bytea, note varchar)")
            try body(connection)
        }
    }

    private static let columns: [PostgresIdentifier] = ["id", "n", "at", "tag", "note"]
    private typealias Row = (Int64, Int32?, Timestamp, [UInt8], String?)

    @Test func `rows are loaded and counted`() async throws {
        try await withTable { connection in
            let count = try connection.copy(into: "t", in: "public", columns: Self.columns, of: Row.self) { copy in
                for id in 1...20_000 {
                    try copy.write(
                        Int64(id), id % 2 == 0 ? nil : Int32(id), Timestamp(microseconds: Int64(id)), [UInt8(id & 255)],
                        "row \(id)")
                }
            }
            #expect(count == 20_000)
            let row = try connection.query("SELECT * FROM t WHERE id = 19999").one()
            let (id, n, at, tag, note) = try row.decode(Row.self)
            #expect(id == 19999 && n == 19999 && at.microseconds == 19999 && tag == [31] && note == "row 19999")
            #expect(try connection.query("SELECT count(*) FROM t WHERE n IS NULL").one().get(0) == 10_000)
            #expect(try connection.copy(into: "t", columns: ["id"], of: Int64.self) { _ in } == 0)
        }
    }

    @Test func `a column of another type is refused before the first row`() async throws {
        try await withTable { connection in
            let error = #expect(throws: PostgresError.self) {
                try connection.copy(into: "t", columns: ["id", "n"], of: (Int64, Int64).self) { _ in
                    Issue.record("no row may be asked for")
                }
            }
            #expect(error?.code == .typeMismatch)
            #expect(error?.column == "n")
            #expect(error?.message == "column \"n\" is integer, rows would bring bigint")
            let count = #expect(throws: PostgresError.self) {
                try connection.copy(into: "t", columns: ["id", "n"], of: Int64.self) { _ in }
            }
            #expect(count?.code == .columnCount)
            let table = #expect(throws: PostgresError.self) {
                try connection.copy(into: "nowhere", columns: ["id"], of: Int64.self) { _ in }
            }
            #expect(table?.sqlState == .undefinedTable)
            try connection.ping()
        }
    }

    @Test func `nothing is loaded when the body throws`() async throws {
        struct Changed: Error {}
        try await withTable { connection in
            #expect(throws: Changed.self) {
                try connection.copy(into: "t", columns: ["id"], of: Int64.self) { copy in
                    for id in 1...50_000 { try copy.write(Int64(id)) }
                    throw Changed()
                }
            }
            let loaded: Int = try connection.query("SELECT count(*) FROM t").one().get(0)
            #expect(loaded == 0)
        }
    }

    @Test func `what the server has against a row comes out with the constraint`() async throws {
        try await withTable { connection in
            let error = #expect(throws: PostgresError.self) {
                try connection.copy(into: "t", columns: ["id"], of: Int64.self) { copy in
                    try copy.write(Int64(1))
                    try copy.write(Int64(1))
                    for id in 2...200_000 { try copy.write(Int64(id)) }
                }
            }
            #expect(error?.sqlState == .uniqueViolation)
            #expect(error?.constraint == "t_pkey")
            let loaded: Int = try connection.query("SELECT count(*) FROM t").one().get(0)
            #expect(loaded == 0)
        }
    }

    @Test func `a COPY may be a part of a transaction`() async throws {
        try await withTable { connection in
            #expect(throws: PostgresError.self) {
                try connection.transaction { transaction in
                    try transaction.copy(into: "t", columns: ["id"], of: Int64.self) { try $0.write(Int64(1)) }
                    try transaction.execute("SELECT 1/0")
                }
            }
            let loaded: Int = try connection.query("SELECT count(*) FROM t").one().get(0)
            #expect(loaded == 0)
            try connection.transaction { transaction in
                try transaction.copy(into: "t", columns: ["id"], of: Int64.self) { try $0.write(Int64(1)) }
            }
            #expect(try connection.query("SELECT count(*) FROM t").one().get(0) == 1)
        }
    }
}
