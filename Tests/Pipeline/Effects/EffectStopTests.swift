internal import Postgres
internal import RabbitMQ
internal import Runtime
internal import TestSupport
internal import Testing

@testable internal import Pipeline

/// Runners that are told to stop, and runners that stop without having been told.
@Suite struct EffectStopTests {
    @Test func aDrainFinishesWhatRunsAndTakesNothingNew() async throws {
        try await EffectScene.with { scene in
            let release = Latch()
            defer { release.open() }
            let handler = RecordingHandler { request in
                release.wait()
                return RecordingHandler.command(request)
            }
            try scene.add(1...1)
            let runner = try scene.start(handler)
            #expect(scene.wait { handler.requests.count == 1 })
            let isFinished = Lock<Bool?>(nil)
            let stopping = try OwnedThread(name: "stopping") {
                let answer = runner.stop(within: .seconds(30))
                isFinished.withLock { $0 = answer }
            }
            try scene.add(2...10)
            try scene.wake(10)
            #expect(isFinished.withLock { $0 } == nil)
            release.open()
            stopping.join()
            #expect(isFinished.withLock { $0 } == true)
            #expect(try scene.row(1).state == "done")
            // What it might have taken between the wake-ups and the drain, it finished.
            #expect(try scene.count("done") == handler.requests.count)
            #expect(try scene.commands(handler.requests.count).count == handler.requests.count)
            let untouched = try scene.session.query("SELECT count(*) FROM effect WHERE attempts = 0")
            #expect(try untouched.one().get(0, as: Int64.self) == Int64(10 - handler.requests.count))
        }
    }

    @Test func anIdleRunnerStopsAtOnceAndForGood() async throws {
        try await EffectScene.with { scene in
            let handler = RecordingHandler()
            let runner = try scene.start(handler)
            #expect(scene.wait { runner.status.isBrokerUp })
            #expect(runner.stop(within: .seconds(30)))
            #expect(runner.stop(within: .seconds(30)))
            try scene.add(1...1)
            try scene.wake()
            #expect(try scene.row(1).attempts == 0)
        }
    }

    @Test func aHandlerThatHangsDoesNotHoldUpTheStop() async throws {
        try await EffectScene.with { scene in
            let release = Latch()
            defer { release.open() }
            let handler = RecordingHandler { _ in
                release.wait()
                return .done
            }
            try scene.add(1...1)
            let runner = try scene.start(handler)
            #expect(scene.wait { handler.requests.count == 1 })
            #expect(!runner.stop(within: .milliseconds(50)))
            #expect(try scene.row(1) == .init(state: "waiting", attempts: 1, lastError: nil, isFinished: false))
        }
    }

    @Test func aRunnerThatDiesBetweenHandlingAndPublishingIsFollowedByASecondRun() async throws {
        try await EffectScene.with { scene in
            let proxy = try FaultProxy(to: scene.broker.port)
            defer { proxy.stop() }
            let first = RecordingHandler { request in
                proxy.refuse()
                return RecordingHandler.command(request)
            }
            try scene.add(1...1)
            let runner = try scene.start(first, brokerPort: proxy.port) { $0.visibility = .milliseconds(300) }
            #expect(scene.wait { first.requests.count == 1 && !runner.status.isBrokerUp })
            // It holds the outcome in memory, and that goes with it.
            #expect(!runner.stop(within: .zero))
            #expect(try scene.row(1).state == "waiting")

            let second = RecordingHandler { RecordingHandler.command($0) }
            _ = try scene.start(second)
            #expect(try scene.wait { try scene.row(1).state == "done" })
            #expect(second.requests.map(\.attempt) == [2])
            #expect(try scene.commands(1) == first.requests.map { $0.commandId(0) })
        }
    }

    @Test func aRunnerThatDiesBetweenPublishingAndWritingDownIsFollowedByASecondRun() async throws {
        try await EffectScene.with { scene in
            let blocker = try PostgresConnection.connect(scene.database)
            defer { blocker.close() }
            blocker.handOver()
            let sharedBlocker = Handed(blocker)
            let handler = RecordingHandler { request in
                // From here on nobody can write the effect's row.
                try sharedBlocker.with { blocker in
                    try blocker.run(script: "BEGIN; SELECT 1 FROM effect FOR UPDATE")
                }
                return RecordingHandler.command(request)
            }
            try scene.add(1...1)
            let runner = try scene.start(handler) { $0.visibility = .milliseconds(300) }
            let published = try scene.commands(1)
            #expect(published == handler.requests.map { $0.commandId(0) })
            #expect(!runner.stop(within: .zero))
            try sharedBlocker.with { try $0.run(script: "ROLLBACK") }
            #expect(try scene.row(1).state == "waiting")

            let second = RecordingHandler { RecordingHandler.command($0) }
            _ = try scene.start(second)
            #expect(try scene.wait { try scene.row(1).state == "done" })
            #expect(second.requests.map(\.attempt) == [2])
            #expect(try scene.commands(1) == published)
        }
    }

