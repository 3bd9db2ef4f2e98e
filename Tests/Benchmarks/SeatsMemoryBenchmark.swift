internal import Postgres
internal import Runtime
internal import TestSupport
internal import Ticketing

/// What a worker with a million places in memory takes of the machine's.
enum SeatsMemoryBenchmark {
    private static let events = 10
    private static let places = 100_000
    private static let held = 100_000

    static func run(_ servers: TestServers) async throws {
        try await SeatsScene.with(partitions: 4, spares: 0) { scene in
            let producer = try LineProducer(scene)
            var worker = try scene.startProcess()
            var commands = SeatsCommands()
            for number in 0..<events {
                let reply = try producer.ask(commands.create(number, commands.event(number), places: places))
                guard reply.status == 201 else { throw SeatsBenchmark.Failure(description: reply.text) }
            }
            SeatsBenchmark.end(worker)

            // Loaded, as after a takeover: each of them is touched once.
            worker = try scene.startProcess()
            try scene.waitUntil("it owns everything") {
                try scene.count("SELECT count(*) FROM partition WHERE owner IS NOT NULL") == 4
            }
            let empty = try ProcessLook.residentBytes(of: worker.pid)
            for number in 0..<events {
                _ = try producer.ask(commands.reserve(100 + number, commands.event(number)))
            }
            let free = try ProcessLook.residentBytes(of: worker.pid)
            commands = SeatsCommands(series: 2)
            for number in 0..<held / 10 {
                try producer.send([commands.reserve(number, commands.event(number % events), quantity: 10)])
            }
            for number in 0..<held / 10 {
                _ = try producer.reply(to: commands.id(number), within: .seconds(60))
            }
            let sold = try ProcessLook.residentBytes(of: worker.pid)
            SeatsBenchmark.end(worker)
            print(
                "seats.memory \(free >> 20) MiB resident with \(events * places) free places loaded, "
                    + "\(sold >> 20) MiB with \(held) of them held; \(empty >> 20) MiB with none")
        }
    }
}
