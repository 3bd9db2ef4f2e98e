internal import API
internal import Postgres
internal import Runtime
internal import Tenancy
internal import TestSupport
internal import Testing
internal import Ticketing

/// What is asked of tenants' databases, and what becomes of those that do not answer.
@Suite struct TenantAskerTests {
    /// Who was answered what, in order.
    private final class Told: Sendable {
        private let all = Lock<[String]>([])
        var list: [String] { all.withLock { $0 } }
        func tell(_ text: String) { all.withLock { $0.append(text) } }

        func waitFor(_ count: Int) throws -> [String] {
            let deadline = SystemTime().monotonic + .seconds(60)
            while list.count < count {
                try #require(SystemTime().monotonic < deadline, "only \(list)")
                _ = Latch().wait(for: .milliseconds(2))
            }
            return list
        }

        /// Says the answer to a question, or why there is none.
        func job(_ name: String, _ statement: SQL = "SELECT 7") -> TenantAsker.Job {
            TenantAsker.Job(
                perform: { connection in
                    let answer: Int32 = try connection.query(statement).one().get(0)
                    self.tell("\(name): \(answer)")
                }, refuse: { self.tell("\(name): \($0)") })
        }
    }

    private func with(
        hands: Int = 2,
        _ body:
            @escaping @Sendable (TenantAsker, FaultProxy, _ near: TenantPlace, _ far: TenantPlace)
            throws -> Void
    ) async throws {
        try await TestDatabase.with { database in
            let host = try #require(database.settings.hosts.first)
            let proxy = try FaultProxy(to: UInt16(host.port))
            let url = database.url.replacing(#/:[0-9]+\//#, with: ":\(proxy.port)/")
            let settings = try Runtime.Settings.load(
                file: nil, environment: ["TURNSTILE_DESK_STORES": "far=\(url)"], sections: [DeskSection.self])
            let databases = TenantDatabases(try Stores(settings[DeskSection.self], control: database.settings))
            defer { databases.stop() }
            let asker = try TenantAsker(databases, name: "asker", hands: hands, log: .none)
            defer { asker.stop() }
            func place(_ number: UInt64, _ store: String) -> TenantPlace {
                TenantPlace(
                    tenant: TenantId(high: 0, low: number), subDomain: "t\(number)", status: .active, store: store,
                    database: database.name, partition: 0, version: 1, changedAt: Timestamp(microseconds: 0))
            }
            try body(asker, proxy, place(1, "main"), place(2, "far"))
        }
    }

    @Test func whatOneAskedForWronglyIsNotInTheOthersWay() async throws {
        try await with { asker, _, near, _ in
            let told = Told()
            asker.post(told.job("a"), at: near)
            asker.post(told.job("b", "SELECT * FROM nothing"), at: near)
            asker.post(told.job("c"), at: near)
            let answers = try told.waitFor(3)
            #expect(answers == ["a: 7", "b: broken", "c: 7"])
        }
    }

    @Test func aSilentDatabaseDelaysNobodyElse() async throws {
        try await with { asker, proxy, near, far in
            let told = Told()
            asker.post(told.job("far"), at: far)
            asker.post(told.job("near"), at: near)
            let first = try told.waitFor(2)
            #expect(Set(first) == ["far: 7", "near: 7"])
            proxy.freeze()
            let (silent, others) = (Told(), Told())
            for number in 0..<50 { asker.post(silent.job("\(number)"), at: far) }
            for number in 0..<50 { asker.post(others.job("\(number)"), at: near) }
            let (heard, unheard) = (try others.waitFor(50), try silent.waitFor(50))
            #expect(heard == (0..<50).map { "\($0): 7" })
            #expect(Set(unheard) == Set((0..<50).map { "\($0): away" }))
            // It is not asked for a moment, and then again.
            proxy.forward()
            var answers: [String] = []
            let deadline = SystemTime().monotonic + .seconds(60)
            while answers.last != "x: 7", SystemTime().monotonic < deadline {
                let again = Told()
                asker.post(again.job("x"), at: far)
                answers += try again.waitFor(1)
                _ = Latch().wait(for: .milliseconds(2))
            }
            #expect(answers.last == "x: 7" && Set(answers).isSubset(of: ["x: 7", "x: away"]))
        }
    }

    @Test func whoeverWaitsWhenItStopsIsTold() async throws {
        try await with { asker, proxy, near, far in
            proxy.freeze()
            let told = Told()
            for number in 0..<5 { asker.post(told.job("\(number)"), at: far) }
            asker.stop()
            #expect(Set(told.list) == Set((0..<5).map { "\($0): away" }))
            asker.post(told.job("late"), at: near)
            #expect(told.list.last == "late: overloaded")
        }
    }
}
