import Postgres
import Runtime
import TestSupport
import Testing

@Suite struct QueryTests {
    @Test func `a query returns typed rows by position and by name`() async throws {
        try await TestDatabase.withConnection { connection in
            let rows = try connection.query(
                "SELECT n::bigint AS id, 'row ' || n AS name FROM generate_series(1, $1) n ORDER BY n", 3 as Int32)
            let decoded = try rows.decode((Int64, String?).self)
            #expect(decoded.map(\.0) == [1, 2, 3])
            #expect(decoded.map(\.1) == ["row 1", "row 2", "row 3"])
            #expect(try rows[1].get("name") == "row 2")
            #expect(rows.affectedRows == 3)
            #expect(rows.columnNames == ["id", "name"])
            let ids: [Int64] = try connection.query("SELECT n::bigint FROM generate_series(1, 3) n").values(
                of: Int64.self)
            #expect(ids == [1, 2, 3])
        }
    }

    @Test func `a column that does not exist is named with those that do`() async throws {
        try await TestDatabase.withConnection { connection in
            let row = try connection.query("SELECT 1 AS a, 2 AS b").one()
            let byName = #expect(throws: PostgresError.self) { try row.get("c", as: Int32.self) }
            #expect(byName?.code == .noSuchColumn)
            #expect(byName?.message == "no column “c”; there are: a, b")
            #expect(throws: PostgresError.self) { try row.get(2, as: Int32.self) }
            let tuple = #expect(throws: PostgresError.self) { try row.decode((Int32, Int32, Int32).self) }
            #expect(tuple?.code == .columnCount)
            let none = #expect(throws: PostgresError.self) { try connection.query("SELECT 1 WHERE false").one() }
            #expect(none?.code == .rowCount)
            let nothing = try connection.query("SELECT 1 WHERE false").oneOrNone().map { _ in 1 }
            #expect(nothing == nil)
        }
    }

    @Test func `bytes are lent without a copy and only for the right type`() async throws {
        try await TestDatabase.withConnection { connection in
            let row = try connection.query("SELECT '\\x010203'::bytea, NULL::bytea").one()
            #expect(try row.withBytes(0, type: .bytea) { $0.map { $0.reduce(0) { $0 + Int($1) } } } == 6)
            #expect(try row.withBytes(1, type: .bytea) { $0 == nil })
            #expect(try row.isNull(1))
            #expect(throws: PostgresError.self) { try row.withBytes(0, type: .text) { _ in } }
        }
    }

    @Test func `a statement is prepared once and the bound holds on the server`() async throws {
        try await TestDatabase.with { database in
            var settings = database.settings
            settings.preparedStatements = 2
            let connection = try PostgresConnection.connect(settings)
            defer { connection.close() }
            func names() throws -> [String] {
                try connection.query("SELECT statement FROM pg_prepared_statements").values(of: String.self)
            }
            for _ in 0..<5 { try connection.execute("SELECT 1") }
            #expect(try names().count { $0 == "SELECT 1" } == 1)
            try connection.execute("SELECT 2")
            try connection.execute("SELECT 3")
            try connection.execute("SELECT 4")
            // The newest and the count itself, and at most one that waits to be dropped.
            #expect(try names().count <= 3)
        }
    }

    @Test func `the same text with other parameter types works`() async throws {
        try await TestDatabase.withConnection { connection in
            func text(_ value: some PostgresEncodable) throws -> String {
                try connection.query("SELECT pg_typeof($1)::text", value).one().get(0)
            }
            let names = [try text(Int32(1)), try text(Int64(1)), try text("x")]
            #expect(names == ["integer", "bigint", "text"])
        }
    }

