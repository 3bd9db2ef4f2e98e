internal import Postgres
internal import Schema
internal import TestSupport
import Testing

/// `turnstile tenants` and `turnstile keys`: the built program with a database of its own.
@Suite struct AccessCommandTests {
    private struct Scene: Sendable {
        let database: TestDatabase

        /// Runs the command on the database.
        func run(_ words: String...) throws -> Tool.Outcome {
            try Tool.run(try Tool.built("turnstile"), words + ["--database", database.url])
        }

        func grants() throws -> [String] {
            let connection = try PostgresConnection.connect(database.settings)
            defer { connection.close() }
            return try connection.query(
                """
                SELECT concat_ws(' ', t.name, k.name, k.scopes, k.rate_limit, k.revoked_at IS NOT NULL)
                FROM api_key k LEFT JOIN tenant t ON t.id = k.tenant ORDER BY k.created_at
                """
            ).map { try $0.get(0) }
        }
    }

    private func withScene(_ body: @escaping @Sendable (Scene) throws -> Void) async throws {
        try await TestDatabase.with { database in
            let connection = try PostgresConnection.connect(database.settings)
            _ = try Migrator.migrate(connection, to: try Migration.read(folder: "\(Tool.packageFolder)/Config/schema"))
            connection.close()
            try body(Scene(database: database))
        }
    }

    @Test func aTenantIsMadeAndListedAndItsNameIsTakenOnce() async throws {
        try await withScene { scene in
            let made = try scene.run("tenants", "create", "the opera")
            #expect(made.code == 0 && made.output.wholeMatch(of: #/tnt_[0-9A-Za-z]+\n/#) != nil, "\(made.output)")
            let list = try scene.run("tenants", "list")
            #expect(list.code == 0 && list.output.contains(made.output.dropLast() + "  the opera  "), "\(list.output)")
            let again = try scene.run("tenants", "create", "the opera")
            #expect(again.code == 1 && again.error == "error: there is a tenant “the opera” already\n")
            #expect(again.output.isEmpty)
        }
    }

    @Test func aKeyStandsAloneOnStandardOutputAndOnlyOnce() async throws {
        try await withScene { scene in
            _ = try scene.run("tenants", "create", "opera")
            let made = try scene.run(
                "keys", "create", "--tenant", "opera", "--scopes", "read,produce", "--name", "the shop", "--rate-limit",
                "50")
            let pattern = #/(key_[0-9A-Za-z]+)\.sk_[0-9A-Za-z]+\n/#
            let key = try #require(made.output.wholeMatch(of: pattern), "\(made.output)\(made.error)")
            #expect(made.code == 0 && made.error.contains("50 requests a second"))
            #expect(!made.error.contains("sk_"))
            let operate = try scene.run("keys", "create", "--operate")
            #expect(operate.code == 0 && operate.output.wholeMatch(of: pattern) != nil)
            #expect(try scene.grants() == ["opera the shop {read,produce} 50 f", "operate {operate} f"])

            let all = try scene.run("keys", "list")
            #expect(all.output.split(separator: "\n").count == 3 && !all.output.contains("sk_"))
            let operas = try scene.run("keys", "list", "--tenant", "opera")
            #expect(operas.output.split(separator: "\n").count == 2)
            #expect(operas.output.contains(key.output.1) && operas.output.contains("the shop"))
        }
    }

    @Test func aKeyIsRevokedByItsIdOrByItself() async throws {
        try await withScene { scene in
            _ = try scene.run("tenants", "create", "opera")
            var keys: [String] = []
            for _ in 0..<2 {
                let made = try scene.run("keys", "create", "--tenant", "opera", "--scopes", "read")
                keys.append(String(made.output.dropLast()))
            }
            let id = try #require(keys[0].split(separator: ".").first)
            let first = try scene.run("keys", "revoke", "\(id)")
            #expect(first.code == 0 && first.output.hasPrefix("revoked \(id)"))
            #expect(try scene.grants() == ["opera read {read} t", "opera read {read} f"])
            let again = try scene.run("keys", "revoke", "\(id)")
            #expect(again.code == 0 && again.output.contains("was revoked already"))
            let whole = try scene.run("keys", "revoke", keys[1])
            #expect(whole.code == 0 && !whole.output.contains("sk_"), "no secret is shown again")
            #expect(try scene.grants() == ["opera read {read} t", "opera read {read} t"])
            let unknown = try scene.run("keys", "revoke", "key_nobodys")
            #expect(unknown.code == 1 && unknown.error.contains("there is no key key_nobodys"))
        }
    }

