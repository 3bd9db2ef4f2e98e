internal import Glibc
internal import Pipeline
internal import PipelineTestSupport
internal import Runtime
internal import Sealing
internal import TestSupport
internal import Ticketing
internal import Wire

/// The worker's core on one thread, without broker and database: what deciding, sealing, and writing the statements
/// cost.
///
/// `TURNSTILE_BENCH_COMMANDS` is how many commands there are (200,000): few, for a tool that counts instructions.
enum CoreBenchmark {
    static func run(_ servers: TestServers) async throws {
        for (events, perMessage) in [(1, 1), (1, 64), (10_000, 1)] where events < commands {
            let figures = try (0..<3).map { _ in try round(events: events, perMessage: perMessage) }
            func tell(_ what: String, _ part: KeyPath<Figures, Duration>) {
                let time = figures.map { $0[keyPath: part] }.sorted()[1]
                print(
                    "core, \(events) events, \(perMessage) commands a message: \(what) \(perSecond(commands, time)) "
                        + "decisions/s, \(time.nanoseconds / Int64(commands)) ns each")
            }
            tell("deciding", \.core)
            tell("sealing", \.sealing)
            tell("statements", \.writing)
        }
    }

    private static let commands =
        ProcessEnvironment.current["TURNSTILE_BENCH_COMMANDS"].flatMap { Int($0) } ?? 200_000

    /// Of this thread on a core.
    private struct Figures {
        var core = Duration.zero
        var sealing = Duration.zero
        var writing = Duration.zero
    }

    private static func coreTime() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    private struct Wrong: Error {
        let what: String
    }

    private static func perSecond(_ count: Int, _ time: Duration) -> Int {
        Int(Double(count) * 1e9 / Double(time.nanoseconds))
    }

    private static func round(events: Int, perMessage: Int) throws -> Figures {
        let time = SystemTime()
        var options = WorkerOptions(worker: WorkerId("wrk_bench"))
        options.hashedPartitions = 1
        options.trustedUsers = ["ingress"]
        let worker = Worker(options: options, at: time.monotonic)
        var sealer = Sealer(key: try SigningKey())
        let start = Ticketing.Time(microseconds: 1_780_000_000_000_000)
        let claim = Claim(
            number: 0, epoch: 1, batchNumber: 0, batchAt: start, nextSequence: 1, chain: .zero, crashes: 1, now: start)
        let ownership = Ownership(number: 0, owner: nil, isOwnerAlive: false, epoch: 0)
        _ = worker.step(
            .beat(Neighbourhood(now: start, members: [options.worker], partitions: [ownership])), at: time.monotonic)
        var channel = ChannelId(partition: 0, serial: 0)
        for case .consume(let opened) in worker.step(.claimed(wanted: [0], [claim]), at: time.monotonic) {
            channel = opened
        }
        let bodies = try bodies(events: events)
        let messages =
            bodies[..<events]
            + stride(from: events, to: bodies.count, by: perMessage).map { start in
                Array(bodies[start..<min(start + perMessage, bodies.count)].joined())
            }
        let arrivals = messages.enumerated().map { index, body in
            Arrival(channel: channel, tag: UInt64(index + 1), isRedelivered: false, user: "ingress", body: body)
        }
        let writer = GroupWriter(line: "seats")
        var figures = Figures()
        var wrong: String?
        func drive(_ input: Input) {
            var inputs = [input]
            while let input = inputs.popLast() {
                let begin = coreTime()
                let outputs = worker.step(input, at: time.monotonic)
                figures.core += coreTime() - begin
                for output in outputs {
                    switch output {
                    case .load(let event, let epoch, let partition, _):
                        inputs.insert(.loaded(event, epoch: epoch, partition: partition, .missing), at: 0)
                    case .commit(let group):
                        let begin = coreTime()
                        let sealed = sealer.seal(group)
                        let middle = coreTime()
                        figures.sealing += middle - begin
                        let prepared = PreparedGroup(sealed)
                        do {
                            try prepared.makeReady(writer)
                        } catch {
                            wrong = "\(error)"
                        }
                        figures.writing += coreTime() - middle
                        inputs.insert(.committed(group: group.number, sealed), at: 0)
                    case .lookUp(let ids, let epoch, let partition, _):
                        // The filter's false alarms.
                        inputs.insert(.lookedUp(ids, epoch: epoch, partition: partition, []), at: 0)
                    default: break
                    }
                }
            }
        }
        drive(.delivered(Array(arrivals[..<events])))
        figures = Figures()
        var position = events
        while position < arrivals.count {
            let end = min(position + max(1, 500 / perMessage), arrivals.count)
            drive(.delivered(Array(arrivals[position..<end])))
            position = end
        }
        if let wrong { throw Wrong(what: wrong) }
        guard worker.statistics.decided == UInt64(bodies.count) else {
            throw Wrong(what: "\(worker.statistics), \(worker.waiting) waiting")
        }
        return figures
    }

    /// First the events, then reserves in turn over them.
    private static func bodies(events: Int) throws -> [[UInt8]] {
        guard let euro = Currency("EUR") else { throw Wrong(what: "no currency") }
        let tenant = TenantId(high: 1, low: 1)
        let ids = (0..<events).map { EventId(high: 77, low: UInt64($0)) }
        let seats = 2 * commands / events
        let show = ShowSpec(
            startsAt: Ticketing.Time(microseconds: 2_000_000_000_000_000),
            sections: [
                SectionSpec(
                    name: "Hall", tier: "A",
                    rows: (0..<max(1, seats / 50)).map { RowSpec(name: Label("\($0)"), seats: 50) })
            ])
        var bodies: [[UInt8]] = []
        for (index, id) in ids.enumerated() {
            let create = CreateEvent(
                event: id, details: EventDetails(name: "E", venue: "V", city: "C", country: "DE"), currency: euro,
                tiers: [TierSpec(name: "A", price: 1_000)], shows: [show])
            bodies.append(
                line(
                    WireCommand(
                        id: CommandId(high: 1, low: UInt64(index)), tenant: tenant, event: id,
                        content: Content(.create(create)), replyTo: "ingress-1")))
        }
        for number in 0..<commands {
            bodies.append(
                line(
                    WireCommand(
                        id: CommandId(high: 2, low: UInt64(number)), tenant: tenant, event: ids[number % events],
                        content: Content(
                            .reserve(Reserve(show: 1, buyer: Label("buyer-\(number)"), tier: "A", quantity: 1))),
                        replyTo: "ingress-1")))
        }
        return bodies
    }

    private static func line(_ command: WireCommand) -> [UInt8] {
        var bytes: [UInt8] = []
        command.appendLine(to: &bytes)
        return bytes
    }
}
