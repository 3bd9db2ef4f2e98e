import Postgres
import TestSupport
import Testing
import Ticketing
import Wire

@testable import Query

extension ServedTests {
    @Suite struct StoredLinesTests {
        /// Those who come back together are answered from one look: the one with the oldest version must not cost the
        /// others what they need.
        @Test func whereThereAreTooManyTheNewestAreFound() async throws {
            try await SeatsScene.with { seats in
                try seats.withConnection { connection in
                    let show = ShowId(EventId(high: 3, low: 4), 1)
                    for version in UInt64(1)...10 {
                        var line: [UInt8] = []
                        ChangeLine(show: show, version: version, changes: []).append(to: &line)
                        try connection.execute(
                            "INSERT INTO change VALUES (0, $1, 1, $2, $2, now(), $3)", PostgresUUID(high: 3, low: 4),
                            Int64(version), line)
                    }
                    let source = PostgresBoardSource(connection: connection, cache: FactsCache(), mostLines: 3)
                    let lines = try source.lines(of: show, after: 0)
                    #expect(lines.map(\.first) == [8, 9, 10])
                    #expect(MergedLine.leading(from: 7, lines)?.count == 3)
                    #expect(MergedLine.leading(from: 9, lines)?.count == 1)
                    #expect(MergedLine.leading(from: 6, lines) == nil)
                    #expect(try source.lines(of: show, after: 8).map(\.first) == [9, 10])
                }
            }
        }
    }
}
