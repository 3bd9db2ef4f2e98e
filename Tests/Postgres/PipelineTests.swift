import TestSupport
import Testing

@testable import Postgres

@Suite struct PipelineTests {
    private func withTable(_ body: @escaping @Sendable (PostgresConnection) throws -> Void) async throws {
        try await TestDatabase.withConnection { connection in
            try connection.run(
                script: """
                    CREATE TABLE t (a bigint PRIMARY KEY, b bytea, c bigint REFERENCES t DEFERRABLE INITIALLY DEFERRED)
                    """)
            try body(connection)
        }
    }

    private func count(_ connection: PostgresConnection) throws -> Int {
        try connection.query("SELECT count(*) FROM t").one().get(0)
    }

    @Test func `statements of a pipeline are answered in order`() async throws {
        try await withTable { connection in
            for _ in 0..<3 {
                let results = try connection.pipeline { pipeline in
                    pipeline.add("DELETE FROM t")
                    pipeline.add(
                        "INSERT INTO t SELECT * FROM unnest($1::bigint[], $2::bytea[])", Array(Int64(1)...500),
                        PostgresColumn<[UInt8]>(500, writing: { $1.append(integer: Int32($0 + 1)) }))
                    pipeline.add("SELECT a, b FROM t WHERE a > $1 ORDER BY a", 498 as Int64)
                    pipeline.add("SELECT \(PostgresIdentifier("a")) FROM t WHERE a = $1", 1 as Int64)
                }
                #expect(results.count == 4)
                #expect(results[1].affectedRows == 500)
                let rows: [(Int64, [UInt8])] = try results[2].decode((Int64, [UInt8]).self)
                #expect(rows.map(\.0) == [499, 500])
                #expect(try results[2][0].get(1, as: [UInt8].self) == [0, 0, 1, 243])
                #expect(try results[3].one().get(0, as: Int64.self) == 1)
            }
            #expect(try connection.pipeline { _ in }.isEmpty)
        }
    }

    @Test func `a pipeline right behind a stream gets whole results`() async throws {
        try await withTable { connection in
            for _ in 0..<2 {
                try connection.transaction { transaction in
                    var streamed = 0
                    try transaction.stream("SELECT generate_series(1, 3)") { _ in streamed += 1 }
                    let results = try transaction.pipeline { pipeline in
                        pipeline.add("SELECT generate_series(1, 4)")
                        pipeline.add("SELECT generate_series(1, 5)")
                    }
                    #expect(streamed == 3)
                    #expect(results.map(\.count) == [4, 5])
                }
            }
        }
    }

    @Test func `the first error of a pipeline is reported with its place and nothing is kept`() async throws {
        try await withTable { connection in
            for _ in 0..<2 {
                let outcomes = try connection.pipelineOutcomes { pipeline in
                    pipeline.add("INSERT INTO t VALUES (1)")
                    pipeline.add("INSERT INTO t VALUES ($1)", 1 as Int64)
                    pipeline.add("INSERT INTO t VALUES (3)")
                    pipeline.add("INSERT INTO t VALUES (4)")
                }
                #expect(outcomes.count == 4)
                guard case .success = outcomes[0], case .failure(let failure) = outcomes[1] else {
                    Issue.record("the second statement must fail")
                    return
                }
                #expect(failure.sqlState == .uniqueViolation)
                #expect(failure.statementIndex == 1)
                for (index, outcome) in outcomes.enumerated().dropFirst(2) {
                    guard case .failure(let error) = outcome else {
                        Issue.record("statement \(index) must not have run")
                        continue
                    }
                    #expect(error.code == .pipelineAborted)
                    #expect(error.statementIndex == index)
                }
                try #require(count(connection) == 0)
            }
        }
    }

