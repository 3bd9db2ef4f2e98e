import Postgres
import Runtime
import TestSupport
import Testing

/// An id of one's own needs no code.
private struct EventID: RawRepresentable, PostgresScalar, Hashable {
    var rawValue: Int64
}

private enum Tier: String, PostgresScalar, CaseIterable {
    case gold, silver
}

@Suite struct ValueTests {
    /// Sends each value to the server and back, as a value and all of them as an array, NULLs among them.
    private func roundTrip<Value: PostgresScalar & Equatable>(
        _ values: [Value], _ connection: PostgresConnection, _ one: SQL, _ many: SQL
    ) throws {
        for value in values {
            let (back, text) = try connection.query(one, value).one().decode((Value, String).self)
            #expect(back == value, "the server has \(text)")
            #expect(try connection.query(one, Optional(value)).one().get(0, as: Value?.self) == value)
        }
        #expect(try connection.query(one, Value?.none).one().get(0, as: Value?.self) == nil)
        #expect(try connection.query(many, values).one().get(0, as: [Value].self) == values)
        #expect(try connection.query(many, [Value]()).one().get(0, as: [Value].self) == [])
        let gaps: [Value?] = [nil] + values.flatMap { [$0, nil] }
        #expect(try connection.query(many, gaps).one().get(0, as: [Value?].self) == gaps)
        #expect(try connection.query(many, [Value]?.none).one().get(0, as: [Value]?.self) == nil)
        let lazily = PostgresArray(values.indices) { values[$0] }
        #expect(try connection.query(many, lazily).one().get(0, as: [Value].self) == values)
        let column = PostgresColumn(gaps.count) { gaps[$0] }
        #expect(try connection.query(many, column).one().get(0, as: [Value?].self) == gaps)
    }

    @Test func `whole numbers survive the way to the server and back`() async throws {
        try await TestDatabase.withConnection { connection in
            var random = SystemRandomNumberGenerator()
            func some<Number: FixedWidthInteger & Sendable>(_: Number.Type) -> [Number] {
                [.min, .min + 1, -1, 0, 1, .max - 1, .max]
                    + (0..<20).map { _ in .random(in: .min ... .max, using: &random) }
            }
            try roundTrip(
                some(Int16.self), connection, "SELECT $1::smallint, $1::smallint::text", "SELECT $1::smallint[]")
            try roundTrip(some(Int32.self), connection, "SELECT $1::int, $1::int::text", "SELECT $1::int[]")
            try roundTrip(some(Int64.self), connection, "SELECT $1::bigint, $1::bigint::text", "SELECT $1::bigint[]")
            try roundTrip(some(Int.self), connection, "SELECT $1::bigint, $1::text", "SELECT $1::bigint[]")
            let ids = some(Int64.self).map(EventID.init)
            try roundTrip(ids, connection, "SELECT $1::bigint, $1::text", "SELECT $1::bigint[]")
            #expect(try connection.query("SELECT $1::bigint::text", Int64.min).one().get(0) == "-9223372036854775808")
        }
    }

    @Test func `booleans and floating-point numbers survive`() async throws {
        try await TestDatabase.withConnection { connection in
            try roundTrip([true, false], connection, "SELECT $1::bool, $1::text", "SELECT $1::bool[]")
            let doubles: [Double] = [
                0, -0.0, 1.5, -.pi, .greatestFiniteMagnitude, .leastNonzeroMagnitude, .infinity, -.infinity,
            ]
            try roundTrip(doubles, connection, "SELECT $1::float8, $1::text", "SELECT $1::float8[]")
            #expect(try connection.query("SELECT $1::float8", Double.nan).one().get(0, as: Double.self).isNaN)
            #expect(try connection.query("SELECT 0.25::real").one().get(0, as: Double.self) == 0.25)
        }
    }

