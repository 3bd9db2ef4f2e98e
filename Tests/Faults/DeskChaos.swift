import Desk
import DeskLine
import Glibc
import Pipeline
import Postgres
import Runtime
import TestSupport
import Testing
import Ticketing
import Wire

/// 200 tenants that all ask at once, two workers that are killed all the time, and one tenant's database that nobody
/// gets into for a while.
@Suite(.serialized) struct DeskChaos {
    private static let tenants = 200
    /// `TURNSTILE_TEST_DESK_TICKETS` makes it more.
    private static let count = ProcessEnvironment.current["TURNSTILE_TEST_DESK_TICKETS"].flatMap { Int($0) } ?? 10_000
    private static let askers = 48
    private static let kills = max(4, count / 2_500)

    @Test func everyPromiseIsKeptWhateverDies() async throws {
        try await DeskScene.with(partitions: 16) { scene in
            let seed = UInt64.random(in: 0 ..< .max)
            try run(scene, seed)
        }
    }

    private func run(_ scene: DeskScene, _ seed: UInt64) throws {
        let tenants = try scene.addTenants(Self.tenants)
        let pool = try WorkerPool(workers: 2) { try scene.startProcess(["TURNSTILE_DESK_CONNECTIONS": "128"]) }
        defer { pool.abandon() }
        let ingresses = try (0..<2).map { _ in try scene.shop.startIngress() }
        let ports = ingresses.map(\.port)
        try scene.waitUntil("all partitions have owners") {
            try scene.count("SELECT count(*) FROM partition WHERE line = 'desk' AND owner IS NULL") == 0
        }
        // Every other tenant's slots may move, as long as promises are kept.
        for (number, tenant) in tenants.enumerated() where number % 2 == 1 {
            let answer = try ShopClient(port: ports[0], key: tenant.token).send(
                "PUT", "/v1/desk/settings",
                #"{"classes":[{"name":"GOLD","minutes":120},{"name":"SILVER","minutes":240},"#
                    + #"{"name":"BRONZE","minutes":480}],"minutesPerTicket":1,"agents":1,"placement":"deadline"}"#,
                headers: ["Idempotency-Key: settings", "Prefer: wait=30"])
            try #require(answer.status == 200, "\(answer.text)")
        }
        let crowd = DeskCrowd(ports: ports, tenants: tenants, count: Self.count)
        let threads = try (0..<Self.askers).map { number in
            try OwnedThread(name: "asker-\(number)") { crowd.ask(number) }
        }
        var generator = SeededRandom(seed: seed)
        var away: (database: PostgresIdentifier, since: MonotonicTime)?
        var wasAway = false
        while crowd.done < Self.count || away != nil {
            usleep(50_000)
            // Each time that a successor has got something done.
            if pool.kills < Self.kills, crowd.done >= Self.count * (pool.kills + 1) / (Self.kills + 1) {
                try pool.killAndRestart(Int.random(in: 0..<2, using: &generator))
            }
            if !wasAway, away == nil, crowd.done > Self.count / 10 {
                away = (try shut(tenants[0], scene), SystemTime().monotonic)
            } else if let (name, since) = away, crowd.served(after: since) >= Self.tenants - 1,
                crowd.accepted(of: 0) > 0
            {
                // All others went on, and its own were accepted all the same.
                try scene.withConnection { try $0.run(script: "ALTER DATABASE \(name) WITH ALLOW_CONNECTIONS true") }
                (away, wasAway) = (nil, true)
            }
        }
        for thread in threads { thread.join() }
        try crowd.hearTheRest()
        #expect(wasAway && pool.kills == Self.kills, "\(pool.kills) kills")
        #expect(crowd.troubles.isEmpty, "seed \(seed): \(crowd.troubles)")
        try scene.waitUntil("nothing is kept any more") { try scene.count("SELECT count(*) FROM spill") == 0 }
        try pool.drain()
        try expectTruth(scene, tenants, crowd, seed)
    }

