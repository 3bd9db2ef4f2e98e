internal import Desk
internal import DeskLine
internal import Glibc
internal import Pipeline
internal import Postgres
internal import Runtime
internal import TestSupport
import Testing
internal import Ticketing
internal import Wire

/// The line when something is away or dies.
@Suite struct FaultTests {
    /// Accounts that are ready.
    private static func tenants(_ count: Int, _ producer: LineProducer) throws -> [TenantId] {
        let accounts = (0..<count).map { DeskCommands.account("tenant-\($0)", from: producer) }
        for account in accounts { try producer.send([account]) }
        for account in accounts { #expect(try producer.reply(to: account.id).status == 201) }
        return accounts.map(\.tenant)
    }

    /// What the tables of each tenant have to say after anything that may have happened.
    private static func expectOrder(_ tenants: [TenantId], _ scene: DeskScene) throws {
        for tenant in tenants {
            #expect(
                try scene.count(
                    """
                    SELECT count(*) FROM (
                        SELECT starts_at FROM ticket WHERE status < 4 GROUP BY starts_at HAVING count(*) > 1) AS twice
                    """, in: tenant) == 0, "one agent, one slot a minute")
            #expect(
                try scene.count(
                    "SELECT count(*) FROM ticket WHERE starts_at + interval '1 minute' > resolve_by", in: tenant) == 0)
            #expect(
                try scene.count(
                    """
                    SELECT max(sequence) - count(*) + (SELECT max(number) - count(*) FROM batch) FROM journal
                    """, in: tenant) == 0, "no gaps")
        }
    }

    @Test func aKilledWorkersTenantsAreServedByTheNext() async throws {
        try await DeskScene.with { scene in
            let first = try scene.startProcess()
            let producer = try scene.producer()
            let tenants = try Self.tenants(6, producer)
            var tickets: [DeskWireCommand] = []
            for number in 0..<300 {
                let ticket = DeskCommands.ticket("BRONZE", of: tenants[number % 6], from: producer)
                tickets.append(ticket)
                try producer.send([ticket])
                if number == 150 { kill(first.pid, SIGKILL) }
            }
            _ = try first.outcome(within: .seconds(10))
            let second = try scene.startProcess()
            try scene.waitUntil("all are decided") {
                var decided = 0
                for tenant in tenants { decided += try scene.count("SELECT count(*) FROM ticket", in: tenant) }
                return decided >= 300
            }
            for ticket in tickets {
                // A reply may have died with the worker: whoever asks again gets it from the journal.
                if producer.replies(to: ticket.id).isEmpty { try producer.send([ticket]) }
                let reply = try producer.reply(to: ticket.id)
                #expect(reply.status == 201, "\(reply.text)")
            }
            for tenant in tenants {
                #expect(try scene.count("SELECT count(*) FROM ticket", in: tenant) == 50)
            }
            try Self.expectOrder(tenants, scene)
            kill(second.pid, SIGTERM)
            #expect(try second.outcome(within: .seconds(60)).code == 0)
            #expect(
                try scene.count("SELECT count(*) FROM partition WHERE line = 'desk' AND owner IS NOT NULL") == 0)
        }
    }

    @Test func oneTenantsDatabaseIsAwayAndItsCommandsAreKept() async throws {
        try await DeskScene.with(partitions: 1) { scene in
            try scene.withWorker { _ in
                let producer = try scene.producer()
                let tenants = try Self.tenants(3, producer)
                let away = try scene.settings(of: tenants[0])
                let name = PostgresIdentifier(away.database ?? "")
                try scene.withConnection { connection in
                    try connection.run(script: "ALTER DATABASE \(name) WITH ALLOW_CONNECTIONS false")
                    try connection.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", away.database)
                }
                let kept = (0..<40).map { _ in DeskCommands.ticket(of: tenants[0], from: producer) }
                for ticket in kept { try producer.send([ticket]) }
                try scene.waitUntil("what waits for it is kept") {
                    try scene.count("SELECT count(*) FROM spill") == 40
                }
                // The others do not notice, though they come by the same queue.
                for tenant in tenants.dropFirst() {
                    #expect(try producer.ask(DeskCommands.ticket(of: tenant, from: producer)).status == 201)
                }
                #expect(kept.allSatisfy { producer.replies(to: $0.id).isEmpty })
                try scene.withConnection { connection in
                    try connection.run(script: "ALTER DATABASE \(name) WITH ALLOW_CONNECTIONS true")
                }
                let late = DeskCommands.ticket(of: tenants[0], from: producer)
                try producer.send([late])
                let replies = try (kept + [late]).map { try producer.reply(to: $0.id) }
                #expect(replies.allSatisfy { $0.status == 201 })
                // In the order in which they were sent.
                let order = try scene.withDesk(of: tenants[0]) {
                    try $0.query("SELECT id FROM journal WHERE kind = 0 ORDER BY sequence")
                        .values(of: PostgresUUID.self)
                }
                #expect(order.suffix(41) == (kept + [late]).map { PostgresUUID(high: $0.id.high, low: $0.id.low) }[...])
                try scene.waitUntil("nothing is kept any more") { try scene.count("SELECT count(*) FROM spill") == 0 }
                try Self.expectOrder(tenants, scene)
            }
        }
    }

    @Test func whatWasKeptOutlivesItsWorker() async throws {
        try await DeskScene.with(partitions: 1) { scene in
            let producer = try scene.producer()
            var kept: [DeskWireCommand] = []
            let (tenant, name) = try scene.withWorker { _ in
                let tenant = try Self.tenants(1, producer)[0]
                let settings = try scene.settings(of: tenant)
                let name = PostgresIdentifier(settings.database ?? "")
                try scene.withConnection { connection in
                    try connection.run(script: "ALTER DATABASE \(name) WITH ALLOW_CONNECTIONS false")
                    try connection.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", settings.database)
                }
                kept = (0..<5).map { _ in DeskCommands.ticket(of: tenant, from: producer) }
                for ticket in kept { try producer.send([ticket]) }
                try scene.waitUntil("they are kept") { try scene.count("SELECT count(*) FROM spill") == 5 }
                return (tenant, name)
            }
            try scene.withConnection { try $0.run(script: "ALTER DATABASE \(name) WITH ALLOW_CONNECTIONS true") }
            try scene.withWorker("desk-2") { _ in
                let replies = try kept.map { try producer.reply(to: $0.id) }
                #expect(replies.allSatisfy { $0.status == 201 })
            }
            #expect(try scene.count("SELECT count(*) FROM ticket", in: tenant) == 5)
            #expect(try scene.count("SELECT count(*) FROM spill") == 0)
        }
    }

    @Test func aFrozenOwnerWritesNothingAfterItsSuccessor() async throws {
        try await DeskScene.with(partitions: 1) { scene in
            let first = try scene.startProcess()
            let producer = try scene.producer()
            let tenant = try Self.tenants(1, producer)[0]
            kill(first.pid, SIGSTOP)
            try scene.withWorker("desk-2") { _ in
                let ticket = DeskCommands.ticket(of: tenant, from: producer)
                try producer.send([ticket])
                #expect(try producer.reply(to: ticket.id).status == 201)
                kill(first.pid, SIGCONT)
                for _ in 0..<20 {
                    #expect(try producer.ask(DeskCommands.ticket(of: tenant, from: producer)).status == 201)
                }
                #expect(try scene.count("SELECT count(*) FROM ticket", in: tenant) == 21)
                try Self.expectOrder([tenant], scene)
            }
            kill(first.pid, SIGTERM)
            #expect(try first.outcome(within: .seconds(60)).code == 0)
        }
    }
}