    @Test func `texts and bytes survive`() async throws {
        try await TestDatabase.withConnection { connection in
            let texts = [
                "", "plain", "Ünïcödé 🎟️", "'; DROP TABLE x; --", "\u{1}\u{10FFFF}",
                String(repeating: "x", count: 100_000),
            ]
            try roundTrip(texts, connection, "SELECT $1::text, left($1, 9)", "SELECT $1::text[]")
            try roundTrip(Tier.allCases, connection, "SELECT $1::varchar, $1", "SELECT $1::varchar[]")
            #expect(
                try connection.query("SELECT 'abc'::name, 'abc'::varchar, 'abc'::char(5)").one()
                    .decode((String, String, String).self) == ("abc", "abc", "abc  "))
            let bytes: [[UInt8]] = [[], [0], Array(0...255), Array(repeating: 0xFF, count: 100_000)]
            try roundTrip(bytes, connection, "SELECT $1::bytea, length($1)::text", "SELECT $1::bytea[]")
            let inPlace = PostgresColumn<[UInt8]>(bytes.count, writing: { $1.append(bytes: bytes[$0]) })
            #expect(try connection.query("SELECT $1::bytea[]", inPlace).one().get(0, as: [[UInt8]].self) == bytes)
            let written = PostgresColumn<String>(texts.count, writing: { $1.append(bytes: Array(texts[$0].utf8)) })
            #expect(try connection.query("SELECT $1::text[]", written).one().get(0, as: [String].self) == texts)
            let one = PostgresBytes { $0.append(integer: UInt32(0x0102_0304)) }
            #expect(try connection.query("SELECT $1::bytea", one).one().get(0, as: [UInt8].self) == [1, 2, 3, 4])
        }
    }

    @Test func `times survive and those the server cannot hold are refused`() async throws {
        try await TestDatabase.withConnection { connection in
            let times = [
                0, 1, -1, 946_684_800_000_000, 1_732_000_000_123_456, -210_866_803_200_000_000,
                9_223_372_036_854_775_807,
            ].map(Timestamp.init(microseconds:))
            try roundTrip(times, connection, "SELECT $1::timestamptz, $1::text", "SELECT $1::timestamptz[]")
            #expect(
                try connection.query(
                    "SELECT $1::timestamptz AT TIME ZONE 'UTC' = '2023-11-14 22:13:20.5'",
                    Timestamp(microseconds: 1_700_000_000_500_000)
                ).one().get(0) == true)
            let beyond: [Int64] = [.min, .min + 946_684_800_000_000, -210_866_803_200_000_001]
            for far in beyond {
                let error = #expect(throws: PostgresError.self) {
                    try connection.query("SELECT $1::timestamptz", Timestamp(microseconds: far))
                }
                #expect(error?.sqlState == .dateTimeOutOfRange)
            }
            for infinity: SQL in ["SELECT 'infinity'::timestamptz AS t", "SELECT '-infinity'::timestamptz AS t"] {
                let error = #expect(throws: PostgresError.self) {
                    try connection.query(infinity).one().get(0, as: Timestamp.self)
                }
                #expect(error?.code == .unsupportedValue)
                #expect(error?.column == "t")
            }
        }
    }

    @Test func `uuids and JSON survive`() async throws {
        try await TestDatabase.withConnection { connection in
            let known = try #require(PostgresUUID("0198C0DE-0001-7abc-8def-0123456789ab"))
            #expect(known.description == "0198c0de-0001-7abc-8def-0123456789ab")
            let (back, text) = try connection.query("SELECT $1::uuid, $1::text", known).one()
                .decode((PostgresUUID, String).self)
            #expect(back == known)
            #expect(text == known.description)
            let uuids = [known, .init(high: 0, low: 0), .init(high: .max, low: .max)]
            try roundTrip(uuids, connection, "SELECT $1::uuid, $1::text", "SELECT $1::uuid[]")
            for bad in [
                "", "0198c0de", "0198c0de-0001-7abc-8def-0123456789abc", "0198c0de00017abc8def0123456789ab1234",
            ] {
                #expect(PostgresUUID(bad) == nil)
            }
            let json = ["null", "1", "\"x\"", "{\"a\": [1, 2, {\"b\": null}]}", "[]"].map(PostgresJSON.init)
            try roundTrip(json, connection, "SELECT $1::jsonb, $1::text", "SELECT $1::jsonb[]")
            #expect(try connection.query("SELECT '{\"a\":1}'::json").one().get(0) == PostgresJSON("{\"a\":1}"))
        }
    }

    @Test func `narrower numbers are widened and wider ones refused`() async throws {
        try await TestDatabase.withConnection { connection in
            let row = try connection.query(
                "SELECT 7::smallint AS s, 8::int AS i, 9::bigint AS b, ARRAY[1,2]::int[] AS a"
            ).one()
            #expect(try row.get("s", as: Int64.self) == 7)
            #expect(try row.get("i", as: Int.self) == 8)
            #expect(try row.get("s", as: Int32.self) == 7)
            #expect(try row.get("a", as: [Int64].self) == [1, 2])
            let error = #expect(throws: PostgresError.self) { try row.get("b", as: Int32.self) }
            #expect(error?.code == .typeMismatch)
            #expect(error?.message == "column “b” (2) is bigint, integer was asked for")
        }
    }

    @Test func `a column of another type is refused by name even when it is NULL`() async throws {
        try await TestDatabase.withConnection { connection in
            let row = try connection.query("SELECT NULL::text AS note, 1.5::numeric AS price, ARRAY[1]::int[] AS list")
                .one()
            let mismatch = #expect(throws: PostgresError.self) { try row.get("note", as: Int64?.self) }
            #expect(mismatch?.code == .typeMismatch)
            #expect(mismatch?.column == "note")
            #expect(mismatch?.statement?.contains("price") == true)
            let null = #expect(throws: PostgresError.self) { try row.get("note", as: String.self) }
            #expect(null?.code == .unexpectedNull)
            let numeric = #expect(throws: PostgresError.self) { try row.get(1, as: Double.self) }
            #expect(numeric?.message.contains("is numeric, double precision was asked for") == true)
            let list = #expect(throws: PostgresError.self) { try row.get("list", as: [String].self) }
            #expect(list?.code == .typeMismatch)
        }
    }

    @Test func `NULL in an array needs optional elements and only one dimension is read`() async throws {
        try await TestDatabase.withConnection { connection in
            let row = try connection.query("SELECT ARRAY[1, NULL]::bigint[], ARRAY[[1],[2]]::bigint[]").one()
            #expect(try row.get(0, as: [Int64?].self) == [1, nil])
            let null = #expect(throws: PostgresError.self) { try row.get(0, as: [Int64].self) }
            #expect(null?.code == .unexpectedNull)
            let square = #expect(throws: PostgresError.self) { try row.get(1, as: [Int64].self) }
            #expect(square?.code == .unsupportedValue)
        }
    }
}