    @Test func `a statement that cannot be prepared is reported at its place`() async throws {
        try await withTable { connection in
            let error = #expect(throws: PostgresError.self) {
                try connection.pipeline { pipeline in
                    pipeline.add("INSERT INTO t VALUES (1)")
                    pipeline.add("SELECT nothing FROM t")
                    pipeline.add("INSERT INTO t VALUES (2)")
                }
            }
            #expect(error?.statementIndex == 1)
            #expect(error?.sqlState == .undefinedColumn)
            #expect(error?.statement == "SELECT nothing FROM t")
            try connection.pipeline { $0.add("INSERT INTO t VALUES (2)") }
            try #require(count(connection) == 1)
        }
    }

    @Test func `a whole transaction takes one round trip and is undone as a whole`() async throws {
        try await withTable { connection in
            let results = try connection.transactionPipeline { pipeline in
                pipeline.add("INSERT INTO t VALUES (1)")
                pipeline.add("INSERT INTO t VALUES (2) RETURNING a")
            }
            #expect(results.count == 2)
            #expect(try results[1].one().get(0, as: Int64.self) == 2)
            #expect(!connection.isInTransaction)
            let error = #expect(throws: PostgresError.self) {
                try connection.transactionPipeline { pipeline in
                    pipeline.add("INSERT INTO t VALUES (3)")
                    pipeline.add("SELECT 1/0")
                }
            }
            #expect(error?.statementIndex == 1)
            #expect(error?.sqlState == .divisionByZero)
            #expect(!connection.isInTransaction)
            try #require(count(connection) == 2)
        }
    }

    @Test func `what fails at the commit is a sure failure`() async throws {
        try await withTable { connection in
            let explicit = #expect(throws: PostgresError.self) {
                try connection.transactionPipeline { $0.add("INSERT INTO t VALUES (1, NULL, 99)") }
            }
            #expect(explicit?.sqlState == .foreignKeyViolation)
            #expect(explicit?.code == .server)
            let implicit = #expect(throws: PostgresError.self) {
                try connection.pipeline { $0.add("INSERT INTO t VALUES (1, NULL, 99)") }
            }
            #expect(implicit?.sqlState == .foreignKeyViolation)
            #expect(implicit?.statementIndex == nil)
            let kept = try count(connection)
            #expect(kept == 0)
        }
    }

    @Test func `a pipeline within a transaction is a part of it`() async throws {
        try await withTable { connection in
            try connection.transaction { transaction in
                try transaction.pipeline { $0.add("INSERT INTO t VALUES (1)") }
                #expect(throws: PostgresError.self) {
                    try transaction.savepoint { part in
                        try part.pipeline { pipeline in
                            pipeline.add("INSERT INTO t VALUES (2)")
                            pipeline.add("SELECT 1/0")
                        }
                    }
                }
                try transaction.pipeline { $0.add("INSERT INTO t VALUES (3)") }
            }
            #expect(try connection.query("SELECT a FROM t ORDER BY a").values(of: Int64.self) == [1, 3])
        }
    }

    @Test func `nothing is sent when the recording throws`() async throws {
        struct Changed: Error {}
        try await withTable { connection in
            #expect(throws: Changed.self) {
                try connection.transactionPipeline { pipeline in
                    pipeline.add("INSERT INTO t VALUES (1)")
                    throw Changed()
                }
            }
            let kept = try count(connection)
            #expect(kept == 0)
        }
    }

    @Test func `both directions may be full at once`() async throws {
        try await withTable { connection in
            let block = [UInt8](repeating: 7, count: 1 << 20)
            let results = try connection.pipeline { pipeline in
                for _ in 0..<30 { pipeline.add("SELECT $1::bytea", block) }
            }
            #expect(results.count == 30)
            for result in results { #expect(try result.one().get(0, as: [UInt8].self).count == 1 << 20) }
        }
    }

    @Test func `more statements than are kept prepared can be pipelined`() async throws {
        try await TestDatabase.with { database in
            var settings = database.settings
            settings.preparedStatements = 1
            let connection = try PostgresConnection.connect(settings)
            defer { connection.close() }
            for _ in 0..<3 {
                let results = try connection.pipeline { pipeline in
                    pipeline.add("SELECT 1")
                    pipeline.add("SELECT 2")
                    pipeline.add("SELECT 1")
                    pipeline.add("SELECT 3")
                }
                #expect(try results.map { try $0.one().get(0, as: Int32.self) } == [1, 2, 1, 3])
            }
        }
    }

    @Test func `a transaction recorded ahead is sent as often as one likes, on any connection`() async throws {
        try await TestDatabase.with { database in
            let pipeline = PostgresPipeline()
            pipeline.recordTransaction { pipeline in
                pipeline.add("CREATE TABLE IF NOT EXISTS t (id integer)")
                pipeline.add("INSERT INTO t VALUES ($1)", Int32(7))
            }
            for _ in 0..<2 {
                let connection = try PostgresConnection.connect(database.settings)
                for _ in 0..<2 {
                    #expect(try connection.transaction(of: pipeline).map(\.commandTag).last == "INSERT 0 1")
                }
                #expect(!connection.isInTransaction)
            }
            pipeline.recordTransaction { $0.add("INSERT INTO t SELECT 1 / (count(*) - 4) FROM t") }
            let connection = try PostgresConnection.connect(database.settings)
            let error = #expect(throws: PostgresError.self) { try connection.transaction(of: pipeline) }
            #expect(error?.statementIndex == 0)
            #expect(try connection.query("SELECT count(*) FROM t").one().get(0, as: Int.self) == 4)
        }
    }

    // MARK: What a lost connection means, without a server.

    private static let lost = PostgresError(.init(code: .connectionLost, message: "lost", isConnectionLost: true))

    private static func farewell() -> PostgresError {
        var facts = lost.facts
        facts.sqlState = .adminShutdown
        return PostgresError(facts)
    }

    private func exchange(committing: Bool, isPart: Bool = false) -> PipelineExchange {
        let pipeline = PostgresPipeline()
        if committing {
            pipeline.recordTransaction { $0.add("SELECT 1") }
        } else {
            pipeline.recordAnew { $0.add("SELECT 1") }
        }
        return PipelineExchange(entries: pipeline.entries, isPart: isPart)
    }

    @Test func `a connection lost without a word leaves a commit unknown`() {
        #expect(exchange(committing: true).verdict(on: Self.lost).code == .commitOutcomeUnknown)
        #expect(exchange(committing: false).verdict(on: Self.lost).code == .commitOutcomeUnknown)
        #expect(exchange(committing: true).verdict(on: Self.lost).isRetryable == false)
    }

    @Test func `a connection lost within a surrounding transaction commits nothing`() {
        let verdict = exchange(committing: false, isPart: true).verdict(on: Self.lost)
        #expect(verdict.code == .connectionLost)
        #expect(verdict.isRetryable)
    }

    @Test func `a connection lost after a refusal commits nothing`() {
        var exchange = exchange(committing: true)
        exchange.failed(1, PostgresError(.init(code: .server, message: "no", sqlState: .uniqueViolation)))
        let verdict = exchange.verdict(on: Self.lost)
        #expect(verdict.sqlState == .uniqueViolation)
        #expect(verdict.isConnectionLost)
    }

    @Test func `a farewell in place of an answer before the commit means that there was none`() {
        var exchange = exchange(committing: true)
        exchange.farewell = Self.farewell()
        let verdict = exchange.verdict(on: Self.farewell())
        #expect(verdict.code == .connectionLost)
        #expect(verdict.isRetryable)
    }

    @Test func `a farewell at the end of an implicit transaction leaves it unknown`() {
        var exchange = exchange(committing: false)
        exchange.farewell = Self.farewell()
        exchange.isAtSync = true
        #expect(exchange.verdict(on: Self.farewell()).code == .commitOutcomeUnknown)
    }
}
