import Postgres
import Runtime
import TestSupport
import Testing
import Ticketing
import Wire

@testable import Query

@Suite struct WaitingLineTests {
    private let start = MonotonicTime(nanoseconds: 1_000_000_000_000)

    @Test func aPlaceIsHowManyAreBefore() {
        var line = WaitingLine([3, 7, 20], at: start, cost: .zero)
        #expect([3, 7, 20].map { line.place(of: $0) } == [1, 2, 3])
        // Who has been offered something meanwhile is not in it, and was where he was.
        #expect(line.place(of: 1) == 1 && line.place(of: 8) == 3)
        line.append([21, 30])
        #expect(line.place(of: 30) == 5)
        #expect(WaitingLine([], at: start, cost: .zero).place(of: 9) == 1)
    }

    @Test func onlyALongLineIsKeptAndNotForLong() {
        let short = WaitingLine(Array(1...999), at: start, cost: .seconds(1))
        #expect(!short.isFresh(at: start))
        let long = WaitingLine(Array(1...1_000), at: start, cost: .milliseconds(20))
        #expect(long.isFresh(at: start + .milliseconds(199)) && !long.isFresh(at: start + .milliseconds(200)))
        let slow = WaitingLine(Array(1...1_000), at: start, cost: .seconds(10))
        #expect(slow.isFresh(at: start + .milliseconds(999)) && !slow.isFresh(at: start + .seconds(1)))
    }
}

extension ServedTests {
    /// Two thousand people who wait for a tier.
    @Suite struct WaitingLinesTests {
        private static let length = 2_000
        private static let show = ShowId(EventId(high: 1, low: 2), 1)
        private static let key = WaitingLines.Key(show: show, tier: 0)

        private static func fill(_ connection: PostgresConnection, from first: Int, to last: Int) throws {
            try connection.execute(
                """
                INSERT INTO waitlist_entry (event, id, id_index, show, tier, buyer, quantity, line_order, status,
                    pass_overs)
                SELECT $1, gen_random_uuid(), 0, 1, 0, 'b', 1, n * 10, 0, 0 FROM generate_series($2::bigint, $3) AS n
                """, PostgresUUID(high: 1, low: 2), Int64(first), Int64(last))
        }

        /// Rows and entries of indexes that the server has read of the table.
        private static func reads(_ connection: PostgresConnection) throws -> Int {
            try connection.run(script: "SELECT pg_stat_force_next_flush()")
            return try connection.query(
                """
                SELECT (seq_tup_read + (
                    SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname = 'waitlist_entry'))::bigint
                FROM pg_stat_user_tables WHERE relname = 'waitlist_entry'
                """
            ).one().get(0)
        }

        private static func people(_ numbers: some Sequence<Int>) -> [(line: WaitingLines.Key, order: Int64)] {
            numbers.map { (key, Int64($0 * 10)) }
        }

        @Test func aLineIsReadOnceForAllWhoStandInIt() async throws {
            try await SeatsScene.with { seats in
                try seats.withConnection { connection in
                    try Self.fill(connection, from: 1, to: Self.length)
                    let before = try Self.reads(connection)
                    let numbers = stride(from: 10, through: Self.length, by: 10)
                    let places = try WaitingLines().places(of: Self.people(numbers), in: connection)
                    #expect(places == Array(numbers))
                    #expect(try Self.reads(connection) - before <= 2 * Self.length)
                }
            }
        }

        @Test func aLongLineIsKeptForAMomentAndWhoJoinsIsAdded() async throws {
            try await SeatsScene.with { seats in
                try seats.withConnection { connection in
                    // The clock stands still but for what reading takes.
                    let lines = WaitingLines(time: StepTime(step: .milliseconds(50)))
                    try Self.fill(connection, from: 1, to: Self.length)
                    #expect(try lines.places(of: Self.people([7]), in: connection) == [7])
                    try connection.execute("DELETE FROM waitlist_entry WHERE line_order <= 50")
                    let before = try Self.reads(connection)
                    #expect(try lines.places(of: Self.people([7]), in: connection) == [7])
                    #expect(try Self.reads(connection) == before)
                    try Self.fill(connection, from: Self.length + 1, to: Self.length + 3)
                    #expect(
                        try lines.places(of: Self.people([7, Self.length + 3]), in: connection)
                            == [7, Self.length + 3])
                    // In the end it is read anew.
                    var place = 7
                    for _ in 0..<20 where place == 7 {
                        place = try lines.places(of: Self.people([7]), in: connection)[0]
                    }
                    #expect(place == 2)
                }
            }
        }
    }
}

/// Each look at the clock takes a while.
private final class StepTime: TimeSource {
    private let time = ManualTime()
    private let step: Duration

    init(step: Duration) { self.step = step }

    var wall: Timestamp { time.wall }
    var monotonic: MonotonicTime {
        time.advance(by: step)
        return time.monotonic
    }
}
