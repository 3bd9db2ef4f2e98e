internal import Postgres
internal import Runtime
internal import TestSupport
internal import Testing

@testable import Tenancy

@Suite struct TenantDatabasesTests {
    /// Two databases: one is reached directly, the other through a proxy that can misbehave.
    private struct Scene: Sendable {
        let databases: TenantDatabases
        let good: TenantPlace
        let bad: TenantPlace
        let proxy: FaultProxy
    }

    private func with(
        _ options: @Sendable (inout TenantDatabases.Options) -> Void = { _ in },
        _ body: @escaping @Sendable (Scene) throws -> Void
    ) async throws {
        var options = TenantDatabases.Options()
        options.timeLimit = .seconds(3)
        options.connections = 4
        try await TestDatabase.with { [options] database in
            let proxy = try FaultProxy(to: UInt16(database.settings.hosts[0].port))
            defer { proxy.stop() }
            let stores = try Stores("bad=\(Self.url(database, port: proxy.port))", control: database.settings)
            let databases = TenantDatabases(stores, options: options)
            defer { databases.stop() }
            try body(
                Scene(
                    databases: databases, good: place(1, version: 1, store: "main", database: database.name),
                    bad: place(2, version: 2, store: "bad", database: database.name), proxy: proxy))
        }
    }

    private static func url(_ database: TestDatabase, port: UInt16) -> String {
        database.url.replacing(#/@[^\/]*\//#, with: "@127.0.0.1:\(port)/") + "?sslmode=disable"
    }

    private static func backend(_ databases: TenantDatabases, _ place: TenantPlace) throws -> Int32 {
        try databases.with(place) { try $0.query("SELECT pg_backend_pid()").one().get(0) }
    }

    @Test func aConnectionIsKeptAndLentAgain() async throws {
        try await with { scene in
            let first = try Self.backend(scene.databases, scene.good)
            #expect(try Self.backend(scene.databases, scene.good) == first)
            #expect(try Self.backend(scene.databases, scene.bad) != first)
            #expect(scene.databases.statistics == (2, 2))
        }
    }

    @Test func whatABodyThrowsIsPassedOnAndAnOpenTransactionEndsItsConnection() async throws {
        struct Mine: Error {}
        try await with { scene in
            let first = try Self.backend(scene.databases, scene.good)
            #expect(throws: Mine.self) { try scene.databases.with(scene.good) { _ in throw Mine() } }
            let error = try #require(throws: PostgresError.self) {
                try scene.databases.with(scene.good) { try $0.execute("SELECT 1 / 0") }
            }
            #expect(error.sqlState == .divisionByZero)
            #expect(try Self.backend(scene.databases, scene.good) == first, "both were answers")
            try scene.databases.with(scene.good) { try $0.run(script: "BEGIN") }
            #expect(try Self.backend(scene.databases, scene.good) != first)
        }
    }

    @Test func aSilentDatabaseCostsItsCallersTheTimeLimitAndTheNextOnesNothing() async throws {
        try await with { scene in
            _ = try Self.backend(scene.databases, scene.bad)
            scene.proxy.freeze()
            let error = try #require(throws: TenantDatabaseError.self) { try Self.backend(scene.databases, scene.bad) }
            #expect(error.code == .away && error.store == "bad" && error.cause?.code == .responseTimedOut)
            let next = try #require(throws: TenantDatabaseError.self) { try Self.backend(scene.databases, scene.bad) }
            #expect(next.code == .away && next.cause == nil, "nobody was asked")
            _ = try Self.backend(scene.databases, scene.good)
            scene.proxy.forward()
            try wait(until: "it is tried again, and answers") {
                (try? Self.backend(scene.databases, scene.bad)) != nil
            }
        }
    }

    @Test func whileManyWaitForASilentDatabaseTheOthersAreServed() async throws {
        try await with { scene in
            scene.proxy.freeze()
            let ended = Lock(0)
            var threads: [OwnedThread] = []
            for _ in 0..<12 {
                threads.append(
                    try OwnedThread(name: "caller") {
                        _ = try? Self.backend(scene.databases, scene.bad)
                        ended.withLock { $0 += 1 }
                    })
            }
            try wait(until: "it is being tried") { scene.databases.statistics.open > 0 }
            for _ in 0..<20 {
                let before = ended.withLock { $0 }
                do {
                    _ = try Self.backend(scene.databases, scene.good)
                    break
                } catch let error as TenantDatabaseError {
                    // All four are lent to it in its first moment, once: that ends with its time limit.
                    #expect(error.code == .busy && before < 12)
                }
            }
            for thread in threads { thread.join() }
            for _ in 0..<5 { _ = try Self.backend(scene.databases, scene.good) }
        }
    }

    @Test func aStatementThatTakesTooLongIsEndedByItsServer() async throws {
        try await with { scene in
            let error = try #require(throws: TenantDatabaseError.self) {
                try scene.databases.with(scene.good) { try $0.execute("SELECT pg_sleep(60)") }
            }
            #expect(error.code == .away && error.cause?.sqlState == .queryCanceled)
        }
    }

    @Test func aDatabaseThatIsNotThereIsAwayAndItsServerIsNot() async throws {
        try await with { scene in
            var missing = scene.good
            missing.database = "no_such_database"
            let error = try #require(throws: TenantDatabaseError.self) {
                try Self.backend(scene.databases, missing)
            }
            #expect(error.code == .away && error.cause?.sqlState == .undefinedDatabase)
            _ = try Self.backend(scene.databases, scene.good)
            var unknown = scene.good
            unknown.store = "nobody's"
            let other = try #require(throws: TenantDatabaseError.self) { try Self.backend(scene.databases, unknown) }
            #expect(other.code == .unknownStore)
        }
    }

    @Test func connectionsAreBoundedAndTheOldestMakesRoom() async throws {
        try await with { scene in
            // Six databases by name are one: what is bounded are connections.
            for number in 0..<6 {
                var other = scene.good
                other.store = number % 2 == 0 ? "main" : "bad"
                for _ in 0..<2 { _ = try Self.backend(scene.databases, other) }
                #expect(scene.databases.statistics.open <= 4)
            }
        }
    }

    @Test func stoppingEndsWhatIsUnderWay() async throws {
        try await with { scene in
            let failure = Lock<TenantDatabaseError?>(nil)
            let isIn = Latch()
            let thread = try OwnedThread(name: "caller") {
                do {
                    try scene.databases.with(scene.good) { connection in
                        isIn.open()
                        // What falls between two statements is not felt; then the last one ends it.
                        for _ in 0..<50 { try connection.execute("SELECT pg_sleep(0.4)") }
                    }
                } catch {
                    failure.withLock { $0 = error as? TenantDatabaseError }
                }
            }
            isIn.wait()
            scene.databases.stop()
            thread.join()
            let next = try #require(throws: TenantDatabaseError.self) { try Self.backend(scene.databases, scene.good) }
            #expect(next.code == .closed)
        }
    }
}
