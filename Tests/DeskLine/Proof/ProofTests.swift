import Desk
import DeskLine
import Pipeline
import Postgres
import Tenancy
import TestSupport
import Testing
import Ticketing
import Wire

/// Tenants' databases as workers have left them, and what replay and verification make of them.
@Suite struct ProofTests {
    /// A change behind everybody's back, and what finds it.
    struct Tampering: Sendable, CustomStringConvertible {
        let description: String
        let statement: SQL
        var replayed: Set<Finding.Code> = []
        var verified: Set<Finding.Code> = []
    }

    static let tamperings: [Tampering] = [
        Tampering(
            description: "an entry is gone", statement: "DELETE FROM journal WHERE sequence = 4", replayed: [.gap],
            verified: [.gap]),
        Tampering(
            description: "an entry that no batch has",
            statement: """
                INSERT INTO journal SELECT week, partition, 1000000, batch_no, kind,
                    '00000000-0000-0000-0000-000000000001', event, tenant, status, payload, reply, writes, salt
                FROM journal WHERE sequence = 3
                """,
            replayed: [.gap], verified: [.gap]),
        Tampering(
            description: "a batch is gone", statement: "DELETE FROM batch WHERE number = 2", replayed: [.gap],
            verified: [.gap]),
        Tampering(
            description: "an answer", statement: "UPDATE journal SET reply = '{}' WHERE sequence = 3",
            replayed: [.root, .reply], verified: [.root, .form]),
        Tampering(
            description: "what was written",
            statement: "UPDATE journal SET writes = decode(repeat('00', 32), 'hex') WHERE sequence = 3",
            replayed: [.root, .writes], verified: [.root]),
        Tampering(
            description: "what was asked", statement: "UPDATE journal SET payload = '{}' WHERE sequence = 3",
            replayed: [.root, .form], verified: [.root, .form]),
        Tampering(
            description: "the partition's row", statement: "UPDATE partition SET batch_no = batch_no - 1",
            replayed: [.tail], verified: [.tail]),
        Tampering(
            description: "a stranger's key", statement: "DELETE FROM signing_key", replayed: [.key], verified: [.key]),
        Tampering(
            description: "a chain of its own",
            statement: "UPDATE batch SET chain = decode(repeat('00', 32), 'hex') WHERE number = 2",
            replayed: [.chain, .signature], verified: [.chain, .signature]),
        Tampering(
            description: "a ticket is gone",
            statement: "DELETE FROM ticket WHERE ctid = (SELECT min(ctid) FROM ticket)",
            replayed: [.state], verified: [.ticket]),
        Tampering(
            description: "a ticket that nobody was told of",
            statement: """
                INSERT INTO ticket SELECT gen_random_uuid(), 0, class, 4, created_at, resolve_by, opened_at, starts_at,
                    NULL, created_at
                FROM ticket LIMIT 1
                """,
            replayed: [.state], verified: [.ticket]),
        Tampering(
            description: "a ticket that was resolved behind everybody's back",
            statement: "UPDATE ticket SET status = 3, ends_at = starts_at WHERE status = 1", replayed: [.state],
            verified: [.ticket]),
        Tampering(
            description: "a longer limit", statement: "UPDATE ticket SET resolve_by = resolve_by + interval '1 minute'",
            replayed: [.state], verified: [.ticket]),
        Tampering(
            description: "another agent's work",
            statement: "UPDATE ticket SET agent = agent + 7 WHERE agent IS NOT NULL", replayed: [.state],
            verified: [.ticket]),
        Tampering(
            description: "work beyond the limit",
            statement: "UPDATE ticket SET ends_at = resolve_by + interval '1 minute' WHERE status = 3",
            replayed: [.state], verified: [.limit]),
        Tampering(description: "more agents", statement: "UPDATE desk SET agents = agents + 1", replayed: [.state]),
        Tampering(description: "nothing is due", statement: "UPDATE due SET at = NULL", replayed: [.state]),
        Tampering(
            description: "another name", statement: "UPDATE desk SET sub_domain = 'other'", replayed: [.state],
            verified: [.account]),
        Tampering(
            description: "a notice of nobody's", statement: "UPDATE effect SET command = gen_random_uuid()",
            verified: [.effect]),
        Tampering(
            description: "another partition's", statement: "UPDATE partition SET number = number + 1",
            replayed: [.tail], verified: [.tail, .account]),
    ]

