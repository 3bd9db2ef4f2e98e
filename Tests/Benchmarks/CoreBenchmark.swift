internal import Pipeline
internal import PipelineTestSupport
internal import Runtime
internal import Sealing
internal import TestSupport
internal import Ticketing
internal import Wire

/// The worker's core on one thread, without broker and database: what deciding, and what sealing costs.
enum CoreBenchmark {
    static func run(_ servers: TestServers) async throws {
        for (name, events) in [("1 event", 1), ("10,000 events", 10_000)] {
            let figures = try (0..<3).map { _ in try round(events: events) }
            let core = figures.map(\.core).sorted()[1]
            let sealing = figures.map(\.sealing).sorted()[1]
            print("core, \(name), 1 command a message: \(perSecond(commands, core)) decisions/s")
            print("core, \(name), sealing: \(perSecond(commands, sealing)) decisions/s")
        }
    }

    private static let commands = 200_000

    private struct Wrong: Error {
        let what: String
    }

    private static func perSecond(_ count: Int, _ time: Duration) -> Int {
        Int(Double(count) * 1e9 / Double(time.nanoseconds))
    }

    private static func round(events: Int) throws -> (core: Duration, sealing: Duration) {
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
        let arrivals = try bodies(events: events).enumerated().map { index, body in
            Arrival(channel: channel, tag: UInt64(index + 1), isRedelivered: false, user: "ingress", body: body)
        }
        var core = Duration.zero
        var sealing = Duration.zero
        func drive(_ input: Input) {
            var inputs = [input]
            while let input = inputs.popLast() {
                let begin = time.monotonic
                let outputs = worker.step(input, at: begin)
                core += time.monotonic - begin
                for output in outputs {
                    switch output {
                    case .load(let event, let epoch, let partition, _):
                        inputs.insert(.loaded(event, epoch: epoch, partition: partition, .missing), at: 0)
                    case .commit(let group):
                        let begin = time.monotonic
                        let sealed = sealer.seal(group)
                        sealing += time.monotonic - begin
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
        core = .zero
        sealing = .zero
        var position = events
        while position < arrivals.count {
            let end = min(position + 500, arrivals.count)
            drive(.delivered(Array(arrivals[position..<end])))
            position = end
        }
        guard worker.statistics.decided == UInt64(arrivals.count) else {
            throw Wrong(what: "\(worker.statistics), \(worker.waiting) waiting")
        }
        return (core, sealing)
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