    /// Lets nobody into the tenant's database.
    private func shut(_ tenant: DeskScene.Tenant, _ scene: DeskScene) throws -> PostgresIdentifier {
        let database = try #require(try scene.settings(of: tenant.id).database)
        let name = PostgresIdentifier(database)
        try scene.withConnection { connection in
            try connection.run(script: "ALTER DATABASE \(name) WITH ALLOW_CONNECTIONS false")
            try connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", database)
        }
        return name
    }

    private func expectTruth(_ scene: DeskScene, _ tenants: [DeskScene.Tenant], _ crowd: DeskCrowd, _ seed: UInt64)
        throws
    {
        var (decided, wrong) = (0, [String]())
        for (tenant, told) in zip(tenants, crowd.told) {
            decided += told.promised.count + told.refused
            try scene.withDesk(of: tenant.id) { connection in
                let rows = try connection.query(Self.tickets).map {
                    try $0.decode((PostgresUUID, Int32, Timestamp, Bool).self)
                }
                var written: [String: String] = [:]
                var cancelled: Set<String> = []
                for (id, index, resolveBy, isCancelled) in rows {
                    let minted = DeskTicketId(command: DeskCommandId(high: id.high, low: id.low), index: UInt32(index))
                    let text = DeskScopedId(tenant.id, minted).text
                    written[text] = resolveBy.rfc3339
                    if isCancelled { cancelled.insert(text) }
                }
                if written != told.promised || cancelled != told.cancelled {
                    wrong.append(
                        "\(tenant.id): \(written.count) of \(told.promised.count), \(cancelled.count) cancelled")
                }
                for (what, statement) in Self.never {
                    let found = try connection.query(statement).one().get(0, as: Int64.self)
                    if found != 0 { wrong.append("\(tenant.id): \(found) \(what)") }
                }
            }
        }
        #expect(wrong.isEmpty, "seed \(seed): \(wrong.prefix(10))")
        let shop = try DatabaseVerification.run(scene.database)
        let verified = try DatabaseDeskVerification.run(scene.database, stores: scene.stores)
        let replayed = try DatabaseDeskReplay.run(scene.database, stores: scene.stores)
        #expect(shop.findings.count == 0, "seed \(seed): \(shop.findings.first)")
        #expect(verified.findings.count == 0, "seed \(seed): \(verified.findings.first)")
        #expect(replayed.findings.count == 0, "seed \(seed): \(replayed.findings.first)")
        #expect(verified.desks == Self.tenants && replayed.tally.entries == verified.entries)
        #expect(decided == Self.count, "seed \(seed)")
    }

    private static let tickets: SQL = "SELECT id, id_index, resolve_by, status = 4 FROM ticket"

    /// Counts that are 0 in every tenant's database, whatever has happened. Where slots may move until their minute
    /// begins, those that wait have the time that they were told, and what holds is that all of them can be done.
    private static let never: [(String, SQL)] = [
        (
            "slots are given twice",
            """
            SELECT count(*) FROM (
                SELECT FROM ticket WHERE status IN (2, 3) OR status < 2 AND (SELECT placement FROM desk) = 0
                GROUP BY starts_at HAVING count(*) > 1) AS twice
            """
        ),
        (
            "cannot be done in time",
            """
            SELECT count(*)
            FROM (
                    SELECT resolve_by, row_number() OVER (ORDER BY resolve_by) AS place
                    FROM ticket WHERE status < 2) AS w,
                (SELECT date_trunc('minute', max(at)) + interval '1 minute' AS soonest FROM batch) AS b
            WHERE soonest + place * interval '1 minute' > resolve_by
            """
        ),
        ("end after their limit", "SELECT count(*) FROM ticket WHERE starts_at + interval '1 minute' > resolve_by"),
        (
            "are lost from the journal or its batches",
            """
            SELECT max(sequence) - count(*) + (SELECT max(number) - count(*) FROM batch) FROM journal
            """
        ),
        ("commands are decided twice", "SELECT count(*) - count(DISTINCT id) FROM journal"),
        ("are parked", "SELECT count(*) FROM parked"),
    ]
}
