internal import Glibc
internal import Postgres
internal import Runtime
internal import TestSupport
internal import Testing
internal import Wire

/// `kill -9`, in the middle of whatever it does.
@Suite struct KillTests {
    @Test func deliveriesGoOnWhereTheyWere() async throws {
        try await SandboxScene.with(["DELIVERIES": "4"]) { scene in
            // Half of what comes is not taken the first time.
            let seen = Lock<Set<String>>([])
            scene.receiver.answer { told in
                seen.withLock { seen in seen.insert(told.id).inserted && told.id.utf8.reduce(0, ^) % 2 == 0 ? 503 : 200
                }
            }
            var references: [String] = []
            for number in 0..<60 {
                references.append(try scene.paid("key-\(number)"))
                if number % 15 == 14 {
                    scene.kill()
                    try scene.start()
                }
            }
            try scene.waitUntil("all are taken") {
                try scene.count("SELECT count(*) FROM sandbox.webhook WHERE next_at IS NOT NULL") == 0
            }
            let told = scene.receiver.told
            #expect(Set(told.map(\.reference)) == Set(references))
            #expect(Set(told.map(\.id)).count == 60, "one message each, however often it came")
        }
    }

    @Test func whatWasOnItsWayIsToldAgainAndNoMoreThanItMayAtOnce() async throws {
        try await SandboxScene.with(["DELIVERIES": "4"]) { scene in
            scene.receiver.hold()
            let references = try (0..<6).map { try scene.paid("key-\($0)") }
            try scene.waitUntil("four are on their way") { scene.receiver.told.count == 4 }
            let under = Set(scene.receiver.told.map(\.id))
            #expect(under.count == 4)
            scene.kill()
            scene.receiver.release()
            try scene.start()
            try scene.waitUntil("all are taken") {
                try scene.count("SELECT count(*) FROM sandbox.webhook WHERE next_at IS NULL") == 6
            }
            #expect(Set(scene.receiver.told.map(\.reference)) == Set(references))
            #expect(scene.receiver.told.count == 10 && scene.receiver.told.filter { under.contains($0.id) }.count == 8)
        }
    }

    private static let storm = [
        "LATE": "0.2", "LATE_BY": "500ms", "DUPLICATED": "0.2", "REORDERED": "0.2", "REORDERED_BY": "300ms",
        "LOST": "0.1", "WRONG_AMOUNT": "0.1", "FAILING": "0.1",
    ]

    @Test(arguments: [[:], storm])
    func whatWasAskedForIsDoneOnceAcrossKills(switches: [String: String]) async throws {
        try await SandboxScene.with(switches) { scene in
            let (port, count) = (scene.port, 40)
            let references = Lock<[Int: Set<String>]>([:])
            let shop = try OwnedThread(name: "shop") {
                for number in 0..<count {
                    // Asked again until it is heard, as an effect is.
                    func insist(_ path: String, _ body: String) -> JSONValue? {
                        for _ in 0..<4_000 {
                            let answer = try? RawHTTPClient(port: port, timeout: 5).exchange(
                                "POST", path,
                                headers: [
                                    "Authorization: Bearer \(SandboxScene.key)", "Content-Type: application/json",
                                ], body: body)
                            if let answer, answer.status < 300 { return try? JSONValue(parsing: answer.body) }
                            _ = Latch().wait(for: .milliseconds(5))
                        }
                        return nil
                    }
                    for _ in 0..<2 {
                        guard let made = insist("/payments", SandboxScene.order("key-\(number)")),
                            let reference = made["reference"]?.text
                        else { continue }
                        references.withLock { _ = $0[number, default: []].insert(reference) }
                        _ = insist("/pay/\(reference)", #"{"outcome":"succeed"}"#)
                        _ = insist(
                            "/payments/\(reference)/refunds", #"{"amount":100,"currency":"EUR","key":"r"}"#)
                    }
                }
            }
            for _ in 0..<5 {
                let before = scene.receiver.told.count
                try? scene.waitUntil("something happens", within: .seconds(2)) {
                    scene.receiver.told.count > before + 5
                }
                scene.kill()
                try scene.start()
            }
            shop.join()
            let all = references.withLock { $0 }
            #expect(all.count == count && all.values.allSatisfy { $0.count == 1 })
            #expect(try scene.count("SELECT count(*) FROM sandbox.payment WHERE status = 'succeeded'") == count)
            #expect(try scene.count("SELECT count(*) FROM sandbox.refund") == count)
            try scene.waitUntil("all are told") {
                try scene.count("SELECT count(*) FROM sandbox.webhook WHERE next_at IS NOT NULL") == 0
            }
            #expect(try scene.count("SELECT count(*) FROM sandbox.webhook") == 2 * count)
            let lost = try scene.count("SELECT count(*) FROM sandbox.webhook WHERE is_lost")
            #expect(Set(scene.receiver.told.map(\.id)).count == 2 * count - lost)
            #expect(try scene.count("SELECT count(*) FROM sandbox.webhook WHERE NOT is_lost AND copies > 0") == 0)
        }
    }

    @Test func ofTwoProcessesOneTells() async throws {
        try await SandboxScene.with { scene in
            let port = try SandboxScene.freePort()
            let other = try scene.startAnother(on: port)
            defer { Glibc.kill(other.pid, SIGKILL) }
            let references = try (0..<10).map { try scene.made("key-\($0)") }
            for reference in references {
                let answer = try RawHTTPClient(port: port).exchange(
                    "POST", "/pay/\(reference)", headers: ["Content-Type: application/json"],
                    body: #"{"outcome":"succeed"}"#)
                #expect(answer.status == 200)
            }
            func isAllTold() throws -> Bool {
                try scene.count("SELECT count(*) FROM sandbox.webhook WHERE next_at IS NOT NULL") == 0
            }
            try scene.waitUntil("all are told", isAllTold)
            #expect(scene.receiver.told.count == 10)
            // The other one takes over.
            scene.kill()
            #expect(try scene.dispute(references[0], "opened", at: port).status == 200)
            try scene.waitUntil("that is told, too", isAllTold)
            #expect(scene.receiver.told.last?.type == "dispute.opened")
        }
    }

    @Test func aDrainLeavesNothingUnwrittenAndNothingUntold() async throws {
        try await SandboxScene.with { scene in
            for number in 0..<10 { _ = try scene.paid("key-\(number)") }
            #expect(try scene.terminate() == 0)
            // What was delivered is written down: nothing of it is told again.
            let told = scene.receiver.told.count
            let written = try scene.count("SELECT count(*) FROM sandbox.webhook WHERE delivered_at IS NOT NULL")
            #expect(told == written)
            try scene.start()
            try scene.waitUntil("all are told") { Set(scene.receiver.told.map(\.id)).count == 10 }
            #expect(scene.receiver.told.count == 10)
        }
    }

    @Test func aDatabaseThatIsAwayIsSaidAndWaitedFor() async throws {
        try await SandboxScene.with { scene in
            _ = try scene.made("a")
            // Every session is ended, as by a restart.
            _ = try scene.count(
                """
                SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()
                """)
            try scene.waitUntil("it makes payments again") {
                try scene.ask("POST", "/payments", SandboxScene.order("b")).status < 300
            }
            _ = try scene.paid("c")
            try scene.waitUntil("it tells again") { !scene.receiver.told.isEmpty }
        }
    }
}