    @Test func `a changed table does not disturb a prepared statement outside a transaction`() async throws {
        try await TestDatabase.withConnection { connection in
            try connection.run(script: "CREATE TABLE t (a int); INSERT INTO t VALUES (1)")
            func columns() throws -> Int { try connection.query("SELECT * FROM t").columnCount }
            #expect(try columns() == 1)
            try connection.run(script: "ALTER TABLE t ADD COLUMN b int")
            #expect(try columns() == 2)
            try connection.run(script: "ALTER TABLE t ADD COLUMN c int")
            let error = #expect(throws: PostgresError.self) {
                try connection.transaction { _ in try columns() }
            }
            #expect(error?.code == .stalePlan)
            #expect(error?.isRetryable == true)
            #expect(try connection.transaction { _ in try columns() } == 3)
            try connection.run(script: "ALTER TABLE t ADD COLUMN d int")
            let rows = try connection.pipeline { pipeline in
                pipeline.add("SELECT * FROM t")
                pipeline.add("SELECT 1")
            }
            #expect(rows.map(\.columnCount) == [4, 1])
        }
    }

    @Test func `statements that the server has forgotten are prepared anew`() async throws {
        try await TestDatabase.withConnection { connection in
            func one() throws -> Int32 { try connection.query("SELECT 1").one().get(0) }
            #expect(try one() == 1)
            try connection.run(script: "DISCARD ALL")
            #expect(try one() == 1)
        }
    }

    @Test func `a script runs all of its statements or none`() async throws {
        try await TestDatabase.withConnection { connection in
            #expect(throws: PostgresError.self) {
                try connection.run(
                    script: SQL(trustedScript: "CREATE TABLE a (x int); SELECT 1/0; CREATE TABLE b (x int)"))
            }
            #expect(try connection.query("SELECT to_regclass('a') IS NULL").one().get(0) == true)
            try connection.run(
                script: SQL(trustedScript: "CREATE TABLE a (x int); INSERT INTO a VALUES (1); SELECT * FROM a"))
            #expect(try connection.query("SELECT count(*) FROM a").one().get(0) == 1)
            try connection.ping()
        }
    }

    @Test func `rows are streamed one by one`() async throws {
        try await TestDatabase.withConnection { connection in
            var sum = 0
            try connection.stream("SELECT n FROM generate_series(1, $1) n", 50_000 as Int32) { row in
                sum += try row.get(0, as: Int.self)
            }
            #expect(sum == 50_000 * 50_001 / 2)
            struct Enough: Error {}
            #expect(throws: Enough.self) {
                try connection.stream("SELECT n FROM generate_series(1, 1000) n") { row in
                    if try row.get(0, as: Int.self) == 10 { throw Enough() }
                }
            }
            let error = #expect(throws: PostgresError.self) {
                try connection.stream("SELECT 10 / (5 - n) FROM generate_series(1, 10) n") { _ in }
            }
            #expect(error?.sqlState == .divisionByZero)
            #expect(try connection.query("SELECT 1").one().get(0) == 1)
        }
    }

    @Test func `parameters may be counted at run time up to the protocol's limit`() async throws {
        try await TestDatabase.withConnection { connection in
            let parameters = PostgresParameters()
            for _ in 0..<65_535 { parameters.append(Int32(1)) }
            let list = (1...65_535).map { "$\($0)" }.joined(separator: ",")
            let count = try connection.query(
                SQL(trustedScript: "SELECT cardinality(ARRAY[\(list)])"), parameters: parameters)
            #expect(try count.one().get(0) == 65_535)
            parameters.append("secret")
            let error = #expect(throws: PostgresError.self) {
                try connection.query("SELECT 1", parameters: parameters)
            }
            #expect(error?.code == .tooManyParameters)
            #expect(try connection.query("SELECT 1").one().get(0) == 1)
        }
    }

    @Test func `errors name constraint table and statement but no value of a parameter`() async throws {
        try await TestDatabase.withConnection { connection in
            try connection.run(script: "CREATE TABLE seat (name text CONSTRAINT one_name UNIQUE)")
            try connection.execute("INSERT INTO seat VALUES ($1)", "top-secret")
            let error = #expect(throws: PostgresError.self) {
                try connection.execute("INSERT INTO seat VALUES ($1)", "top-secret")
            }
            #expect(error?.code == .server)
            #expect(error?.sqlState == .uniqueViolation)
            #expect(error?.constraint == "one_name")
            #expect(error?.table == "seat")
            #expect(error?.statement == "INSERT INTO seat VALUES ($1)")
            #expect(error?.isRetryable == false)
            #expect(error.map { "\($0)" }?.contains("top-secret") == false)
            let syntax = #expect(throws: PostgresError.self) { try connection.execute("SELEC 1") }
            #expect(syntax?.sqlState == .syntaxError)
            let table = #expect(throws: PostgresError.self) { try connection.execute("SELECT * FROM nowhere") }
            #expect(table?.sqlState == .undefinedTable)
            let zero = #expect(throws: PostgresError.self) { try connection.execute("SELECT $1::text", "a\0b") }
            #expect(zero?.sqlState == .invalidTextCharacter)
            #expect(try connection.query("SELECT 1").one().get(0) == 1)
        }
    }

    @Test func `COPY has its own way and the others say so`() async throws {
        try await TestDatabase.withConnection { connection in
            try connection.run(script: "CREATE TABLE t (a int)")
            let error = #expect(throws: PostgresError.self) { try connection.run(script: "COPY t FROM STDIN") }
            #expect(error?.code == .unexpectedCopy)
            #expect(try connection.query("SELECT 1").one().get(0) == 1)
            #expect(throws: PostgresError.self) { try connection.run(script: "COPY t TO STDOUT") }
            #expect(connection.isClosed)
        }
    }

    @Test func `a closed connection says so and closing again is no harm`() async throws {
        try await TestDatabase.withConnection { connection in
            connection.close()
            connection.close()
            let error = #expect(throws: PostgresError.self) { try connection.query("SELECT 1") }
            #expect(error?.code == .connectionClosed)
            #expect(error?.isConnectionLost == true)
            #expect(!connection.isAlive())
        }
    }

    @Test func `the session has the limits and the name that the settings give it`() async throws {
        try await TestDatabase.with { database in
            var settings = database.settings
            settings.applicationName = "seats-1"
            settings.statementTimeout = .milliseconds(50)
            settings.lockTimeout = .milliseconds(60)
            settings.idleInTransactionTimeout = .seconds(70)
            let connection = try PostgresConnection.connect(settings)
            defer { connection.close() }
            func setting(_ name: String) throws -> String {
                try connection.query("SELECT current_setting($1)", name).one().get(0)
            }
            #expect(try setting("application_name") == "seats-1")
            #expect(try setting("lock_timeout") == "60ms")
            #expect(try setting("idle_in_transaction_session_timeout") == "70s")
            let error = #expect(throws: PostgresError.self) { try connection.execute("SELECT pg_sleep(5)") }
            #expect(error?.sqlState == .queryCanceled)
            #expect(error?.isConnectionLost == false)
            #expect(try connection.query("SELECT 1").one().get(0) == 1)
        }
    }

    @Test func `a lock that is not to be had in time is a typed error`() async throws {
        try await TestDatabase.with { database in
            var settings = database.settings
            settings.lockTimeout = .milliseconds(20)
            let holder = try PostgresConnection.connect(settings)
            let other = try PostgresConnection.connect(settings)
            defer {
                holder.close()
                other.close()
            }
            try holder.run(script: "CREATE TABLE t (a int)")
            try holder.transaction { transaction in
                try transaction.run(script: "LOCK TABLE t")
                let error = #expect(throws: PostgresError.self) { try other.execute("SELECT * FROM t") }
                #expect(error?.sqlState == .lockNotAvailable)
                #expect(error?.isRetryable == true)
            }
        }
    }
}
