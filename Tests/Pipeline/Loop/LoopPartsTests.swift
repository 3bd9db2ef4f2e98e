import PipelineTestSupport
import Postgres
import RabbitMQ
import Runtime
import TestSupport
import Testing
import Ticketing

@testable import Pipeline

/// The parts of the loop, each by itself.
@Suite struct LoopPartsTests {
    private func arrival(_ tag: UInt64) -> Arrival {
        Arrival(
            channel: ChannelId(partition: 1, serial: 1), tag: tag, isRedelivered: false, user: nil, body: [])
    }

    @Test func arrivalsThatFollowEachOtherAreOneInput() {
        let inbox = Inbox<Input>()
        inbox.deliver([arrival(1)])
        inbox.deliver([arrival(2), arrival(3)])
        inbox.put(.drain)
        inbox.deliver([arrival(4)])
        var inputs: [Input] = []
        inbox.take(into: &inputs, within: .seconds(1))
        let tags = inputs.map { input -> [UInt64] in
            if case .delivered(let arrivals) = input { arrivals.map(\.tag) } else { [] }
        }
        #expect(tags == [[1, 2, 3], [], [4]])
    }

    @Test func aMailboxWakesItsReaderOnceAndEndsWhenItIsClosed() async throws {
        let box = Mailbox<Int>()
        try await onThread {
            let writer = try OwnedThread(name: "writer") {
                for number in 0..<1_000 { box.put(number) }
                box.close()
            }
            var all: [Int] = []
            var taken: [Int] = []
            while box.take(into: &taken) {
                all += taken
                taken.removeAll()
            }
            #expect(all == Array(0..<1_000))
            writer.join()
        }
    }

    @Test func aMailboxThatNobodyWritesToIsGivenUpInTime() async throws {
        try await onThread {
            let start = SystemTime().monotonic
            var taken: [Int] = []
            #expect(Mailbox<Int>().take(into: &taken, within: .milliseconds(30)))
            #expect(taken.isEmpty && SystemTime().monotonic - start >= .milliseconds(30))
        }
    }

    @Test func noticesWaitForTheBrokerUpToTheBoundAndGoOutInOrder() async throws {
        try await TestBroker.withVirtualHost { broker in
            let metrics = LoopMetrics(Metrics(), log: .none)
            // Room for the first four and the one that cannot be sent, with what surrounds each.
            let board = NoticeBoard(bound: 4 * 356 + 257, metrics: metrics)
            let notices = (0..<8).map { number in
                Notice.replies(to: "ingress", [UInt8](repeating: UInt8(number), count: 100))
            }
            board.post(Array(notices[0..<4]))
            // One that no broker takes does not hold up the others.
            board.post([.replies(to: String(repeating: "x", count: 300), [9])])
            board.post(Array(notices[4...]))
            #expect(metrics.droppedNotices.value == 4)

            let settings = try ConnectionSettings(url: broker.url)
            let connection = try Connection.open(settings)
            defer { connection.close() }
            try connection.withChannel { channel throws(RabbitMQError) in
                try channel.declare(Exchange(Topology.replies, kind: .direct))
                try channel.declare(Queue("replies"))
                try channel.bind(queue: "replies", to: Topology.replies, routingKey: "ingress")
            }
            let queue = DeliveryQueue()
            _ = try connection.consume("replies", sink: queue)
            try board.start(settings, backoff: Backoff(), log: .none)
            var bodies: [UInt8] = []
            while bodies.count < 4 {
                let batch = queue.next(within: .seconds(10))
                guard !batch.isEmpty else { break }
                bodies += batch.deliveries.compactMap(\.message.body.first)
            }
            #expect(bodies == [0, 1, 2, 3])
            board.stop(within: .seconds(5))
            #expect(metrics.droppedNotices.value == 5, "the one that cannot be sent is counted")
        }
    }

    @Test func loadsLeaveAtOnceOrNotAtAllAndNothingHasToBeDeclaredForThem() async throws {
        try await TestBroker.withVirtualHost { broker in
            let metrics = LoopMetrics(Metrics(), log: .none)
            let board = NoticeBoard(bound: 10_000, metrics: metrics)
            let settings = try ConnectionSettings(url: broker.url)
            let connection = try Connection.open(settings)
            defer { connection.close() }
            // As a reader does it. Nobody has made the other exchanges.
            try connection.withChannel { channel throws(RabbitMQError) in
                try channel.declare(Exchange(Topology.load, kind: .fanout))
                try channel.declare(Queue("loads"))
                try channel.bind(queue: "loads", to: Topology.load, routingKey: "")
            }
            let queue = DeliveryQueue()
            _ = try connection.consume("loads", sink: queue)
            board.post([.loads([0]), .changes([0]), .replies(to: "nobody", [0]), .effects(.payments)])
            try board.start(settings, backoff: Backoff(), log: .none)
            var bodies: [UInt8] = []
            var next: UInt8 = 1
            while bodies.isEmpty, next < 200 {
                board.post([.loads([next])])
                next += 1
                bodies += queue.next(within: .milliseconds(100)).deliveries.compactMap(\.message.body.first)
            }
            let first = try #require(bodies.first)
            #expect(first > 0, "what was said before there was a connection is old")
            board.stop(within: .seconds(5))
            #expect(metrics.droppedNotices.value == 0)
        }
    }

    @Test func aLostSessionIsOpenedAnewAfterAPause() async throws {
        try await SeatsScene.with { scene in
            let parts = try scene.parts("worker-1")
            let end = Latch()
            var session = StoreSession(backoff: Backoff(first: .milliseconds(20), limit: .seconds(1)), end: end) {
                () throws(StoreError) in try parts.openStore(.control)
            }
            let beat = WorkerBeat(worker: WorkerId("worker-1"))
            let members = try session.run { store throws(StoreError) in try store.beat(beat).members }
            #expect(members == [WorkerId("worker-1")])
            _ = try scene.count(
                """
                SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
                WHERE application_name LIKE 'worker-1 %' AND datname = current_database()
                """)
            let error = #expect(throws: StoreError.self) {
                try session.run { store throws(StoreError) in _ = try store.beat(beat) }
            }
            #expect(error?.code == .unavailable)
            try session.run { store throws(StoreError) in _ = try store.beat(beat) }
        }
    }

    @Test func anEndingWorkerDoesNotWaitForTheDatabase() async throws {
        try await onThread {
            let end = Latch()
            let patient = Backoff(first: .seconds(60), limit: .seconds(60), jitter: 0)
            var session = StoreSession<any Store>(backoff: patient, end: end) { () throws(StoreError) in
                throw StoreError(.unavailable, "away")
            }
            func reason() -> String? {
                do throws(StoreError) {
                    try session.run { _ throws(StoreError) in }
                    return nil
                } catch {
                    return error.reason
                }
            }
            #expect(reason() == "away")
            end.open()
            #expect(reason() == "the worker is ending")
        }
    }

    @Test func theSameWarningIsWrittenOnceInAWhile() {
        let lines = Lock<[String]>([])
        let log = WarningLog(
            Log(
                service: "test",
                sink: LogSink(level: .info, format: .json) { line in lines.withLock { $0.append(line) } }))
        let start = MonotonicTime(nanoseconds: 0)
        for partition in 0..<5 { log.write("the broker is away", partition: partition, at: start) }
        log.write("something else", partition: nil, at: start)
        #expect(lines.withLock { $0.count } == 2)
        log.write("the broker is away", partition: 1, at: start + .seconds(11))
        let last = lines.withLock { $0.last ?? "" }
        #expect(last.contains("turnstile.repeated") && last.contains("4"))
    }
}
