import Postgres
import Runtime
import Schema
import Tenancy
import TestSupport
import Testing
import Ticketing

@testable import API

@Suite(.serialized) struct KeyRingTests {
    /// A ring whose database can be taken away, and whose clock stands still.
    private struct Scene {
        let ring: KeyRing
        let proxy: FaultProxy
        let time: ManualTime
        let store: TenantStore
        let connection: PostgresConnection
        let tenant: TenantId

        func makeKey(_ scopes: [Scope] = [.read], rateLimit: Int32? = nil) throws -> String {
            try store.createKey(named: "k", of: tenant, scopes: scopes, rateLimit: rateLimit).text
        }

        /// What a caller is told, on whichever thread.
        func verdict(_ key: String) throws -> KeyRing.Verdict {
            let (told, verdict) = (Latch(), Lock<KeyRing.Verdict?>(nil))
            ring.check(key) { answer in
                verdict.withLock { $0 = answer }
                told.open()
            }
            #expect(told.wait(for: .seconds(20)))
            return try #require(verdict.withLock { $0 })
        }

        /// What a caller is told before `check` returns.
        func verdictAtOnce(_ key: String) -> KeyRing.Verdict? {
            let verdict = Lock<KeyRing.Verdict?>(nil)
            ring.check(key) { answer in verdict.withLock { $0 = answer } }
            return verdict.withLock { $0 }
        }

        func isGood(_ verdict: KeyRing.Verdict?) -> Bool { if case .good = verdict { true } else { false } }

        func wait(_ what: String, _ isTrue: () throws -> Bool) throws {
            let never = Latch()
            for _ in 0..<2_000 {
                if try isTrue() { return }
                _ = never.wait(for: .milliseconds(10))
            }
            Issue.record("waited in vain until \(what)")
        }
    }

    private func with(
        _ change: @escaping @Sendable (inout KeyRing.Options) -> Void = { _ in },
        _ body: @escaping @Sendable (Scene) throws -> Void
    ) async throws {
        let steps = try Migration.read(folder: "\(Tool.packageFolder)/Config/schema")
        try await TestDatabase.with { database in
            let connection = try PostgresConnection.connect(database.settings)
            defer { connection.close() }
            _ = try Migrator.migrate(connection, to: steps)
            let host = try #require(database.settings.hosts.first)
            let proxy = try FaultProxy(to: UInt16(clamping: host.port))
            defer { proxy.stop() }
            var settings = database.settings
            settings.hosts = [.init("127.0.0.1", port: Int(proxy.port))]
            settings.connectTimeout = .milliseconds(500)
            settings.responseTimeout = .milliseconds(700)
            var pooling = PostgresPool.Options()
            pooling.maximumBackoff = .milliseconds(100)
            let pool = try PostgresPool(settings, options: pooling)
            defer { pool.close(grace: .milliseconds(100)) }
            var options = KeyRing.Options()
            options.refresh = .milliseconds(20)
            change(&options)
            let time = ManualTime()
            let ring = try KeyRing(pool: pool, options: options, time: time, log: .none)
            defer { ring.stop() }
            let store = TenantStore(connection)
            let tenant = try store.createTenant(named: "t")
            try body(
                Scene(ring: ring, proxy: proxy, time: time, store: store, connection: connection, tenant: tenant))
        }
    }

    @Test func aKeyIsAskedForOnceAndThenKnown() async throws {
        try await with { scene in
            let key = try scene.makeKey([.read, .produce], rateLimit: 7)
            let access = Access(
                keyId: String(key.prefix { $0 != "." }), tenant: scene.tenant, scopes: [.read, .produce], rateLimit: 7)
            #expect(try scene.verdict(key) == .good(access))
            scene.proxy.refuse()
            #expect(scene.verdictAtOnce(key) == .good(access))
        }
    }

