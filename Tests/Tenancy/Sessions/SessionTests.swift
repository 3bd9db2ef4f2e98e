internal import Postgres
internal import Runtime
internal import Sealing
internal import TestSupport
internal import Testing
internal import Ticketing

@testable import Tenancy

private let tenant = TenantId(high: 7, low: 8)
private let now = Timestamp(microseconds: 1_800_000_000_000_000)

@Suite struct SessionSealTests {
    private func seal(_ byte: UInt8 = 1) throws -> SessionSeal {
        SessionSeal(try HMACKey([UInt8](repeating: byte, count: 32)))
    }

    @Test func aTokenSaysWhoseItIsAndUntilWhen() throws {
        let session = Session(of: tenant, at: now, lasting: .seconds(60))
        let text = try seal().text(session)
        #expect(text.hasPrefix("tds_") && text.utf8.count == 75)
        #expect(try seal().read(text, at: now) == session)
        #expect(session.tenant == tenant && session.expiresAt == now + .seconds(60))
        #expect(Session(of: tenant, at: now, lasting: .seconds(60)).id != session.id, "no two are the same")
    }

    @Test func itIsGoodUntilItExpires() throws {
        let text = try seal().text(Session(of: tenant, at: now, lasting: .seconds(60)))
        #expect(try seal().read(text, at: now + .milliseconds(59_999)) != nil)
        #expect(try seal().read(text, at: now + .seconds(60)) == nil)
    }

    @Test func anotherInstallationsIsNone() throws {
        let text = try seal(2).text(Session(of: tenant, at: now, lasting: .seconds(60)))
        #expect(try seal(1).read(text, at: now) == nil)
    }

    @Test func whatWasChangedAnywhereIsNone() throws {
        let text = try seal().text(Session(of: tenant, at: now, lasting: .seconds(60)))
        for index in text.indices {
            for other in ["A", "b", "_", "="] where text[index...].first != other.first {
                var changed = text
                changed.replaceSubrange(index...index, with: other)
                #expect(try seal().read(changed, at: now) == nil, "\(changed)")
            }
        }
        for wrong in ["", "tds_", "key_a.b", text + "A", String(text.dropLast()), text.uppercased()] {
            #expect(try seal().read(wrong, at: now) == nil, "\(wrong)")
        }
    }
}

@Suite struct EndedSessionSetTests {
    private func session(_ number: UInt64, expiresIn seconds: Int) -> Session {
        Session(id: Session.Id(high: 0, low: number), tenant: tenant, expiresAt: now + .seconds(seconds))
    }

    @Test func whatHasEndedIsKnownUntilItWouldHaveExpired() {
        var set = EndedSessionSet()
        let (first, second) = (session(1, expiresIn: 10), session(2, expiresIn: 20))
        for each in [first, second, first] { set.insert(each.id, expiresAt: each.expiresAt) }
        #expect(set.contains(first) && set.contains(second) && !set.contains(session(3, expiresIn: 10)))
        set.prune(at: now + .seconds(10))
        #expect(set.count == 1 && set.contains(second))
    }

    @Test func ofTooManyTheSoonestAreForgottenAndNobodyIsLetInAgain() {
        var set = EndedSessionSet(most: 100)
        let ended = (0..<1_000).map { session(UInt64($0), expiresIn: 1_000 + $0 % 500) }
        for each in ended { set.insert(each.id, expiresAt: each.expiresAt) }
        #expect(set.count <= 100)
        for each in ended { #expect(set.contains(each)) }
        #expect(!set.contains(session(5_000, expiresIn: 1_500)), "those that last longer are not touched")
        #expect(set.contains(session(5_000, expiresIn: 1_001)), "some have to log in again")
    }
}

@Suite struct EndedSessionsTests {
    private struct Scene: Sendable {
        let tables: ControlTables
        let proxy: FaultProxy
        let pool: PostgresPool

        func start(_ options: EndedSessions.Options = quick) throws -> EndedSessions {
            try EndedSessions(pool: pool, options: options, log: .none)
        }

        static var quick: EndedSessions.Options {
            var options = EndedSessions.Options()
            options.refresh = .milliseconds(20)
            return options
        }

        func end(_ session: Session) throws {
            try tables.connected { try SessionStore($0).end(session) }
        }
    }

    private func with(_ body: @escaping @Sendable (Scene) throws -> Void) async throws {
        try await TestDatabase.with { database in
            let tables = try ControlTables(database.settings)
            let proxy = try FaultProxy(to: UInt16(database.settings.hosts[0].port))
            defer { proxy.stop() }
            var settings = database.settings
            settings.hosts = [.init("127.0.0.1", port: Int(proxy.port))]
            settings.encryption = .disable
            settings.connectTimeout = .seconds(3)
            settings.responseTimeout = .seconds(3)
            let pool = try PostgresPool(settings)
            defer { pool.close(grace: .zero) }
            try body(Scene(tables: tables, proxy: proxy, pool: pool))
        }
    }

    private func session(expiresIn seconds: Int = 3_600) -> Session {
        Session(of: tenant, at: SystemTime().wall, lasting: .seconds(seconds))
    }

    @Test func whatEndsAnywhereIsKnownEverywhere() async throws {
        try await with { scene throws in
            let (early, late, other) = (session(), session(), session())
            try scene.end(early)
            let (first, second) = (try scene.start(), try scene.start())
            defer { for each in [first, second] { each.stop() } }
            for ended in [first, second] {
                try wait(until: "what ended before is read") { ended.contains(early) == true }
                #expect(ended.contains(late) == false)
            }
            try scene.end(late)
            try scene.end(late)
            for ended in [first, second] {
                try wait(until: "what ends now is read") { ended.contains(late) == true }
                #expect(ended.contains(other) == false && ended.contains(early) == true)
            }
            first.insert(other)
            #expect(first.contains(other) == true, "who ends one knows at once")
        }
    }

    @Test func beforeTheFirstAnswerNobodyCanSayAndWhileTheDatabaseIsAwayItGoesOn() async throws {
        try await with { scene throws in
            scene.proxy.refuse()
            let (before, after) = (session(), session())
            try scene.end(before)
            let ended = try scene.start()
            defer { ended.stop() }
            #expect(ended.contains(before) == nil && ended.age == nil)
            scene.proxy.forward()
            try wait(until: "it is read") { ended.contains(before) == true }
            scene.proxy.refuse()
            try scene.end(after)
            #expect(ended.contains(before) == true && ended.contains(after) == false)
            scene.proxy.forward()
            try wait(until: "it is read again") { ended.contains(after) == true }
        }
    }

    @Test func whatHasExpiredIsForgottenInTheTableToo() async throws {
        try await with { scene throws in
            let (old, recent, live) = (session(expiresIn: -7_200), session(expiresIn: -60), session())
            for each in [old, recent, live] { try scene.end(each) }
            var options = Scene.quick
            options.wholeLook = .milliseconds(50)
            let ended = try scene.start(options)
            defer { ended.stop() }
            try wait(until: "the old one is gone") {
                try scene.tables.connected {
                    try $0.query("SELECT count(*) FROM ended_session").one().get(0, as: Int64.self) == 2
                }
            }
            try wait(until: "what has expired is not kept here") { ended.count == 1 }
            #expect(ended.contains(live) == true)
        }
    }
}
