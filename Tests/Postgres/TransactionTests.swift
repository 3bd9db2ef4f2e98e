import Postgres
import TestSupport
import Testing

@Suite struct TransactionTests {
    private struct Changed: Error {}

    private func withTable(_ body: @escaping @Sendable (PostgresConnection) throws -> Void) async throws {
        try await TestDatabase.withConnection { connection in
            try connection.run(
                script: """
                    CREATE TABLE t (a int PRIMARY KEY, b int REFERENCES t DEFERRABLE INITIALLY DEFERRED)
                    """)
            try body(connection)
        }
    }

    private func count(_ connection: PostgresConnection) throws -> Int {
        try connection.query("SELECT count(*) FROM t").one().get(0)
    }

    @Test func `a transaction commits when its body returns`() async throws {
        try await withTable { connection in
            let value = try connection.transaction { transaction in
                try transaction.execute("INSERT INTO t VALUES (1)")
                return 7
            }
            #expect(value == 7)
            try #require(count(connection) == 1)
            #expect(!connection.isInTransaction)
        }
    }

    @Test func `a transaction rolls back when its body throws`() async throws {
        try await withTable { connection in
            #expect(throws: Changed.self) {
                try connection.transaction { transaction in
                    try transaction.execute("INSERT INTO t VALUES (1)")
                    throw Changed()
                }
            }
            try #require(count(connection) == 0)
            #expect(!connection.isInTransaction)
        }
    }

    @Test func `a swallowed error does not pass for a commit`() async throws {
        try await withTable { connection in
            let error = #expect(throws: PostgresError.self) {
                try connection.transaction { transaction in
                    try transaction.execute("INSERT INTO t VALUES (1)")
                    _ = try? transaction.execute("SELECT 1/0")
                }
            }
            #expect(error?.code == .transactionAborted)
            try #require(count(connection) == 0)
        }
    }

    @Test func `a COMMIT that the server refuses is a sure failure`() async throws {
        try await withTable { connection in
            let error = #expect(throws: PostgresError.self) {
                try connection.transaction { try $0.execute("INSERT INTO t VALUES (1, 99)") }
            }
            #expect(error?.code == .server)
            #expect(error?.sqlState == .foreignKeyViolation)
            #expect(!connection.isInTransaction)
            try #require(count(connection) == 0)
        }
    }

    @Test func `a savepoint undoes its own part only`() async throws {
        try await withTable { connection in
            try connection.transaction { transaction in
                try transaction.execute("INSERT INTO t VALUES (1)")
                #expect(throws: PostgresError.self) {
                    try transaction.savepoint { part in
                        try part.execute("INSERT INTO t VALUES (2)")
                        try part.execute("INSERT INTO t VALUES (1)")
                    }
                }
                try transaction.savepoint { part in
                    try part.savepoint { try $0.execute("INSERT INTO t VALUES (3)") }
                }
            }
            #expect(try connection.query("SELECT a FROM t ORDER BY a").values(of: Int32.self) == [1, 3])
        }
    }

    @Test func `isolation and read-only are as asked`() async throws {
        try await withTable { connection in
            for isolation in PostgresConnection.Isolation.allCases {
                let names = try connection.transaction(isolation: isolation, readOnly: true) { transaction in
                    try transaction.query("SELECT current_setting('transaction_isolation')").one().get(
                        0, as: String.self)
                }
                #expect(names.split(separator: " ").joined() == "\(isolation)".lowercased())
            }
            let error = #expect(throws: PostgresError.self) {
                try connection.transaction(readOnly: true) { try $0.execute("INSERT INTO t VALUES (1)") }
            }
            #expect(error?.sqlState == .readOnlyTransaction)
        }
    }

    @Test func `a serialization failure may be retried`() async throws {
        try await TestDatabase.with { database in
            let one = try PostgresConnection.connect(database.settings)
            let two = try PostgresConnection.connect(database.settings)
            defer {
                one.close()
                two.close()
            }
            try one.run(script: "CREATE TABLE t (a int); INSERT INTO t VALUES (1)")
            let error = #expect(throws: PostgresError.self) {
                try one.transaction(isolation: .repeatableRead) { transaction in
                    try transaction.execute("SELECT * FROM t")
                    try two.execute("UPDATE t SET a = 2")
                    try transaction.execute("UPDATE t SET a = 3")
                }
            }
            #expect(error?.sqlState == .serializationFailure)
            #expect(error?.isRetryable == true)
        }
    }

    @Test func `a transaction that outstays its idle limit is lost and may be retried`() async throws {
        try await TestDatabase.with { database in
            var settings = database.settings
            settings.idleInTransactionTimeout = .milliseconds(30)
            let connection = try PostgresConnection.connect(settings)
            let watcher = try PostgresConnection.connect(database.settings)
            defer { watcher.close() }
            let error = #expect(throws: PostgresError.self) {
                try connection.transaction { transaction in
                    try transaction.execute("SELECT 1")
                    // Gone from the server: its farewell is on the way or here.
                    while try watcher.query(
                        "SELECT 1 FROM pg_stat_activity WHERE pid = $1", connection.backendProcess
                    ).count > 0 {}
                    try transaction.execute("SELECT 2")
                }
            }
            #expect(error?.code == .connectionLost)
            #expect(error?.sqlState == .idleInTransactionTimeout)
            #expect(error?.isRetryable == true)
            #expect(connection.isClosed)
        }
    }
}
