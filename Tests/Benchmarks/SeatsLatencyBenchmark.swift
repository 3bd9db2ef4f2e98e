internal import Runtime
internal import TestSupport
internal import Ticketing

/// One reserve at a time, from the publish to the reply.
enum SeatsLatencyBenchmark {
    static func run(_ servers: TestServers) async throws {
        try await SeatsScene.with(partitions: 64, spares: 16) { scene in
            let producer = try LineProducer(scene)
            let worker = try scene.startProcess()
            defer { SeatsBenchmark.end(worker) }
            let commands = SeatsCommands()
            let event = commands.event(1)
            _ = try producer.ask(commands.create(0, event, places: 10_000))
            var times: [Double] = []
            for number in 1...2_000 {
                let (status, took) = try producer.time(commands.reserve(number, event))
                guard status == 201 else { throw SeatsBenchmark.Failure(description: "answered \(status)") }
                if number > 200 { times.append(took.milliseconds) }
            }
            print(
                "seats.latency p50 \(rounded(times.percentile(50))) ms  p99 \(rounded(times.percentile(99))) ms"
                    + "  one reserve at rest, publish to reply; \(try SeatsBenchmark.durability(scene))")
        }
    }

    static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}

extension [Double] {
    func percentile(_ part: Double) -> Double {
        isEmpty ? .nan : sorted()[Swift.min(count - 1, Int(Double(count) * part / 100))]
    }
}
