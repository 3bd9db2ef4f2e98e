internal import Postgres
internal import RabbitMQ
internal import Runtime
internal import TestSupport
internal import Testing
internal import Ticketing
internal import Wire

@testable internal import Pipeline

/// Runners with a real database and a real broker.
@Suite struct EffectRunnerTests {
    @Test func whatIsDoneIsPublishedAndWrittenDown() async throws {
        try await EffectScene.with { scene in
            try scene.add(1...3)
            let handler = RecordingHandler { RecordingHandler.command($0) }
            _ = try scene.start(handler)
            #expect(try scene.wait { try scene.count("done") == 3 })
            let requests = handler.requests
            #expect(Set(requests.map(\.id)) == Set((1...3).map(EffectScene.id)))
            #expect(try Set(scene.commands(3)) == Set(requests.map { $0.commandId(0) }))
            let request = try #require(requests.first { $0.id == EffectScene.id(2) })
            #expect(request.attempt == 1)
            #expect(request.partition == 1)
            #expect(request.event == EffectScene.event)
            #expect(request.command == CommandId(high: 0xC0, low: 2))
            #expect(request.trace?.traceparent == "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
            #expect(String(decoding: request.body, as: UTF8.self) == #"{"number": 2}"#)
            #expect(try scene.row(2) == .init(state: "done", attempts: 1, lastError: nil, isFinished: true))
        }
    }

    @Test func commandsArriveAsAWorkerWantsThem() async throws {
        try await EffectScene.with { scene in
            try scene.add(1...1)
            _ = try scene.start(RecordingHandler { RecordingHandler.command($0) })
            let message = try #require(try scene.messages(1).first)
            #expect(message.properties.userID == scene.broker.user)
            #expect(message.properties.isPersistent)
            let request = EffectScene.request(1)
            var line: [UInt8] = []
            guard case .done(let contents) = RecordingHandler.command(request) else { return }
            WireCommand(
                id: request.commandId(0), tenant: request.tenant, event: request.event, content: contents[0],
                trace: request.trace
            ).appendLine(to: &line)
            #expect(message.body == line)
        }
    }

    @Test func aWakeUpIsEnough() async throws {
        try await EffectScene.with { scene in
            // A sweep would come too late for this test.
            let runner = try scene.start(RecordingHandler()) { $0.sweepInterval = .seconds(300) }
            #expect(scene.wait { runner.status.isBrokerUp && runner.status.isDatabaseUp })
            try scene.add(1...1)
            try scene.wake()
            #expect(try scene.wait { try scene.row(1).state == "done" })
        }
    }

    @Test func aSweepFindsWhatWasNotWoken() async throws {
        try await EffectScene.with { scene in
            let runner = try scene.start(RecordingHandler())
            #expect(scene.wait { runner.status.isBrokerUp && runner.status.isDatabaseUp })
            try scene.add(1...20)
            #expect(try scene.wait { try scene.count("done") == 20 })
        }
    }

    @Test func manyWakeUpsDoNothingTwice() async throws {
        try await EffectScene.with { scene in
            let handler = RecordingHandler()
            _ = try scene.start(handler)
            try scene.add(1...10)
            try scene.wake(500)
            #expect(try scene.wait { try scene.count("done") == 10 })
            try scene.wake(500)
            try scene.add(11...11)
            #expect(try scene.wait { try scene.count("done") == 11 })
            #expect(handler.requests.count == 11)
        }
    }

    @Test func whatIsNotDueYetWaitsForItsTimeAndNoLonger() async throws {
        try await EffectScene.with { scene in
            try scene.add(1...1, dueIn: .milliseconds(600))
            // Less a little, for the two clocks' readings.
            let due = SystemTime().monotonic + .milliseconds(500)
            let began = Lock<MonotonicTime?>(nil)
            let handler = RecordingHandler { _ in
                began.withLock { $0 = SystemTime().monotonic }
                return .done
            }
            _ = try scene.start(handler) { $0.sweepInterval = .seconds(300) }
            #expect(try scene.wait { try scene.row(1).state == "done" })
            let at = try #require(began.withLock { $0 })
            #expect(at >= due)
        }
    }

