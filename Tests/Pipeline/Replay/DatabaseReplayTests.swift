import PipelineTestSupport
import Postgres
import TestSupport
import Testing
import Ticketing

@testable import Pipeline

/// A recorded history in a real database, as the store writes it, and what replay and verification make of it.
@Suite struct DatabaseReplayTests {
    private static func stored(
        seed: UInt64 = 5, batches: Int = 60, _ body: @escaping @Sendable (PostgresWorld, Recorder) throws -> Void
    ) async throws {
        try await PostgresWorld.with { world in
            let recorder = try RecordedHistory.make(seed: seed, batches: batches)
            try store(recorder, in: world)
            try body(world, recorder)
        }
    }

    static func store(_ recorder: Recorder, in world: PostgresWorld) throws {
        let store = try world.open(WorkerId("recorder"))
        var weeks: Set<Int> = []
        for sealed in recorder.sealed {
            if weeks.insert(Keys.week(of: sealed.batch.at)).inserted {
                try world.connection.execute("SELECT prepare_week($1)", Int32(Keys.week(of: sealed.batch.at)))
            }
            try world.connection.execute(
                "UPDATE partition SET epoch = $1 WHERE number = $2", Int64(sealed.batch.epoch),
                Int32(sealed.batch.partition))
            try store.commit([sealed])
        }
    }

    private static func replay(_ world: PostgresWorld) throws -> DatabaseReplay.Report {
        try DatabaseReplay.run(world.database.settings)
    }