    /// Two tenants that have lived through everything; the first one's database is as it was before each time.
    private static func scene(_ body: @escaping @Sendable (DeskScene, TenantId) throws -> Void) async throws {
        try await DeskScene.with { scene in
            // Databases have their tenants' names, and other tests have theirs on the same server.
            let first = UInt64.random(in: 1..<1 << 24)
            let tenants = try [first, first + 1].map { (number: UInt64) in
                let recorder = try DeskRecorder(number, in: scene)
                defer { recorder.close() }
                try recorder.live()
                return recorder.tenant
            }
            try body(scene, tenants[0])
        }
    }

    private static func replay(_ scene: DeskScene) throws -> DatabaseDeskReplay.Report {
        try DatabaseDeskReplay.run(scene.database, stores: scene.stores)
    }

    private static func verify(_ scene: DeskScene) throws -> DatabaseDeskVerification.Report {
        try DatabaseDeskVerification.run(scene.database, stores: scene.stores)
    }

    @Test func whatIsStoredIsDecidedTheSameAgainAndKeepsItsPromises() async throws {
        try await Self.scene { scene, tenant in
            let entries = try scene.count("SELECT count(*) FROM journal", in: tenant)
            let statuses = try scene.withDesk(of: tenant) {
                try $0.query("SELECT DISTINCT status::integer FROM ticket ORDER BY 1").values(of: Int32.self)
            }
            #expect(statuses == [0, 1, 2, 3, 4, 5], "held, open, worked on, resolved, cancelled, lapsed")
            let replayed = try Self.replay(scene)
            #expect(replayed.findings.first.map(\.description) == [])
            #expect(replayed.desks == 2 && replayed.unproved == 0)
            #expect(replayed.tally.compared == 2 * entries && replayed.tally.entries == 2 * entries)
            let verified = try Self.verify(scene)
            #expect(verified.findings.first.map(\.description) == [])
            #expect(verified.entries == 2 * entries && verified.desks == 2 && !verified.promises.isEmpty)
            #expect(verified.followed > 20)
        }
    }

