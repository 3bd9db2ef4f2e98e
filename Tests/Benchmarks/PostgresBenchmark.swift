internal import Foundation
internal import Postgres
internal import Runtime
internal import TestSupport

/// What the wrapper costs beside `psql`, and what one connection can do.
enum PostgresBenchmark {
    static func run(_ servers: TestServers) async throws {
        try await onThread("benchmark") {
            let database = try TestDatabase()
            let result = Result {
                let connection = try PostgresConnection.connect(database.settings)
                defer { connection.close() }
                try copy(connection, database)
                try pipelinedInserts(connection)
                try roundTrips(connection)
            }
            try database.drop()
            try result.get()
        }
    }

    // MARK: COPY

    private static let copiedRows = 1_000_000

    /// The same rows by the wrapper and by `psql \copy`, in turns.
    private static func copy(_ connection: PostgresConnection, _ database: TestDatabase) throws {
        try connection.run(
            script:
                "CREATE TABLE narrow (id bigint NOT NULL, n int NOT NULL, at timestamptz NOT NULL, tag bytea NOT NULL)")
        let folder = try TemporaryFolder("benchmark")
        defer { withExtendedLifetime(folder) {} }
        let text = folder.file("rows.text")
        let binary = folder.file("rows.binary")

        var wrapper: [Double] = []
        var psqlText: [Double] = []
        var psqlBinary: [Double] = []
        for round in 0..<4 {
            let seconds = try measureCopy(connection)
            if round == 0 {
                // Not counted: it warms the server up and makes the files.
                _ = try psql("\\copy narrow TO '\(text)'", database)
                _ = try psql("\\copy narrow TO '\(binary)' (FORMAT binary)", database)
                continue
            }
            wrapper.append(seconds)
            try connection.run(script: "TRUNCATE narrow")
            psqlText.append(try psql("\\copy narrow FROM '\(text)'", database))
            try connection.run(script: "TRUNCATE narrow")
            psqlBinary.append(try psql("\\copy narrow FROM '\(binary)' (FORMAT binary)", database))
        }
        let own = rate(copiedRows, median(wrapper))
        for (name, times) in [("psql-text", psqlText), ("psql-binary", psqlBinary)] {
            let other = rate(copiedRows, median(times))
            print(
                "postgres.copy.wrapper \(own) rows/s  \(name) \(other) rows/s  ratio "
                    + "\(ratio(median(wrapper), median(times)))"
            )
        }
    }

    private static func measureCopy(_ connection: PostgresConnection) throws -> Double {
        try connection.run(script: "TRUNCATE narrow")
        return try seconds {
            try connection.copy(
                into: "narrow", columns: ["id", "n", "at", "tag"], of: (Int64, Int32, Timestamp, PostgresUUIDBytes).self
            ) { copy in
                for id in 0..<Int64(copiedRows) {
                    try copy.write(
                        id, Int32(truncatingIfNeeded: id & 0xFFFF), Timestamp(microseconds: 1_700_000_000_000_000 + id),
                        PostgresUUIDBytes(high: UInt64(id), low: ~UInt64(id)))
                }
            }
        }
    }

    /// Runs a `\copy` and returns the seconds that psql itself took for it.
    private static func psql(_ command: String, _ database: TestDatabase) throws -> Double {
        let outcome = try Tool.run(
            "/usr/bin/env", ["psql", "-X", "-q", database.url, "-c", "\\timing on", "-c", command])
        guard outcome.code == 0,
            let time = outcome.output.split(separator: "Time: ").last?.split(separator: " ").first,
            let milliseconds = Double(time)
        else { throw BenchmarkFailure(description: "psql: \(outcome.output)\(outcome.error)") }
        return milliseconds / 1000
    }

    // MARK: Pipelined inserts

