import Pipeline
import PipelineTestSupport
import Postgres
import Runtime
import Testing
import Ticketing

/// What others read of the tables, and what broken tables lead to.
@Suite struct StoredRowsTests {
    /// An event with one booking of two places, a payment of it, and a hold.
    private static func sale(_ world: PostgresWorld) throws -> (store: any Store, clerk: Clerk) {
        var (store, owner) = try world.owner()
        var clerk = try world.clerk()
        clerk.create([SectionSpec(name: "Floor", tier: "A", rows: [RowSpec(name: "A", seats: 10)])])
        try clerk.book(try clerk.reserve("buyer", 2))
        try clerk.reserve("other")
        try clerk.send(
            .paymentResult(PaymentId(command: CommandId(high: 7, low: 7), index: 0), .succeeded(Money(5, Clerk.euro))))
        try clerk.send(.joinWaitlist(JoinWaitlist(show: 1, buyer: "late", tier: "A", quantity: 8)))
        try owner.commit(clerk.takeEntries(), to: store)
        return (store, clerk)
    }

    @Test func anEventIsStoredForThoseWhoSearch() async throws {
        try await PostgresWorld.with { world in
            _ = try Self.sale(world)
            let row = try world.connection.query(
                """
                SELECT name, city, performers, currency, latitude, (SELECT layout #>> '{0,rows,0,seats}' FROM show),
                    (SELECT version FROM show), (SELECT tiers #>> '{1,name}' FROM event_terms)
                FROM event
                """
            ).one()
            let (name, city, performers, currency, latitude, seats, version, tier) = try row.decode(
                (String, String, [String], String, Int32, String, Int, String).self)
            #expect(name == "Concert “A\\B”" && city == "Köln" && currency == "EUR" && latitude == 50_941_357)
            #expect(performers == ["One, {two}", "\"Three\""])
            #expect(seats == "10" && version > 1 && tier == "B")
        }
    }

    @Test func effectsWaitWithTheirWorkAndAnIdOfTheirOwn() async throws {
        try await PostgresWorld.with { world in
            _ = try Self.sale(world)
            let rows = try world.connection.query(
                """
                SELECT kind, body ->> 'do', body #>> '{money,amount}', body ->> 'payment', id, state,
                    trace
                FROM effect ORDER BY kind
                """
            ).decode((String, String, String, String, PostgresUUID, String, String?).self)
            #expect(rows.map(\.0) == ["incidents", "payments"])
            #expect(rows.map(\.1) == ["report-incident", "create-payment"])
            #expect(rows.map(\.2) == ["5", "10000"])
            #expect(rows.allSatisfy { $0.3.hasPrefix("pay_") && $0.5 == "waiting" })
            #expect(rows.allSatisfy { $0.6 != nil && $0.6 == Clerk.trace?.traceparent })
            #expect(rows.allSatisfy { $0.4.high >> 12 & 0xF == 8 && $0.4.low >> 62 == 2 }, "version and variant")
        }
    }

    @Test func ticketsEndWithTheirBooking() async throws {
        try await PostgresWorld.with { world in
            var (store, owner) = try world.owner()
            var clerk = try world.clerk()
            clerk.create([SectionSpec(name: "Floor", tier: "A", rows: [RowSpec(name: "A", seats: 2)])])
            let first = try clerk.book(try clerk.reserve("a", 2))
            try owner.commit(clerk.takeEntries(), to: store)
            #expect(try world.count("SELECT count(*) FROM ticket WHERE ended_at IS NULL") == 2)
            // Ended, sold again, ended and sold again, in one group.
            try clerk.send(.cancelBooking(first))
            let second = try clerk.book(try clerk.reserve("b", 2))
            try clerk.send(.cancelBooking(second))
            try clerk.book(try clerk.reserve("c", 1))
            try owner.commit(clerk.takeEntries(), to: store)
            #expect(try world.count("SELECT count(*) FROM ticket") == 5)
            #expect(try world.count("SELECT count(*) FROM ticket WHERE ended_at IS NULL") == 1)
        }
    }

