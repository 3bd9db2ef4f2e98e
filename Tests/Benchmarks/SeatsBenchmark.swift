internal import Glibc
internal import Postgres
internal import Runtime
internal import TestSupport
internal import Ticketing
internal import Wire

/// A worker of the seats line as a process of its own, between a durable broker and a durable database.
enum SeatsBenchmark {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    static let commands = SeatsCommands(replyTo: "nobody")
    static let event = commands.event(1)

    /// Decisions per second: commands published beforehand, one hot event, nobody listens to the replies.
    static func run(_ servers: TestServers) async throws {
        try await decisions(perMessage: 1, 150_000)
        try await decisions(perMessage: 64, 400_000)
    }

    private static func decisions(perMessage: Int, _ count: Int) async throws {
        try await SeatsScene.with(partitions: 1, spares: 0, queueMessages: 1_000_000) { scene in
            let producer = try LineProducer(scene)
            try producer.send([commands.create(0, event, shows: 3, places: count / 3 + 1_000)])
            var bytes = 0
            for first in stride(from: 1, through: count, by: perMessage) {
                let message = (first..<min(first + perMessage, count + 1)).map { number in
                    commands.reserve(number, event, show: 1 + number % 3)
                }
                var body: [UInt8] = []
                for command in message { command.appendLine(to: &body) }
                bytes += body.count
                try producer.send(body, to: 0)
            }
            try producer.flush()
            let worker = try scene.startProcess()
            defer { end(worker) }
            // The first decision creates the event; from the second on it is reserves.
            let sequence: SQL = "SELECT next_seq - 2 FROM partition WHERE number = 0"
            try scene.waitUntil("the worker decides") { try scene.count(sequence) > 0 }
            let start = SystemTime().monotonic
            let before = try scene.count(sequence)
            let used = try ProcessLook.processorTime(of: worker.pid)
            try scene.withConnection { connection in
                try scene.waitUntil("all is decided", within: .seconds(120)) {
                    usleep(20_000)
                    return try connection.query(sequence).one().get(0, as: Int64.self) >= Int64(count)
                }
            }
            let seconds = (SystemTime().monotonic - start).seconds
            let busy = try ProcessLook.processorTime(of: worker.pid) - used
            let refused = try scene.count("SELECT count(*) FROM journal WHERE status <> 201")
            guard refused == 0 else { throw Failure(description: "\(refused) were refused") }
            let rate = Int(Double(count - before) / seconds)
            print(
                "seats.worker \(rate) decisions/s  one event, \(bytes / count) bytes a command, \(perMessage) a "
                    + "message; \(try durability(scene)); the worker took \(percent(busy / seconds)) of a core")
        }
    }

    /// What the figure was bought with.
    static func durability(_ scene: SeatsScene) throws -> String {
        try scene.withConnection { connection in
            let fsync = try connection.query("SELECT current_setting('fsync')").one().get(0, as: String.self)
            let commit = try connection.query("SELECT current_setting('synchronous_commit')").one()
                .get(0, as: String.self)
            return "fsync \(fsync), synchronous_commit \(commit), quorum queue"
        }
    }

    static func end(_ worker: Tool.Running) {
        kill(worker.pid, SIGTERM)
        guard let outcome = try? worker.outcome(within: .seconds(60)), outcome.code == 0 else {
            return print("the worker did not end as it should: \((try? worker.output()) ?? "")")
        }
    }

    static func percent(_ part: Double) -> String { "\(Int((part * 100).rounded())) %" }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
    var milliseconds: Double { seconds * 1_000 }
}