    @Test func aFailedAttemptIsTriedAgainAfterItsPause() async throws {
        try await EffectScene.with { scene in
            let times = Lock<[MonotonicTime]>([])
            let handler = RecordingHandler { request in
                times.withLock { $0.append(SystemTime().monotonic) }
                return request.attempt < 4 ? .later("no. \(request.attempt)") : .done
            }
            _ = try scene.start(handler) { $0.retries = [.milliseconds(30), .milliseconds(60), .milliseconds(120)] }
            try scene.add(1...1)
            #expect(try scene.wait { try scene.row(1).state == "done" })
            #expect(handler.requests.map(\.attempt) == [1, 2, 3, 4])
            let found = times.withLock { $0 }
            for (index, pause) in [30, 60, 120].enumerated() {
                #expect(found[index + 1] - found[index] >= .milliseconds(pause))
            }
            #expect(try scene.row(1) == .init(state: "done", attempts: 4, lastError: nil, isFinished: true))
        }
    }

    @Test func aSecondRunSendsTheSameCommands() async throws {
        try await EffectScene.with { scene in
            // The first attempt's outcome is published and then forgotten, as by a crash before it is written down.
            let handler = RecordingHandler { RecordingHandler.command($0) }
            try scene.add(1...1)
            _ = try scene.start(handler)
            #expect(try scene.wait { try scene.row(1).state == "done" })
            try scene.session.execute("UPDATE effect SET state = 'waiting', next_at = now(), finished_at = NULL")
            #expect(try scene.wait { try scene.row(1).state == "done" })
            let commands = try scene.commands(2)
            #expect(commands.count == 2 && Set(commands).count == 1)
        }
    }

    @Test func anErrorIsAFailedAttempt() async throws {
        try await EffectScene.with { scene in
            struct Trouble: Error {}
            _ = try scene.start(RecordingHandler { _ in throw Trouble() }) { $0.attempts = 2 }
            try scene.add(1...1)
            #expect(try scene.wait { try scene.row(1).state == "parked" })
            #expect(try scene.row(1) == .init(state: "parked", attempts: 2, lastError: "Trouble()", isFinished: true))
        }
    }

    @Test func whatCannotWorkIsParkedAtOnceAndCanBeSentOnItsWayAgain() async throws {
        try await EffectScene.with { scene in
            let isMended = Lock(false)
            let handler = RecordingHandler { _ in
                isMended.withLock { $0 } ? .done : .never("no\0such \(String(repeating: "é", count: 2_000))")
            }
            _ = try scene.start(handler)
            try scene.add(1...1)
            #expect(try scene.wait { try scene.row(1).state == "parked" })
            let parked = try scene.row(1)
            #expect(parked.attempts == 1)
            // Cut, and without what the database does not take.
            #expect(parked.lastError?.hasPrefix("no such éé") == true)
            #expect(try #require(parked.lastError).utf8.count < 1_010)

            isMended.withLock { $0 = true }
            #expect(try ParkedEffects.retry(EffectScene.id(1), on: scene.session))
            #expect(try scene.wait { try scene.row(1).state == "done" })
            #expect(handler.requests.map(\.attempt) == [1, 1])
            #expect(try !ParkedEffects.retry(EffectScene.id(1), on: scene.session))
            #expect(try !ParkedEffects.retry(EffectScene.id(99), on: scene.session))
        }
    }

    @Test func attemptsThatWereNeverHeardOfCountToo() async throws {
        try await EffectScene.with { scene in
            let handler = RecordingHandler()
            try scene.add(1...1, attempts: 5)
            _ = try scene.start(handler) { $0.attempts = 5 }
            #expect(try scene.wait { try scene.row(1).state == "parked" })
            #expect(try scene.row(1).lastError == "the last attempt was never heard of again")
            #expect(handler.requests.isEmpty)
        }
    }

    @Test func runnersShareTheWorkAndDoNothingTwice() async throws {
        try await EffectScene.with { scene in
            try scene.add(1...300)
            let handlers = (0..<3).map { _ in RecordingHandler { RecordingHandler.command($0) } }
            for handler in handlers { _ = try scene.start(handler) }
            #expect(try scene.wait { try scene.count("done") == 300 })
            let ids = handlers.flatMap { $0.requests.map(\.id) }
            #expect(ids.count == 300 && Set(ids).count == 300)
            #expect(handlers.filter { !$0.requests.isEmpty }.count >= 2)
            #expect(try Set(scene.commands(300)).count == 300)
        }
    }