    @Test func tamperingIsFoundAndTheTenantIsNamed() async throws {
        try await Self.scene { scene, tenant in
            let keeper = try Keeper(of: try scene.settings(of: tenant), scene)
            for tampering in Self.tamperings {
                try keeper.restore()
                let changed = try scene.withDesk(of: tenant) { try $0.execute(tampering.statement) }
                #expect(changed > 0, "\(tampering): nothing was tampered with")
                let (replayed, verified) = (try Self.replay(scene).findings, try Self.verify(scene).findings)
                #expect(
                    tampering.replayed.isSubset(of: Set(replayed.first.map(\.code))),
                    "\(tampering): replay found \(replayed.first)")
                #expect(
                    tampering.verified.isSubset(of: Set(verified.first.map(\.code))),
                    "\(tampering): verify found \(verified.first)")
                #expect(!replayed.isEmpty || !verified.isEmpty, "\(tampering)")
                for finding in replayed.first + verified.first {
                    #expect(finding.tenant == tenant && finding.description.contains(tenant.text))
                }
            }
            try keeper.drop()
        }
    }

    @Test func theDirectoryAndTheDatabasesAgreeOrItIsSaid() async throws {
        try await Self.scene { scene, tenant in
            let id = PostgresUUID(high: tenant.high, low: tenant.low)
            _ = try scene.withConnection {
                try $0.execute("UPDATE account SET command = gen_random_uuid() WHERE tenant = $1", id)
            }
            let verified = try Self.verify(scene).findings.first
            #expect(verified.map(\.code) == [.account] && verified.allSatisfy { $0.tenant == tenant })
            #expect(try Self.replay(scene).findings.isEmpty)
        }
    }

    /// The others' are looked at all the same.
    @Test func aDatabaseThatCannotBeLookedAtIsAFinding() async throws {
        try await Self.scene { scene, tenant in
            let id = PostgresUUID(high: tenant.high, low: tenant.low)
            // Whoever connects is turned away.
            let proxy = try FaultProxy(to: 1)
            defer { proxy.stop() }
            proxy.refuse()
            let stores = try Stores("away=postgresql://nobody@127.0.0.1:\(proxy.port)", control: scene.database)
            for store in ["away", "elsewhere"] {
                _ = try scene.withConnection {
                    try $0.execute("UPDATE account SET store = $2 WHERE tenant = $1", id, store)
                }
                let replayed = try DatabaseDeskReplay.run(scene.database, stores: stores)
                let verified = try DatabaseDeskVerification.run(scene.database, stores: stores)
                for findings in [replayed.findings, verified.findings] {
                    #expect(findings.first.map(\.code) == [.unseen] && findings.first.map(\.tenant) == [tenant])
                }
                #expect(replayed.desks == 1 && verified.desks == 1)
            }
            _ = try scene.withConnection { try $0.execute("UPDATE account SET store = 'main' WHERE tenant = $1", id) }
        }
    }

    @Test func aDatabaseThatIsGoneIsFoundAndOneThatIsBeingMadeIsNot() async throws {
        try await Self.scene { scene, tenant in
            let settings = try scene.settings(of: tenant)
            let id = PostgresUUID(high: tenant.high, low: tenant.low)
            try Keeper.run("DROP DATABASE \(PostgresIdentifier(settings.database ?? ""))", scene)
            #expect(try Self.replay(scene).findings.first.map(\.code) == [.account])
            #expect(try Self.verify(scene).findings.first.map(\.code) == [.account])
            _ = try scene.withConnection { try $0.execute("UPDATE account SET status = 0 WHERE tenant = $1", id) }
            #expect(try Self.replay(scene).findings.isEmpty && Self.verify(scene).findings.isEmpty)
            // It is there, and has no tables yet.
            try Keeper.run("CREATE DATABASE \(PostgresIdentifier(settings.database ?? ""))", scene)
            #expect(try Self.replay(scene).findings.isEmpty && Self.verify(scene).findings.isEmpty)
        }
    }

    @Test func theCommandsSayWhatTheyFoundAndInWhoseDatabase() async throws {
        try await Self.scene { scene, tenant in
            let tool = try Tool.built("turnstile")
            func run(_ command: String) throws -> Tool.Outcome {
                try Tool.run(tool, [command, "--database", scene.databaseURL])
            }
            for command in ["replay", "verify"] {
                let outcome = try run(command)
                #expect(outcome.code == 0 && outcome.output.hasSuffix("\(command): all is well\n"), "\(outcome)")
                #expect(outcome.output.contains("of 2 tenants' databases"), "\(outcome)")
            }
            _ = try scene.withDesk(of: tenant) {
                try $0.execute("UPDATE journal SET reply = '{}' WHERE sequence = 3")
            }
            var outcome = try run("replay")
            #expect(outcome.code == 1 && outcome.output.contains("other-reply: tenant \(tenant.text)"), "\(outcome)")
            outcome = try run("verify")
            #expect(outcome.code == 1 && outcome.output.contains("wrong-root: tenant \(tenant.text)"), "\(outcome)")
        }
    }

    /// Keeps a copy of a database.
    private struct Keeper {
        private let name: PostgresIdentifier
        private let copy: PostgresIdentifier
        private let scene: DeskScene

        init(of settings: PostgresSettings, _ scene: DeskScene) throws {
            self.scene = scene
            name = PostgresIdentifier(settings.database ?? "")
            copy = PostgresIdentifier((settings.database ?? "") + "_copy")
            try Self.run("CREATE DATABASE \(copy) TEMPLATE \(name)", scene)
        }

        func restore() throws {
            try Self.run("DROP DATABASE \(name) WITH (FORCE)", scene)
            try Self.run("CREATE DATABASE \(name) TEMPLATE \(copy)", scene)
        }

        func drop() throws { try Self.run("DROP DATABASE \(copy) WITH (FORCE)", scene) }

        static func run(_ statement: SQL, _ scene: DeskScene) throws {
            guard let settings = scene.stores.maintenance(store: "main") else { return }
            let connection = try PostgresConnection.connect(settings)
            defer { connection.close() }
            try connection.run(script: statement)
        }
    }
}
