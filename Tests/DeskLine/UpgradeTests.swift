internal import DeskLine
internal import Pipeline
internal import Postgres
internal import TestSupport
import Testing
internal import Ticketing
internal import Wire

/// Tenants' databases and the program that opens them, when one is newer than the other.
@Suite struct UpgradeTests {
    @Test func whoOpensADeskBringsItsDatabaseToTheNewestSchema() async throws {
        try await DeskScene.with(partitions: 1) { scene in
            let tenant = try scene.addTenants(1)[0].id
            let newest = try scene.count("SELECT count(*) FROM schema_migration", in: tenant)
            #expect(newest > 1)
            // As the program before left it.
            try scene.withDesk(of: tenant) { desk in
                try desk.run(script: "DROP FUNCTION append_batch; DELETE FROM schema_migration WHERE number > 1")
            }
            try scene.withWorker { _ in
                let producer = try scene.producer()
                #expect(try producer.ask(DeskCommands.ticket(of: tenant, from: producer)).status == 201)
            }
            #expect(try scene.count("SELECT count(*) FROM schema_migration", in: tenant) == newest)
        }
    }

    @Test func whatANewerProgramHasChangedIsLeftToIt() async throws {
        try await DeskScene.with(partitions: 1) { scene in
            let tenants = try scene.addTenants(2).map(\.id)
            try scene.withDesk(of: tenants[0]) { desk in
                _ = try desk.execute(
                    "INSERT INTO schema_migration (number, name, hash) VALUES (900, 'later', '')")
            }
            try scene.withWorker { _ in
                let producer = try scene.producer()
                let kept = DeskCommands.ticket(of: tenants[0], from: producer)
                try producer.send([kept])
                try scene.waitUntil("it is kept") { try scene.count("SELECT count(*) FROM spill") == 1 }
                #expect(try producer.ask(DeskCommands.ticket(of: tenants[1], from: producer)).status == 201)
                #expect(producer.replies(to: kept.id).isEmpty)
                try scene.withDesk(of: tenants[0]) { desk in
                    _ = try desk.execute("DELETE FROM schema_migration WHERE number = 900")
                }
                #expect(try producer.reply(to: kept.id).status == 201)
            }
        }
    }

    /// `append_batch` has the last word on who writes.
    @Test func whatDoesNotFollowTheNewestBatchIsNotWritten() async throws {
        try await DeskScene.with(partitions: 1) { scene in
            let tenant = try scene.addTenants(1)[0].id
            try scene.withDesk(of: tenant) { desk in
                let (epoch, batch, sequence, chain) = try desk.query(
                    "SELECT epoch, batch_no, next_seq, chain FROM partition"
                ).one().decode((Int64, Int64, Int64, [UInt8]).self)
                func append(_ epoch: Int64, _ batch: Int64, _ chain: [UInt8], _ partition: Int32 = 0) throws {
                    _ = try desk.query(
                        """
                        SELECT append_batch((SELECT max(week) FROM batch), $1, $2, $3, now(), $4, 1, $5, $5, $5, $5, $5,
                            gen_random_uuid(), ARRAY[0]::smallint[], ARRAY[gen_random_uuid()], ARRAY[201]::smallint[],
                            ARRAY['x'::bytea], ARRAY['x'::bytea], ARRAY['x'::bytea], ARRAY[gen_random_uuid()])
                        """, partition, batch, epoch, sequence, chain)
                }
                var other = chain
                other[0] ^= 1
                let wrong: [(Int64, Int64, [UInt8], Int32)] = [
                    (epoch - 1, batch + 1, chain, 0), (epoch + 1, batch + 1, chain, 0), (epoch, batch, chain, 0),
                    (epoch, batch + 2, chain, 0), (epoch, batch + 1, other, 0), (epoch, batch + 1, chain, 1),
                ]
                for (epoch, batch, chain, partition) in wrong {
                    let error = #expect(throws: PostgresError.self) { try append(epoch, batch, chain, partition) }
                    #expect(error?.sqlState == SQLState("TS001"))
                }
                let lines: SQL = "SELECT (SELECT count(*) FROM journal) + (SELECT count(*) FROM batch)"
                let before: Int64 = try desk.query(lines).one().get(0)
                try append(epoch, batch + 1, chain)
                #expect(try desk.query(lines).one().get(0, as: Int64.self) == before + 2)
                #expect(before == batch + sequence - 1, "of the others nothing is left")
            }
        }
    }
}
