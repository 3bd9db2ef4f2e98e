import Postgres
import Runtime
import TestSupport
import Testing

@Suite struct QueryTests {
    @Test func `a query returns typed rows`() async throws {
        try await TestDatabase.withConnection { connection in
            let rows = try connection.query(
                "SELECT n::bigint AS id, 'row ' || n AS name FROM generate_series(1, $1) n ORDER BY n", 3 as Int32)
            let decoded = try rows.decode((Int64, String?).self)
            #expect(decoded.map(\.0) == [1, 2, 3])
            #expect(decoded.map(\.1) == ["row 1", "row 2", "row 3"])
            #expect(try rows[1].get("name") == "row 2")
        }
    }
}
