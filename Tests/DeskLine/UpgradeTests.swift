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
}