    /// The shape of a commit: a whole transaction in one round trip, arrays of 500 rows, synchronous_commit on.
    private static func pipelinedInserts(_ connection: PostgresConnection) throws {
        try connection.run(
            script: "CREATE TABLE journal (id bigint PRIMARY KEY, n int, at timestamptz, tag bytea, body bytea)")
        let batch = 500
        let body = [UInt8](repeating: 0x7B, count: 200)
        var next: Int64 = 0
        var commits = 0
        let elapsed = try seconds {
            let end = SystemTime().monotonic + .seconds(4)
            while SystemTime().monotonic < end {
                let first = next
                try connection.transactionPipeline { pipeline in
                    pipeline.add(
                        """
                        INSERT INTO journal
                        SELECT * FROM unnest($1::bigint[], $2::int[], $3::timestamptz[], $4::bytea[], $5::bytea[])
                        """,
                        PostgresColumn(batch) { first + Int64($0) },
                        PostgresColumn(batch) { Int32(truncatingIfNeeded: first + Int64($0)) },
                        PostgresColumn(batch) { Timestamp(microseconds: first + Int64($0)) },
                        PostgresColumn<[UInt8]>(
                            batch,
                            writing: { row, writer in
                                writer.append(integer: first + Int64(row))
                                writer.append(integer: ~(first + Int64(row)))
                            }),
                        PostgresColumn<[UInt8]>(batch, writing: { $1.append(bytes: body) }))
                }
                next += Int64(batch)
                commits += 1
            }
        }
        print(
            "postgres.pipeline.unnest "
                + "\(rate(Int(next), elapsed)) rows/s  \(rate(commits, elapsed)) commits/s of \(batch) rows"
        )

        // The client's part alone: encoding, without a server.
        let parameters = PostgresParameters()
        let rounds = 2000
        let encoding = try seconds {
            for _ in 0..<rounds {
                parameters.removeAll()
                parameters.append(PostgresColumn(batch) { Int64($0) })
                parameters.append(PostgresColumn(batch) { Int32(truncatingIfNeeded: $0) })
                parameters.append(PostgresColumn(batch) { Timestamp(microseconds: Int64($0)) })
                parameters.append(PostgresColumn<[UInt8]>(batch, writing: { $1.append(integer: Int64($0)) }))
                parameters.append(PostgresColumn<[UInt8]>(batch, writing: { $1.append(bytes: body) }))
            }
        }
        print("postgres.encode \(rate(rounds * batch, encoding)) rows/s of 5 array columns")
    }

    // MARK: Round trips

    private static func roundTrips(_ connection: PostgresConnection) throws {
        try connection.execute("SELECT $1::bigint", 0 as Int64)
        let count = 20_000
        let elapsed = try seconds {
            for number in 0..<Int64(count) {
                let back: Int64 = try connection.query("SELECT $1::bigint", number).one().get(0)
                precondition(back == number)
            }
        }
        print("postgres.select.roundtrip \(rate(count, elapsed)) statements/s")
        let rows = 500_000
        var sum: Int64 = 0
        let reading = try seconds {
            let result = try connection.query("SELECT n::bigint, n::int FROM generate_series(1, $1) n", Int32(rows))
            for row in result { sum += try row.get(0, as: Int64.self) + Int64(try row.get(1, as: Int32.self)) }
        }
        precondition(sum == Int64(rows) * Int64(rows + 1))
        print("postgres.select.rows \(rate(rows, reading)) rows/s")
    }

    // MARK: Figures

    private static func seconds(_ body: () throws -> Void) throws -> Double {
        let start = SystemTime().monotonic
        try body()
        return Double((SystemTime().monotonic - start).nanoseconds) / 1e9
    }

    private static func median(_ values: [Double]) -> Double {
        values.sorted()[values.count / 2]
    }

    private static func rate(_ count: Int, _ seconds: Double) -> Int { Int(Double(count) / seconds) }

    private static func ratio(_ own: Double, _ other: Double) -> String { String(format: "%.2f", own / other) }
}

private struct BenchmarkFailure: Error, CustomStringConvertible {
    let description: String
}

/// Sixteen bytes as a `bytea`, without an array for each.
private struct PostgresUUIDBytes: PostgresEncodable {
    let high: UInt64
    let low: UInt64

    static var postgresType: PostgresType { .bytea }

    func encode(into writer: inout PostgresWriter) {
        writer.append(integer: high)
        writer.append(integer: low)
    }
}
