internal import Foundation
internal import Pipeline
internal import Postgres
internal import Runtime
internal import TestSupport
internal import Testing
internal import Ticketing

/// Effect runners whose servers are killed, and that are killed themselves.
@Suite(.serialized) struct EffectFaults {
    /// With a database of the test's own on the shared server, and a broker that it may kill.
    private func withBroker(_ body: @escaping @Sendable (EffectScene, PrivateBroker) throws -> Void) async throws {
        try await TestDatabase.with { database in
            let broker = try PrivateBroker()
            defer { broker.stop() }
            let scene = try EffectScene(database: database.settings, brokerURL: broker.url)
            defer { scene.close() }
            for partition in 0..<2 { try broker.waitUntilRegistered(quorumQueue: Topology.seatsQueue(partition)) }
            try body(scene, broker)
        }
    }

    /// With a virtual host of the test's own on the shared broker, and a database server that it may kill.
    private func withServer(_ body: @escaping @Sendable (EffectScene, PrivatePostgres) throws -> Void) async throws {
        try await TestBroker.withVirtualHost { broker in
            let server = try PrivatePostgres()
            var settings = server.settings
            settings.responseTimeout = .seconds(1)
            let scene = try EffectScene(database: settings, brokerURL: broker.url)
            defer { scene.close() }
            try body(scene, server)
        }
    }

    private static func commands(_ numbers: ClosedRange<Int>) -> Set<CommandId> {
        Set(numbers.map { EffectScene.request($0).commandId(0) })
    }

    @Test func aKilledBrokerIsWaitedForAndNoCommandIsLost() async throws {
        try await withBroker { scene, broker in
            let handler = RecordingHandler { RecordingHandler.command($0) }
            let runner = try scene.start(handler)
            try scene.add(1...300)
            #expect(try scene.wait { try scene.count("done") >= 30 })
            broker.kill()
            #expect(scene.wait { !runner.status.isBrokerUp })
            try scene.add(301...330)
            let done = try scene.count("done")
            try broker.start()
            #expect(try scene.wait(within: .seconds(60)) { try scene.count("done") == 330 })
            #expect(done < 330)
            // Confirmed means kept: each effect's command is there, some of them twice.
            var found: Set<CommandId> = []
            for _ in 0..<20 where found.count < 330 {
                // A consumer that comes before a quorum queue has elected its leader is never answered.
                if let more = try? scene.commands(330, within: .seconds(3)) { found.formUnion(more) }
            }
            #expect(found == Self.commands(1...330))
            #expect(handler.mostAtOnce == 1)
        }
    }

    @Test func aBrokerShortOfMemoryIsWaitedForWithTheOutcomesInHand() async throws {
        try await withBroker { scene, broker in
            let release = Latch()
            defer { release.open() }
            let handler = RecordingHandler { request in
                release.wait()
                return RecordingHandler.command(request)
            }
            try scene.add(1...20)
            let runner = try scene.start(handler)
            #expect(scene.wait { handler.requests.count == 4 })
            try broker.raiseMemoryAlarm()
            release.open()
            // Whoever publishes first is told.
            #expect(scene.wait { !runner.status.isBrokerUp })
            #expect(try scene.count("done") == 0)
            try broker.clearMemoryAlarm()
            #expect(try scene.wait(within: .seconds(60)) { try scene.count("done") == 20 })
            #expect(try Set(scene.commands(20)) == Self.commands(1...20))
        }
    }

    @Test func stoppedRunnersLeaveNothingBehind() async throws {
        try await EffectScene.with { scene in
            // The first one makes what stays for good.
            _ = try scene.start(RecordingHandler())
            #expect(scene.stop(within: .seconds(20)))
            let before = try ProcessResources()
            for round in 1...5 {
                _ = try scene.start(RecordingHandler { RecordingHandler.command($0) })
                try scene.add(round...round)
                #expect(try scene.wait { try scene.row(round).state == "done" })
                #expect(scene.stop(within: .seconds(20)))
            }
            try before.expectSame()
        }
    }

    @Test func aKilledDatabaseIsWaitedForAndNothingIsLost() async throws {
        try await withServer { scene, server in
            let isSlow = Lock(true)
            let release = Latch()
            defer { release.open() }
            let handler = RecordingHandler { request in
                if isSlow.withLock({ $0 }) { release.wait() }
                return RecordingHandler.command(request)
            }
            try scene.add(1...50)
            let runner = try scene.start(handler) { $0.visibility = .seconds(2) }
            #expect(scene.wait { handler.requests.count == 4 })
            server.crash()
            isSlow.withLock { $0 = false }
            // The outcomes can be published but not written down.
            release.open()
            #expect(scene.wait { !runner.status.isDatabaseUp })
            #expect(runner.status.isBrokerUp)
            try server.start()
            try scene.reconnect()
            #expect(try scene.wait(within: .seconds(60)) { try scene.count("done") == 50 })
            #expect(try Set(scene.commands(50)).isSubset(of: Self.commands(1...50)))
            #expect(runner.status.isDatabaseUp)
            // What was in hand when the server went down did not have to be done again.
            #expect(handler.requests.filter { $0.attempt > 1 }.isEmpty)
        }
    }

    @Test func aFrozenDatabaseIsGivenUpAndFoundAgain() async throws {
        try await withServer { scene, server in
            let handler = RecordingHandler { RecordingHandler.command($0) }
            let runner = try scene.start(handler) { $0.visibility = .seconds(2) }
            try scene.add(1...20)
            #expect(try scene.wait { try scene.count("done") == 20 })
            server.freeze()
            #expect(scene.wait { !runner.status.isDatabaseUp })
            server.thaw()
            try scene.reconnect()
            try scene.add(21...40)
            #expect(try scene.wait(within: .seconds(60)) { try scene.count("done") == 40 })
            #expect(try Set(scene.commands(40)).count == 40)
        }
    }

    @Test func killedProcessesLoseNothing() async throws {
        try await EffectScene.with { scene in
            // What the provider knows: by its idempotency key, each effect once.
            try scene.session.run(script: "CREATE TABLE provider (id text PRIMARY KEY, calls integer NOT NULL)")
            try scene.add(1...400)
            var generator = SeededRandom(seed: 11)
            var kills = 0
            while try scene.count("done") < 400, kills < 40 {
                let children = try (0..<2).map { _ in try EffectChild(scene) }
                // Long enough to begin, and never to the end.
                let goal = try scene.count("done") + Int.random(in: 20...60, using: &generator)
                #expect(try scene.wait { try scene.count("done") >= min(goal, 400) })
                for child in children { child.killAndWait() }
                kills += 1
            }
            #expect(kills >= 4)
            #expect(try scene.count("done") == 400)
            let calls = try scene.session.query("SELECT count(*), sum(calls) FROM provider").one()
            let (effects, all) = try calls.decode((Int64, Int64).self)
            #expect(effects == 400)
            // Some were in hand at a kill, and were done again.
            #expect(all > 400)
            var found: Set<CommandId> = []
            while found.count < 400 {
                let more = try scene.commands(1, within: .seconds(5))
                try #require(!more.isEmpty, "the commands of \(400 - found.count) effects are missing")
                found.formUnion(more)
            }
            #expect(found == Self.commands(1...400))
        }
    }

    /// What the child does until it is killed; in the test run itself it does nothing.
    @Test func roleOfTheChild() async throws {
        guard EffectChild.isOne else { return }
        try await onThread { try EffectChild.run() }
    }
}