    @Test func aCutBrokerIsWaitedForWithTheOutcomeInHand() async throws {
        try await EffectScene.with { scene in
            let proxy = try FaultProxy(to: scene.broker.port)
            defer { proxy.stop() }
            let handler = RecordingHandler { request in
                if request.id == EffectScene.id(1) { proxy.refuse() }
                return RecordingHandler.command(request)
            }
            try scene.add(1...1)
            let runner = try scene.start(handler, brokerPort: proxy.port)
            #expect(scene.wait { handler.requests.count == 1 && !runner.status.isBrokerUp })
            try scene.add(2...2)
            proxy.forward()
            #expect(try scene.wait { try scene.count("done") == 2 })
            // Nobody had to do it twice.
            #expect(handler.requests.map(\.attempt) == [1, 1])
            #expect(try Set(scene.commands(2)) == Set(handler.requests.map { $0.commandId(0) }))
        }
    }

    @Test func serversThatAreAwayAtTheStartAreWaitedFor() async throws {
        try await EffectScene.with { scene in
            let broker = try FaultProxy(to: scene.broker.port)
            defer { broker.stop() }
            let server = try #require(scene.database.hosts.first?.port)
            let database = try FaultProxy(to: try #require(UInt16(exactly: server)))
            defer { database.stop() }
            broker.refuse()
            database.refuse()
            try scene.add(1...3)
            let handler = RecordingHandler { RecordingHandler.command($0) }
            let runner = try scene.start(handler, brokerPort: broker.port, databasePort: Int(database.port))
            #expect(runner.status == .init())
            broker.forward()
            #expect(scene.wait { runner.status.isBrokerUp })
            #expect(!runner.status.isDatabaseUp)
            database.forward()
            #expect(try scene.wait { try scene.count("done") == 3 })
            #expect(handler.requests.map(\.attempt) == [1, 1, 1])
        }
    }

    @Test func aDatabaseThatIsCutOffDuringAnAttemptIsWaitedFor() async throws {
        try await EffectScene.with { scene in
            let server = try #require(scene.database.hosts.first?.port)
            let proxy = try FaultProxy(to: try #require(UInt16(exactly: server)))
            defer { proxy.stop() }
            let handler = RecordingHandler { request in
                if request.id == EffectScene.id(1) { proxy.refuse() }
                return RecordingHandler.command(request)
            }
            try scene.add(1...1)
            let runner = try scene.start(handler, databasePort: Int(proxy.port))
            #expect(scene.wait { handler.requests.count == 1 && !runner.status.isDatabaseUp })
            #expect(runner.status.inHand == 1)
            proxy.forward()
            #expect(try scene.wait { try scene.row(1).state == "done" })
            #expect(handler.requests.count == 1)
        }
    }

    @Test func aChannelThatEndsAloneIsMadeAnew() async throws {
        try await EffectScene.with { scene in
            let runner = try scene.start(RecordingHandler()) { $0.sweepInterval = .seconds(300) }
            #expect(scene.wait { runner.status.isBrokerUp && runner.status.isDatabaseUp })
            // The broker takes the consumer off its queue.
            try scene.deleteEffectQueue()
            #expect(scene.wait { !runner.status.isBrokerUp })
            #expect(scene.wait { runner.status.isBrokerUp })
            try scene.add(1...1)
            try scene.wake()
            #expect(try scene.wait { try scene.row(1).state == "done" })
        }
    }
}

/// A connection that threads take turns with.
private final class Handed: @unchecked Sendable {
    // because: the connection is used under the lock only, and handed over at the end of each use
    private let lock = Lock(())
    private let connection: PostgresConnection

    init(_ connection: PostgresConnection) { self.connection = connection }

    func with(_ body: (PostgresConnection) throws -> Void) throws {
        try lock.withLock { _ in
            defer { connection.handOver() }
            try body(connection)
        }
    }
}