    @Test func whatIsParkedCanBeReadAndIsKeptOnce() async throws {
        try await PostgresWorld.with { world in
            var (store, owner) = try world.owner()
            for _ in 0..<2 {
                var batch = owner.batch([])
                batch.parked = [
                    ParkedRecord(
                        id: nil, reason: ParkReason(.malformed, "no JSON"), replyTo: "ingress-1", user: "tenant",
                        line: [0xFF, 0])
                ]
                try owner.commit(batch, to: store)
            }
            let row = try world.connection.query("SELECT reason, detail, reply_to, sender, line, command FROM parked")
                .one()
            let (reason, detail, replyTo, sender, line, command) = try row.decode(
                (String, String, String, String, [UInt8], PostgresUUID?).self)
            #expect(reason == "malformed" && detail == "no JSON" && replyTo == "ingress-1" && sender == "tenant")
            #expect(line == [0xFF, 0] && command == nil)
        }
    }

    @Test func aBatchIsStoredWithItsSignature() async throws {
        try await PostgresWorld.with { world in
            _ = try Self.sale(world)
            #expect(
                try world.count(
                    """
                    SELECT count(*) FROM batch AS b JOIN signing_key USING (public_key)
                    JOIN partition AS p ON p.number = b.partition AND p.chain = b.chain AND p.batch_no = b.number
                    WHERE b.first_seq = 1 AND b.entries = p.next_seq - 1 AND length(b.signature) = 64
                    """) == 1)
            #expect(try world.count("SELECT count(*) FROM journal WHERE length(writes) = 32 AND salt IS NOT NULL") > 5)
        }
    }

    /// Each leaves rows that no sequence of decisions does.
    static let damages: [SQL] = [
        "UPDATE event SET currency = 'eur'",
        "DELETE FROM event_terms",
        "UPDATE event_terms SET tiers = '[{\"name\": \"A\", \"price\": \"much\"}]'",
        "UPDATE event_terms SET tiers = '[{\"price\": 1}]'",
        "UPDATE event_terms SET tiers = '{}'",
        "UPDATE show SET layout = '[]'",
        "UPDATE show SET layout = '7'",
        "UPDATE show SET number = 2",
        "UPDATE show SET unwind_from = -1, status = 1",
        "UPDATE reservation SET places = '{1,1}' WHERE status = 2",
        "UPDATE reservation SET places = '{1,NULL}' WHERE status = 2",
        "UPDATE reservation SET places = '{-4}' WHERE status = 2",
        "UPDATE reservation SET ends_at = 'infinity'",
        "DELETE FROM reservation WHERE status = 0",
        "DELETE FROM claim WHERE kind = 0",
        "UPDATE claim SET place = 9999 WHERE kind = 0",
        "UPDATE claim SET kind = 1",
        "UPDATE payment SET captured_currency = 'E1R' WHERE captured IS NOT NULL",
        "DELETE FROM payment",
        "DELETE FROM booking",
        "UPDATE waitlist_entry SET quantity = 0",
        """
        INSERT INTO waitlist_entry
        SELECT event, id, id_index + 7, show, tier, buyer, quantity, line_order, status, pass_overs
        FROM waitlist_entry
        """,
    ]

    @Test func brokenRowsAreToldAndNeverTrap() async throws {
        try await PostgresWorld.with { world in
            let (store, clerk) = try Self.sale(world)
            for damage in Self.damages {
                guard case .event = try store.load(clerk.event, for: 0, at: clerk.now) else {
                    throw Mismatch("broken before \(damage.text)")
                }
                try world.connection.run(script: "CREATE SCHEMA undamaged")
                for table in Self.tables {
                    try world.connection.run(script: "CREATE TABLE undamaged.\(table) AS TABLE \(table)")
                }
                try world.connection.run(script: damage)
                let loaded = try store.load(clerk.event, for: 0, at: clerk.now)
                if case .broken(let reason) = loaded {
                    #expect(!reason.isEmpty)
                } else {
                    Issue.record("not found to be broken: \(damage.text)")
                }
                for table in Self.tables {
                    try world.connection.run(
                        script: "DELETE FROM \(table); INSERT INTO \(table) SELECT * FROM undamaged.\(table)")
                }
                try world.connection.run(script: "DROP SCHEMA undamaged CASCADE")
            }
        }
    }

    private static let tables: [PostgresIdentifier] = [
        "event", "event_terms", "show", "reservation", "claim", "payment", "booking", "waitlist_entry",
    ]
}