    @Test(arguments: [
        ["keys", "create", "--tenant", "nobody", "--scopes", "read"], ["keys", "list", "--tenant", "nobody"],
    ])
    func aTenantThatIsNotThereIsNamed(words: [String]) async throws {
        try await withScene { scene in
            let outcome = try Tool.run(try Tool.built("turnstile"), words + ["--database", scene.database.url])
            #expect(outcome.code == 1 && outcome.error.contains("there is no tenant “nobody”"), "\(outcome.error)")
        }
    }

    @Test(arguments: [
        (["keys"], "can do three things"), (["tenants", "drop"], "can do three things"),
        (["tenants", "create"], "the new tenant needs a name"),
        (["tenants", "create", ""], "needs a name of 1 to 200"),
        (["tenants", "create", String(repeating: "x", count: 201)], "needs a name of 1 to 200"),
        (["tenants", "list", "all"], "does not take “all”"), (["keys", "create"], "needs --tenant and --scopes"),
        (["keys", "create", "--tenant", "a"], "needs --tenant and --scopes"),
        (["keys", "create", "--tenant", "a", "--scopes", "read,write"], "“write” is no scope"),
        (["keys", "create", "--tenant", "a", "--scopes", ""], "“” is no scope"),
        (["keys", "create", "--tenant", "a", "--scopes", "read,read"], "names a scope twice"),
        (["keys", "create", "--tenant", "a", "--scopes", "operate"], "is made by --operate"),
        (["keys", "create", "--operate", "--tenant", "a"], "is no tenant's"),
        (["keys", "create", "--operate", "--rate-limit", "0"], "--rate-limit needs a number from 1"),
        (["keys", "create", "--operate", "--fast"], "keys create does not take “--fast”"),
        (["keys", "revoke"], "needs the id of a key"), (["keys", "revoke", "tnt_1"], "needs the id of a key"),
        (["keys", "list", "--database"], "--database needs a URL"),
    ])
    func aCommandLineThatCannotBeUnderstoodIsExplained(words: [String], message: String) async throws {
        try await onThread {
            let outcome = try Tool.run(try Tool.built("turnstile"), words)
            #expect(outcome.code == 64 && outcome.output.isEmpty)
            #expect(outcome.error.contains(message), "\(outcome.error)")
        }
    }

    @Test func withoutADatabaseItSaysSo() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            for (words, message) in [
                (["tenants", "list"], "nothing is running in"),
                (["keys", "list", "--database", "postgres://nobody@127.0.0.1:1/none"], "Connection refused"),
            ] {
                let outcome = try Tool.run(
                    try Tool.built("turnstile"), words, environment: ["TURNSTILE_HOME": folder.file("home")])
                #expect(outcome.code == 69 && outcome.error.contains(message), "\(outcome.error)")
            }
        }
    }

    @Test func theDoctorSaysWhetherAllIsWellWithTheTenantsOfTheDesk() async throws {
        try await onThread {
            // What lies on a server is looked at as a whole.
            let server = try PrivatePostgres()
            let connection = try PostgresConnection.connect(server.settings)
            defer { connection.close() }
            _ = try Migrator.migrate(connection, to: try Migration.read(folder: "\(Tool.packageFolder)/Config/schema"))
            func run() throws -> Tool.Outcome {
                let url = "postgres://turnstile@127.0.0.1:\(server.port)/postgres?sslmode=disable"
                return try Tool.run(try Tool.built("turnstile"), ["tenants", "doctor", "--database", url])
            }
            let good = try run()
            #expect(good.code == 0 && good.error.isEmpty && good.output.contains("all is well"), "\(good)")
            let name = "desk_" + String(repeating: "0", count: 32)
            try connection.run(script: "CREATE DATABASE \(PostgresIdentifier(name))")
            let bad = try run()
            #expect(bad.code == 1 && bad.output.contains("“\(name)” of the store “main” is no account's"), "\(bad)")
            #expect(bad.error == "error: tenants doctor: 1 things are not as they should be\n")
        }
    }
}
