internal import Glibc
internal import Postgres
internal import Runtime
internal import TestSupport
internal import Ticketing
internal import Wire

/// Large work beside small: what a neighbour in the same partition feels of it.
enum SeatsUnwindBenchmark {
    private static let bookings = 100_000
    private static let holds = 50_000

    static func run(_ servers: TestServers) async throws {
        try await cancelled()
        try await expired()
    }

    /// An event with many bookings is cancelled.
    private static func cancelled() async throws {
        try await SeatsScene.with(partitions: 1, spares: 0, queueMessages: 1_000_000) { scene in
            let producer = try LineProducer(scene)
            let worker = try scene.startProcess()
            defer { SeatsBenchmark.end(worker) }
            let silent = SeatsCommands(series: 2, replyTo: nil)
            let commands = SeatsCommands()
            let (large, neighbour) = (commands.event(1), commands.event(2))
            _ = try producer.ask(commands.create(0, large, places: bookings, price: 0))
            _ = try producer.ask(commands.create(1, neighbour, places: 50_000))
            for first in stride(from: 0, to: bookings, by: 64) {
                let numbers = first..<min(first + 64, bookings)
                try producer.send(numbers.map { silent.reserve($0, large) })
                try producer.send(
                    numbers.map { number in
                        let reservation = ReservationId(command: silent.id(number), index: 0)
                        return silent.command(
                            bookings + number, large,
                            Content(.checkout(Checkout(reservation: reservation, provider: "sandbox"))))
                    })
            }
            try scene.waitUntil("all is booked", within: .seconds(120)) {
                usleep(100_000)
                return try scene.count("SELECT next_seq - 1 FROM partition WHERE number = 0") >= 2 + 2 * bookings
            }
            let booked = try scene.count("SELECT count(*) FROM booking")
            guard booked == bookings else { throw SeatsBenchmark.Failure(description: "\(booked) bookings") }

            let before = try latencies(of: neighbour, producer, commands, from: 1_000, count: 200)
            try producer.send([commands.command(2, large, Content(.cancelEvent))])
            let start = SystemTime().monotonic
            var during: [Double] = []
            var next = 2_000
            try scene.withConnection { connection in
                while try scene.hasClaims(large, connection) {
                    during += try latencies(of: neighbour, producer, commands, from: next, count: 10)
                    next += 10
                }
            }
            let took = (SystemTime().monotonic - start).seconds
            print(
                "seats.unwind neighbour p99 \(SeatsLatencyBenchmark.rounded(during.percentile(99))) ms of "
                    + "\(during.count) reserves (\(SeatsLatencyBenchmark.rounded(before.percentile(99))) ms before) "
                    + "while \(bookings) bookings were cancelled in \(SeatsLatencyBenchmark.rounded(took)) s")
        }
    }

    /// Holds that end while their partition is paused: all of them are due in the same moment.
    private static func expired() async throws {
        try await SeatsScene.with(partitions: 1, spares: 0, queueMessages: 1_000_000) { scene in
            let producer = try LineProducer(scene)
            let worker = try scene.startProcess()
            defer { SeatsBenchmark.end(worker) }
            let silent = SeatsCommands(series: 2, replyTo: nil)
            let commands = SeatsCommands()
            let (large, neighbour) = (commands.event(1), commands.event(2))
            let holdSeconds = 20
            _ = try producer.ask(
                commands.create(0, large, places: holds) { settings in
                    settings.hold = Seconds(Int64(holdSeconds))
                })
            _ = try producer.ask(commands.create(1, neighbour, places: 50_000))
            for first in stride(from: 0, to: holds, by: 64) {
                try producer.send((first..<min(first + 64, holds)).map { silent.reserve($0, large) })
            }
            try scene.waitUntil("all is held", within: .seconds(60)) {
                usleep(20_000)
                return try scene.count("SELECT next_seq - 1 FROM partition WHERE number = 0") >= 2 + holds
            }
            try scene.withConnection { _ = try $0.execute("UPDATE partition SET is_paused = true") }
            guard try scene.count("SELECT count(*) FROM claim") == holds else {
                throw SeatsBenchmark.Failure(description: "not all is held any more")
            }
            sleep(UInt32(holdSeconds) + 1)
            try scene.withConnection { _ = try $0.execute("UPDATE partition SET is_paused = false") }
            let start = SystemTime().monotonic
            // The end of the pause is heard of at the next beat: the neighbour's wait for that is not what is measured.
            _ = try producer.time(commands.reserve(1_999, neighbour))
            var during: [Double] = []
            var next = 2_000
            try scene.withConnection { connection in
                while try scene.hasClaims(large, connection) {
                    during += try latencies(of: neighbour, producer, commands, from: next, count: 10)
                    next += 10
                }
            }
            let took = (SystemTime().monotonic - start).seconds
            print(
                "seats.expiry \(holds) holds that were due at once are free after "
                    + "\(SeatsLatencyBenchmark.rounded(took)) s; a neighbour meanwhile: p99 "
                    + "\(SeatsLatencyBenchmark.rounded(during.percentile(99))) ms of \(during.count) reserves")
        }
    }

    private static func latencies(
        of event: EventId, _ producer: LineProducer, _ commands: SeatsCommands, from first: Int, count: Int
    ) throws -> [Double] {
        try (first..<first + count).map { try producer.time(commands.reserve($0, event)).took.milliseconds }
    }
}