    private static func verify(_ world: PostgresWorld) throws -> DatabaseVerification.Report {
        try DatabaseVerification.run(world.database.settings)
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func aStoredHistoryIsDecidedTheSameAgainAndKeepsItsPromises(_ seed: UInt64) async throws {
        try await Self.stored(seed: seed, batches: 120) { world, recorder in
            let entries = recorder.journal.reduce(0) { $0 + $1.rows.count }
            let replay = try Self.replay(world)
            #expect(replay.findings.first.map(\.description) == [])
            #expect(replay.tally.compared == entries)
            #expect(replay.events == recorder.states.count)
            let verification = try Self.verify(world)
            #expect(verification.findings.first.map(\.description) == [])
            #expect(verification.entries == entries && verification.batches == recorder.journal.count)
        }
    }

    /// A change behind everybody's back, and what finds it.
    struct Tampering: Sendable, CustomStringConvertible {
        let description: String
        let statement: SQL
        var replayed: Set<Finding.Code> = []
        var verified: Set<Finding.Code> = []
    }

    static let tamperings: [Tampering] = [
        Tampering(
            description: "an entry is gone",
            statement:
                """
                DELETE FROM journal WHERE (partition, sequence) = (
                    SELECT partition, max(sequence) / 2 FROM journal GROUP BY partition ORDER BY partition LIMIT 1)
                """,
            replayed: [.gap], verified: [.gap]),
        Tampering(
            description: "an entry that no batch has",
            statement: """
                INSERT INTO journal SELECT week, partition, 1000000, batch_no, kind,
                    '00000000-0000-0000-0000-000000000001', event, tenant, status, payload, reply, writes, salt
                FROM journal LIMIT 1
                """,
            replayed: [.gap], verified: [.gap]),
        Tampering(
            description: "a batch is gone", statement: "DELETE FROM batch WHERE number = 3 AND partition = 1",
            replayed: [.gap], verified: [.gap]),
        Tampering(
            description: "an answer", statement: "UPDATE journal SET reply = '{}' WHERE sequence = 2",
            replayed: [.root, .reply], verified: [.root]),
        Tampering(
            description: "the partition's row",
            statement: "UPDATE partition SET batch_no = batch_no - 1 WHERE number = 1",
            replayed: [.tail], verified: [.tail]),
        Tampering(
            description: "a stranger's key", statement: "DELETE FROM signing_key", replayed: [.key], verified: [.key]),
        Tampering(
            description: "a place is free in the tables",
            statement: "DELETE FROM claim WHERE ctid = (SELECT min(ctid) FROM claim WHERE kind <> 2)",
            replayed: [.state], verified: [.place]),
        Tampering(
            description: "a place is somebody else's",
            statement: """
                UPDATE claim SET holder = gen_random_uuid()
                WHERE ctid = (SELECT min(ctid) FROM claim WHERE kind <> 2)
                """,
            replayed: [.state], verified: [.place]),
        Tampering(
            description: "an event is gone",
            statement: "DELETE FROM event WHERE id = (SELECT min(id::text)::uuid FROM event)",
            replayed: [.state], verified: []),
        Tampering(
            description: "a limit that was lower", statement: "UPDATE event SET max_tickets_per_buyer = 1",
            replayed: [.state], verified: [.limit]),
        Tampering(
            description: "a ticket that ended", statement: "UPDATE ticket SET ended_at = now()", verified: [.place]),
        Tampering(
            description: "an effect of nobody's",
            statement: "UPDATE effect SET command = gen_random_uuid()", verified: [.effect]),
        Tampering(
            description: "a ticket's price", statement: "UPDATE ticket SET price = price + 1", verified: [.money]),
        Tampering(
            description: "less was taken", statement: "UPDATE payment SET captured = captured - 1 WHERE captured > 0",
            replayed: [.state], verified: [.money]),
        Tampering(
            description: "a refund is gone", statement: "DELETE FROM refund", replayed: [.state], verified: [.money]),
        Tampering(
            description: "a refund twice as large", statement: "UPDATE refund SET amount = 1000000", replayed: [.state],
            verified: [.money]),
        Tampering(
            description: "a booking is gone", statement: "DELETE FROM booking", replayed: [.state], verified: [.money]),
        Tampering(
            description: "a provider gave back more than was taken",
            statement: """
                INSERT INTO refund
                SELECT event, id, id_index << 8 | 250, id, id_index, 1000000, 6, 2, 'x', captured_currency
                FROM payment WHERE status = 4 AND captured > 0
                """, replayed: [.state], verified: [.money]),
        Tampering(
            description: "a booking whose money a bank took back",
            statement: """
                INSERT INTO dispute SELECT event, payment, payment_index, 'x', 1, 'EUR', 2 FROM booking WHERE status = 0
                """, replayed: [.state], verified: [.money]),
        Tampering(
            description: "an offer that is none",
            statement: "UPDATE waitlist_entry SET status = 1", verified: [.line]),
        Tampering(
            description: "a command in two weeks",
            statement: """
                UPDATE journal SET id = (SELECT id FROM journal AS other WHERE other.sequence = 1 LIMIT 1)
                WHERE partition = 1 AND sequence = 4
                """, replayed: [.root]),
    ]

    @Test(arguments: tamperings)
    func tamperingIsFound(_ tampering: Tampering) async throws {
        try await Self.stored(seed: 5, batches: 100) { world, _ in
            try world.connection.execute("ALTER TABLE journal DROP CONSTRAINT journal_week_id_key")
            let changed = try world.connection.execute(tampering.statement)
            try #require(changed > 0, "nothing was tampered with")
            let replayed = try Self.replay(world).findings.first
            #expect(tampering.replayed.isSubset(of: Set(replayed.map(\.code))), "\(replayed)")
            let verified = try Self.verify(world).findings.first
            #expect(tampering.verified.isSubset(of: Set(verified.map(\.code))), "\(verified)")
            #expect(!replayed.isEmpty || !verified.isEmpty)
        }
    }

    @Test func aCommandThatWasDecidedInTwoWeeksIsFound() async throws {
        try await Self.stored(batches: 20) { world, recorder in
            let week = Keys.week(of: Recorder.start)
            try world.connection.execute("SELECT prepare_week($1)", Int32(week + 1))
            try world.connection.execute(
                """
                INSERT INTO journal SELECT week + 1, partition, sequence, batch_no, kind, id, event, tenant, status,
                    payload, reply, writes, salt
                FROM journal WHERE sequence = 1 AND partition = $1
                """, Int32(recorder.tails[0].partition))
            let found = try Self.verify(world).findings.first
            #expect(found.map(\.code).contains(.twice))
        }
    }

    @Test func nothingAtAllIsRightAndSaysSo() async throws {
        try await PostgresWorld.with { world in
            let (replayed, verified) = (try Self.replay(world), try Self.verify(world))
            #expect(replayed.findings.isEmpty && verified.findings.isEmpty)
            #expect(replayed.tally.entries == 0 && !verified.promises.isEmpty)
        }
    }
}
