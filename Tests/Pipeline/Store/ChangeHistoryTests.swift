import Pipeline
import PipelineTestSupport
import Postgres
import TestSupport
import Testing
import Ticketing
import Wire

/// How what readers were told is read, and thrown away.
@Suite struct ChangeHistoryTests {
    private static let event = EventId(high: 3, low: 4)
    private static let hall = [SectionSpec(name: "Floor", tier: "A", rows: [RowSpec(name: "A", seats: 6)])]

    @Test func theNewestLinesComeInOrderAndFromAnyVersion() async throws {
        try await PostgresWorld.with { world in
            let show = ShowId(Self.event, 2)
            for first in [UInt64](stride(from: 1, through: 19, by: 2)).shuffled() {
                try Self.insert(world, show, first...first + 1)
            }
            func found(_ version: UInt64, atMost limit: Int = 100) throws -> [[UInt64]] {
                try ChangeHistory.lines(of: show, after: version, atMost: limit, on: world.connection).map {
                    [$0.first, $0.line.version]
                }
            }
            #expect(try found(0) == stride(from: 1, through: 19, by: 2).map { [$0, $0 + 1] })
            #expect(try found(16) == [[17, 18], [19, 20]])
            #expect(try found(17) == [[17, 18], [19, 20]], "its batch has more than the reader knows")
            #expect(try found(20).isEmpty && found(.max).isEmpty)
            #expect(try found(4, atMost: 2) == [[17, 18], [19, 20]])
            #expect(try found(4, atMost: 0).isEmpty)
            #expect(
                try ChangeHistory.lines(of: ShowId(Self.event, 1), after: 0, on: world.connection).isEmpty)
        }
    }

    @Test func whatIsBeforeAGapIsLeftOut() async throws {
        try await PostgresWorld.with { world in
            let show = ShowId(Self.event, 1)
            for versions in [1...4, 5...5, 8...9, 10...12] as [ClosedRange<UInt64>] {
                try Self.insert(world, show, versions)
            }
            let found = try ChangeHistory.lines(of: show, after: 2, on: world.connection)
            #expect(found.map { [$0.first, $0.line.version] } == [[8, 9], [10, 12]])
        }
    }

    @Test(arguments: ["", "{}", "two"])
    func aRowThatIsNoLineIsAnError(_ text: String) async throws {
        try await PostgresWorld.with { world in
            let show = ShowId(Self.event, 1)
            var bytes = Array(text.utf8)
            if text == "two" {
                bytes = Self.line(show, 1) + Self.line(show, 2)
            }
            try Self.insert(world, show, 1...2, line: bytes)
            #expect(throws: (any Error).self) {
                try ChangeHistory.lines(of: show, after: 0, on: world.connection)
            }
        }
    }

    @Test func aRowWithTheLineOfAnotherIsAnError() async throws {
        try await PostgresWorld.with { world in
            let show = ShowId(Self.event, 1)
            try Self.insert(world, show, 1...2, line: Self.line(ShowId(Self.event, 2), 2))
            #expect(throws: (any Error).self) { try ChangeHistory.lines(of: show, after: 0, on: world.connection) }
            #expect(throws: (any Error).self) { try ChangeHistory.lines(of: show, after: 1, on: world.connection) }
        }
    }

    /// However much is told of other shows, one is found by its key.
    @Test func nothingIsReadThatIsNotAskedFor() async throws {
        try await PostgresWorld.with { world in
            try world.connection.run(
                script: """
                    INSERT INTO change
                    SELECT n % 4, gen_random_uuid(), 1, 1, 1, now(), '' FROM generate_series(1, 8000) AS n;
                    """)
            let show = ShowId(Self.event, 1)
            for version in UInt64(1)...20 { try Self.insert(world, show, version...version) }
            try world.connection.execute("SELECT pg_stat_force_next_flush()")
            let before = try Self.read(world)
            #expect(try ChangeHistory.lines(of: show, after: 15, on: world.connection).count == 5)
            try world.connection.execute("SELECT pg_stat_force_next_flush()")
            let after = try Self.read(world)
            #expect(after.scanned == before.scanned, "no table is read as a whole")
            #expect(after.found - before.found < 20)
        }
    }

    private static func read(_ world: PostgresWorld) throws -> (scanned: Int, found: Int) {
        let scanned = try world.count(
            "SELECT sum(seq_tup_read)::bigint FROM pg_stat_user_tables WHERE relname LIKE 'change\\__'")
        let found = try world.count(
            "SELECT sum(idx_tup_read)::bigint FROM pg_stat_user_indexes WHERE relname LIKE 'change\\__'")
        return (scanned, found)
    }

    // MARK: - Throwing away

    /// Within one transaction there is one time, so that no turn of ten minutes ends in between.
    @Test func whatIsOldIsEmptiedBeforeItsTurnComes() async throws {
        try await PostgresWorld.with { world in
            try world.connection.transaction { transaction throws in
                try Self.fillAll(transaction, age: "11 minutes")
                #expect(try Self.retire(transaction) == 2)
                let left = try transaction.query(
                    "SELECT (slot - change_slot(now()) + 4) % 4 FROM change ORDER BY 1"
                ).values(of: Int.self)
                #expect(left == [0, 3], "the one that is written to, and the one before it")
                #expect(try Self.retire(transaction) == 0, "nothing is emptied twice")
            }
        }
    }

    @Test func whatIsYoungIsKeptWhereverItIs() async throws {
        try await PostgresWorld.with { world in
            try world.connection.transaction { transaction throws in
                try Self.fillAll(transaction, age: "9 minutes")
                #expect(try Self.retire(transaction) == 0)
                #expect(try transaction.query("SELECT count(*) FROM change").one().get(0, as: Int.self) == 4)
            }
        }
    }

    @Test func slotsTakeTurnsOfTenMinutes() async throws {
        try await PostgresWorld.with { world in
            let slots = try world.connection.query(
                """
                SELECT change_slot(timestamptz '2026-06-01T12:00:00Z' + n * interval '1 second')
                FROM unnest(ARRAY[0, 599, 600, 1199, 1200, 1800, 2399, 2400]) WITH ORDINALITY AS r (n, i) ORDER BY i
                """
            ).values(of: Int.self)
            #expect(slots.map { ($0 - slots[0] + 4) % 4 } == [0, 0, 1, 1, 2, 3, 3, 0])
        }
    }

    @Test func oneEmptiesAtATimeAndTheOthersDoNotWait() async throws {
        try await PostgresWorld.with { world in
            let other = try PostgresConnection.connect(world.database.settings)
            defer { other.close() }
            try Self.fillAll(world.connection, age: "1 day")
            try world.connection.transaction { transaction throws in
                #expect(try Self.retire(transaction) == 2)
                #expect(try Self.retire(other) == 0)
            }
        }
    }

    @Test func whatIsBeingReadIsLeftForTheNextTime() async throws {
        try await PostgresWorld.with { world in
            let reader = try PostgresConnection.connect(world.database.settings)
            defer { reader.close() }
            try Self.fillAll(world.connection, age: "1 day")
            try reader.transaction { transaction throws in
                _ = try transaction.query("SELECT count(*) FROM change")
                #expect(try Self.retire(world.connection) == 0)
            }
            #expect(try Self.retire(world.connection) == 2)
        }
    }

    @Test func commitsGoOnWhileOldOnesAreEmptied() async throws {
        try await PostgresWorld.with { world in
            var (store, owner) = try world.owner()
            var clerk = try world.clerk()
            clerk.create(Self.hall)
            try world.connection.transaction { transaction throws in
                // Not the one whose turn is next, which may come while this is done.
                try transaction.execute(
                    """
                    INSERT INTO change
                    SELECT (change_slot(now()) + 2) % 4, gen_random_uuid(), 1, 1, 1, now() - interval '1 day', ''
                    """)
                #expect(try Self.retire(transaction) == 1)
                try owner.commit(clerk.takeEntries(), to: store)
            }
            #expect(try world.changes(of: ShowId(clerk.event, 1), after: 0).count == 1)
        }
    }

    @Test func aWorkerSeesToItOnceInAWhile() async throws {
        try await PostgresWorld.with { world in
            let store = try world.open("one")
            try Self.fillAll(world.connection, age: "1 day")
            _ = try store.beat(WorkerBeat(worker: "one"))
            #expect(try world.count("SELECT count(*) FROM change") == 2)
            try Self.fillAll(world.connection, age: "1 day")
            _ = try store.beat(WorkerBeat(worker: "one"))
            #expect(try world.count("SELECT count(*) FROM change") == 6, "not with every beat")
        }
    }

    private static func retire(_ session: any PostgresSession) throws -> Int {
        try session.query("SELECT retire_changes()").one().get(0, as: Int.self)
    }

    /// One row in each of the tables.
    private static func fillAll(_ session: any PostgresSession, age: String) throws {
        try session.execute(
            """
            INSERT INTO change
            SELECT slot, gen_random_uuid(), 1, 1, 1, now() - $1::text::interval, '' FROM generate_series(0, 3) AS slot
            """, age)
    }

    private static func insert(
        _ world: PostgresWorld, _ show: ShowId, _ versions: ClosedRange<UInt64>, line bytes: [UInt8]? = nil
    ) throws {
        try world.connection.execute(
            "INSERT INTO change VALUES ($1, $2, $3, $4, $5, now(), $6)", Int16(versions.upperBound % 4),
            PostgresUUID(high: show.event.high, low: show.event.low), Int32(show.number),
            Int64(versions.lowerBound), Int64(versions.upperBound), bytes ?? line(show, versions.upperBound))
    }

    private static func line(_ show: ShowId, _ version: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        ChangeLine(show: show, version: version, changes: []).append(to: &bytes)
        return bytes
    }
}
