import Pipeline
import PipelineTestSupport
import Postgres
import Runtime
import TestSupport
import Testing
import Ticketing

/// Who has what, where the database has a say of its own.
@Suite struct PartitionOwnershipTests {
    @Test func aFrozenOwnersOpenTransactionIsEndedByTheClaimFromIt() async throws {
        try await PostgresWorld.with { world in
            let frozen = try world.open("frozen", as: "control")
            _ = try frozen.claim([ClaimRequest(number: 0, epoch: 0)], for: "frozen")
            var settings = world.database.settings
            settings.applicationName = "frozen committer"
            let committer = try PostgresConnection.connect(settings)
            defer { committer.close() }
            try committer.run(script: "BEGIN; SELECT FROM partition WHERE number = 0 FOR UPDATE")

            let store = try world.open("other")
            let locked = try store.claim([ClaimRequest(number: 0, epoch: 1, deadOwner: "nobody")], for: "other")
            #expect(locked.isEmpty, "a claim waits for nobody")
            let claims = try store.claim([ClaimRequest(number: 0, epoch: 1, deadOwner: "frozen")], for: "other")
            #expect(claims.map(\.epoch) == [2])
            #expect(throws: PostgresError.self) { try committer.execute("COMMIT") }
        }
    }

    @Test func aClaimEndsTheSessionsOfTheDeadOwnerAlone() async throws {
        try await PostgresWorld.with { world in
            let (_, other) = (try world.open("two", as: "control"), try world.open("two-b", as: "control"))
            let store = try world.open("one")
            _ = try store.claim([ClaimRequest(number: 0, epoch: 0, deadOwner: "two")], for: "one")
            let told = try other.beat(WorkerBeat(worker: "two-b"))
            #expect(told.members == ["two-b"])
        }
    }

    @Test func aWorkerWhoseHeartbeatIsOldIsDeadEvenIfItsSessionStands() async throws {
        try await PostgresWorld.with { world in
            let (one, two) = (try world.open("one"), try world.open("two"))
            _ = try two.beat(WorkerBeat(worker: "two"))
            _ = try two.claim([ClaimRequest(number: 0, epoch: 0)], for: "two")
            try world.connection.execute(
                "UPDATE worker SET heartbeat_at = heartbeat_at - interval '7 seconds' WHERE id = 'two'")
            let told = try one.beat(WorkerBeat(worker: "one"))
            #expect(told.members == ["one"])
            #expect(told.partitions[0].owner == "two" && !told.partitions[0].isOwnerAlive)
        }
    }

    @Test func whatOperatorsSayComesWithTheBeat() async throws {
        try await PostgresWorld.with { world in
            let store = try world.open("one")
            #expect(try !store.beat(WorkerBeat(worker: "one")).shouldDrain)
            try world.connection.run(
                script: "UPDATE worker SET should_drain = true; UPDATE partition SET is_paused = true WHERE number = 2")
            let told = try store.beat(WorkerBeat(worker: "one", owned: 3, decided: 9, loadedEvents: 4))
            #expect(told.shouldDrain)
            #expect(told.partitions.filter(\.isPaused).map(\.number) == [2])
            #expect(try world.count("SELECT count(*) FROM worker WHERE owned = 3 AND decided = 9") == 1)
        }
    }

    @Test func aLinesNumbersAreForItsLife() async throws {
        try await PostgresWorld.with { world in
            try PostgresStore.prepareLine("seats", partitions: 4, spares: 2, on: world.connection)
            let error = #expect(throws: StoreError.self) {
                try PostgresStore.prepareLine("seats", partitions: 8, spares: 2, on: world.connection)
            }
            #expect(error?.code == .rejected && error?.reason.contains("cannot be changed") == true)
            #expect(try world.count("SELECT count(*) FROM partition") == 6)
            let missing = #expect(throws: StoreError.self) {
                try PostgresStore.connect(world.database.settings, for: "one", as: "test", line: "nowhere")
            }
            #expect(missing?.code == .rejected && missing?.reason.contains("nowhere") == true)
        }
    }
}

/// The journal's tables by week.
@Suite struct WeekTests {
    private static let tables: SQL = """
        SELECT count(*) FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
        WHERE i.inhparent IN ('journal'::regclass, 'batch'::regclass) AND c.relkind = 'r'
        """

    @Test func thisWeeksAndTheNextAreThereBeforeTheyAreNeeded() async throws {
        try await PostgresWorld.with { world in
            #expect(try world.count(Self.tables) == 4)
            try world.connection.run(
                script: """
                    DO $$ DECLARE child regclass; BEGIN
                        FOR child IN
                            SELECT inhrelid::regclass FROM pg_inherits JOIN pg_class AS c ON c.oid = inhrelid
                            WHERE inhparent IN ('journal'::regclass, 'batch'::regclass)
                        LOOP EXECUTE 'DROP TABLE ' || child; END LOOP;
                    END $$
                    """)
            let store = try world.open("one")
            _ = try store.beat(WorkerBeat(worker: "one"))
            #expect(try world.count(Self.tables) == 4, "a beat makes them")
            #expect(
                try world.count(
                    """
                    SELECT count(*) FROM pg_class AS c JOIN pg_inherits ON c.oid = inhrelid
                    WHERE inhparent IN ('journal'::regclass, 'batch'::regclass)
                        AND 'autovacuum_vacuum_insert_threshold=2000000' = ANY (reloptions)
                    """) == 4, "what only grows is not vacuumed all the time")
        }
    }

    @Test func workersThatMakeThemAtOnceTakeTurns() async throws {
        try await PostgresWorld.with { world in
            let settings = world.database.settings
            let failures = Lock<[any Error]>([])
            let threads = try (0..<4).map { number in
                try OwnedThread(name: "worker-\(number)") {
                    do {
                        let connection = try PostgresConnection.connect(settings)
                        defer { connection.close() }
                        for week in Int32(3_000)..<3_010 { try connection.execute("SELECT prepare_week($1)", week) }
                    } catch {
                        failures.withLock { $0.append(error) }
                    }
                }
            }
            for thread in threads { thread.join() }
            #expect(failures.withLock { $0.map { "\($0)" } } == [])
            #expect(try world.count(Self.tables) == 24)
        }
    }

    @Test func theyAreMadeWhileOthersWrite() async throws {
        try await PostgresWorld.with { world in
            var settings = world.database.settings
            settings.lockTimeout = .milliseconds(500)
            let writer = try PostgresConnection.connect(settings)
            defer { writer.close() }
            try writer.transaction { transaction in
                try transaction.run(script: "DELETE FROM journal; DELETE FROM batch")
                let other = try PostgresConnection.connect(settings)
                defer { other.close() }
                try other.execute("SELECT prepare_week(3000)")
                try transaction.run(script: "DELETE FROM journal")
            }
        }
    }
}