    @Test func withinItsVisibilityAnEffectIsOneRunnersAlone() async throws {
        try await EffectScene.with { scene in
            let release = Latch()
            let handler = RecordingHandler { _ in
                release.wait()
                return .done
            }
            defer { release.open() }
            try scene.add(1...1)
            // The same handler for both: it sees what runs at once.
            for _ in 0..<2 { _ = try scene.start(handler) }
            #expect(scene.wait { !handler.requests.isEmpty })
            try scene.wake(50)
            try scene.add(2...2)
            #expect(scene.wait { handler.requests.count == 2 })
            release.open()
            #expect(try scene.wait { try scene.count("done") == 2 })
            #expect(handler.requests.count == 2)
            #expect(handler.mostAtOnce == 1)
        }
    }

    @Test func aHandlerThatHangsLosesItsEffectToAnotherRunner() async throws {
        try await EffectScene.with { scene in
            let release = Latch()
            defer { release.open() }
            let hanging = RecordingHandler { request in
                release.wait()
                return RecordingHandler.command(request)
            }
            try scene.add(1...1)
            let first = try scene.start(hanging) { $0.visibility = .milliseconds(300) }
            #expect(scene.wait { hanging.requests.count == 1 })
            let healthy = RecordingHandler { RecordingHandler.command($0) }
            _ = try scene.start(healthy) { $0.visibility = .seconds(60) }
            #expect(try scene.wait { try scene.row(1).state == "done" })
            #expect(healthy.requests.map(\.attempt) == [2])
            // The runner with the hanging handler does not start it again, but goes on with its other threads.
            #expect(hanging.requests.count == 1)
            release.open()
            #expect(scene.wait { first.status.inHand == 0 })
            let commands = try scene.commands(2)
            #expect(commands.count == 2 && Set(commands).count == 1)
            #expect(try scene.row(1) == .init(state: "done", attempts: 2, lastError: nil, isFinished: true))
        }
    }

    @Test func aFullPartitionIsAFailedAttempt() async throws {
        try await EffectScene.with(bounds: .init(messages: 1)) { scene in
            try scene.add(1...30)
            _ = try scene.start(RecordingHandler { RecordingHandler.command($0) }) { $0.attempts = 2 }
            #expect(try scene.wait { try scene.count("waiting") == 0 })
            let reason = try scene.session.query(
                "SELECT DISTINCT last_error FROM effect WHERE state = 'parked'"
            ).values(of: String.self)
            #expect(reason == ["the partition's queue takes no more commands"])
        }
    }

    @Test func commandsFollowTheEventThatMoved() async throws {
        try await EffectScene.with { scene in
            try scene.session.execute(
                """
                INSERT INTO event_route (event, partition, previous, version, state) VALUES ($1, 0, 1, 3, 'here')
                """, EffectStore.uuid(EffectScene.event))
            let handler = RecordingHandler { RecordingHandler.command($0) }
            try scene.add(1...1)
            _ = try scene.start(handler)
            #expect(try scene.commands(1, partition: 0) == handler.requests.map { $0.commandId(0) })
            #expect(try scene.wait { try scene.row(1).state == "done" })
        }
    }

    @Test func metricsTellWhatWaitsAndWhatIsParked() async throws {
        try await EffectScene.with { scene in
            try scene.add(1...2)
            try scene.add(3...5, dueIn: .seconds(3_600))
            try scene.session.execute("UPDATE effect SET created_at = now() - interval '1 hour' WHERE next_at > now()")
            let handler = RecordingHandler { $0.id == EffectScene.id(1) ? .never("no") : .done }
            _ = try scene.start(handler) { $0.countInterval = .milliseconds(20) }
            let lines = [
                #"turnstile_effects{kind="payments",state="waiting"} 3"#,
                #"turnstile_effects{kind="payments",state="parked"} 1"#,
                #"turnstile_effect_attempts_total{kind="payments",outcome="done"} 1"#,
                #"turnstile_effect_attempts_total{kind="payments",outcome="parked"} 1"#,
                #"turnstile_effects_oldest_waiting_seconds{kind="payments"} 360"#,
                #"turnstile_effects_running{kind="payments"} 0"#,
                #"turnstile_effect_attempt_seconds_count{kind="payments"} 2"#,
            ]
            #expect(
                scene.wait {
                    let text = String(decoding: scene.metrics.text(), as: UTF8.self)
                    return lines.allSatisfy { text.contains($0) }
                })
        }
    }
}