    @Test func whatIsNoKeyIsRefusedWithoutAQuestion() async throws {
        try await with { scene in
            scene.proxy.refuse()
            for text in ["", "nonsense", "key_a", "key_a.b.c"] { #expect(scene.verdictAtOnce(text) == .bad) }
        }
    }

    @Test func aKeyThatThereIsNotIsKnownToBeBadForAWhile() async throws {
        try await with { scene in
            let key = try scene.makeKey()
            #expect(try scene.verdict(key + "x") == .bad, "its secret is another")
            try scene.connection.execute("UPDATE api_key SET revoked_at = now()")
            #expect(try scene.verdict(key) == .bad)
            try scene.connection.execute("UPDATE api_key SET revoked_at = NULL")
            #expect(scene.verdictAtOnce(key) == .bad)
            scene.time.advance(by: .seconds(3))
            #expect(scene.isGood(try scene.verdict(key)))
        }
    }

    @Test func aRevokedKeyIsNotKnownForLong() async throws {
        try await with { scene in
            let (key, other) = (try scene.makeKey(), try scene.makeKey())
            for text in [key, other] { #expect(scene.isGood(try scene.verdict(text))) }
            let id = String(key.prefix { $0 != "." })
            try scene.connection.execute("UPDATE api_key SET revoked_at = now() WHERE id = $1", id)
            try scene.wait("the key is asked for again") {
                scene.time.advance(by: .milliseconds(20))
                return try scene.verdict(key) == .bad
            }
            #expect(scene.isGood(scene.verdictAtOnce(other)))
        }
    }

    @Test func whileTheDatabaseIsAwayStrangersAreToldSoAndTheOthersBelieved() async throws {
        try await with { scene in
            let (known, new) = (try scene.makeKey(), try scene.makeKey())
            #expect(scene.isGood(try scene.verdict(known)))
            scene.proxy.refuse()
            #expect(try scene.verdict(new) == .unavailable)
            // Not asked again so soon.
            #expect(scene.verdictAtOnce(new) == .unavailable)
            #expect(scene.isGood(scene.verdictAtOnce(known)))
            scene.proxy.forward()
            #expect(scene.verdictAtOnce(new) == .unavailable)
            try scene.wait("strangers are looked up again") {
                scene.time.advance(by: .milliseconds(500))
                return scene.isGood(try scene.verdict(new))
            }
        }
    }

    @Test func aKeyThatCannotBeAskedForAgainIsNotBelievedForEver() async throws {
        try await with { scene in
            let key = try scene.makeKey()
            #expect(scene.isGood(try scene.verdict(key)))
            scene.proxy.refuse()
            scene.time.advance(by: .seconds(60))
            #expect(scene.isGood(scene.verdictAtOnce(key)))
            scene.time.advance(by: .milliseconds(1))
            #expect(scene.verdictAtOnce(key) == .unavailable)
            scene.proxy.forward()
            try scene.wait("it is asked for again") {
                scene.time.advance(by: .milliseconds(20))
                return scene.isGood(scene.verdictAtOnce(key))
            }
        }
    }

    @Test func onlySoManyWait() async throws {
        try await with({ $0.mostWaiting = 2 }) { scene in
            let keys = try (0..<3).map { _ in try scene.makeKey() }
            scene.proxy.freeze()
            let told = Lock<[KeyRing.Verdict]>([])
            for key in keys.prefix(2) { scene.ring.check(key) { verdict in told.withLock { $0.append(verdict) } } }
            #expect(told.withLock { $0 } == [])
            #expect(scene.verdictAtOnce(keys[2]) == .unavailable)
            // The first is told when its question has come to nothing, and the other one with it.
            try scene.wait("both are told") { told.withLock { $0 } == [.unavailable, .unavailable] }
            scene.proxy.cut(.reset)
            scene.proxy.forward()
        }
    }

    @Test func onlySoManyAreKnown() async throws {
        try await with({ $0.most = 2 }) { scene in
            let keys = try (0..<3).map { _ in try scene.makeKey() }
            for key in keys { #expect(scene.isGood(try scene.verdict(key))) }
            #expect(scene.isGood(scene.verdictAtOnce(keys[2])))
            #expect(scene.verdictAtOnce(keys[0]) == nil, "all before it were forgotten")
        }
    }

    @Test func whoAsksAtTheEndIsTold() async throws {
        try await with { scene in
            let key = try scene.makeKey()
            scene.ring.stop()
            #expect(scene.verdictAtOnce(key) == .unavailable)
        }
    }
}
