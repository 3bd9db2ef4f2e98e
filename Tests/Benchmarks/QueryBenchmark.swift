internal import Glibc
internal import Postgres
internal import Runtime
internal import Tenancy
internal import TestSupport
internal import Ticketing
internal import Wire

/// Reads of a query server that is a process of its own: at rest, and while the show is sold. `wrk` runs on the same
/// machine. `TURNSTILE_BENCH_SECONDS` is the length of each run (5).
enum QueryBenchmark {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private static let floor = 20_000

    static func run(_ servers: TestServers) async throws {
        let seconds = getenv("TURNSTILE_BENCH_SECONDS").flatMap { Int(String(cString: $0)) } ?? 5
        try await SeatsScene.with { seats in
            let scene = try QueryBench(seats)
            defer { scene.stop() }
            let commands = SeatsCommands()
            let (small, large) = (commands.event(1), commands.event(2))
            for (event, places) in [(small, 500), (large, 100_000)] {
                let reply = try scene.producer.ask(commands.create(event == small ? 1 : 2, event, places: places))
                guard reply.status == 201 else { throw Failure(description: reply.text) }
            }
            let held = try scene.producer.ask(commands.reserve(3, small))
            guard let reservation = held.text.firstMatch(of: #/rsv_[0-9A-Za-z]+/#)?.output else {
                throw Failure(description: held.text)
            }
            let shows = [small, large].map { "/v1/shows/\(ShowId($0, 1).text)" }
            let reads = [
                ("availability", shows[0] + "/availability"), ("seats.500", shows[0] + "/seats"),
                ("seats.100000", shows[1] + "/seats"),
            ]
            for (name, path) in reads {
                try scene.measure(name, path, seconds, floor: name == "seats.100000" ? 0 : floor)
            }
            try scene.measure("reservation", "/v1/reservations/\(reservation)", seconds, floor: 0)
            try scene.whileSelling(large, commands) {
                for (name, path) in reads.dropFirst(2) { try scene.measure(name + ".selling", path, seconds, floor: 0) }
            }
            try scene.whileSelling(small, commands, from: 1_000_000) {
                for (name, path) in reads.prefix(2) {
                    try scene.measure(name + ".selling", path, seconds, floor: floor)
                }
            }
            try scene.freshness(commands.event(3), commands)
        }
    }
}

/// A worker, a query server and who asks them.
final class QueryBench: Sendable {
    let seats: SeatsScene
    let producer: LineProducer
    let key: String
    private let shop: ShopScene
    let streamPort: Int
    private let worker: Lock<Tool.Running>
    private let query: Lock<ShopScene.Process>

    init(_ seats: SeatsScene, maxStreams: Int = 10_000) throws {
        self.seats = seats
        shop = try ShopScene(seats)
        worker = Lock(try seats.startProcess())
        producer = try LineProducer(seats)
        key = try seats.withConnection { connection in
            let tenant = SeatsCommands().tenant
            try connection.execute("INSERT INTO tenant (id, name) VALUES ($1, 'bench')", tenant.text)
            return try TenantStore(connection).createKey(named: "bench", of: tenant, scopes: [.read]).text
        }
        streamPort = try ShopScene.freePort()
        query = Lock(
            try shop.startQuery(streamPort: streamPort, ["TURNSTILE_QUERY_MAX_STREAMS": "\(maxStreams)"]))
    }

    func startAnother() throws -> (process: ShopScene.Process, streamPort: Int) {
        let port = try ShopScene.freePort()
        return (try shop.startQuery(streamPort: port), port)
    }

    var port: UInt16 { UInt16(clamping: query.withLock { $0.port }) }
    var pid: Int32 { query.withLock { $0.pid } }

    func stop() {
        producer.close()
        SeatsBenchmark.end(worker.withLock { $0 })
        guard let code = try? query.withLock({ try $0.drain() }), code == 0 else {
            let outcome = try? query.withLock { try $0.running.outcome(within: .seconds(1)) }
            let said = outcome?.error.suffix(2_000) ?? ""
            return print("the query server did not end as it should: \(outcome?.code ?? -1) \(said)")
        }
    }

    func get(_ path: String) throws -> RawHTTPResponse {
        try RawHTTPClient(port: port).exchange(
            "GET", path, headers: ["Authorization: Bearer \(key)", "Connection: close"])
    }

    func measure(_ name: String, _ path: String, _ seconds: Int, headers: [String] = [], floor: Int) throws {
        guard try get(path).status == 200 else { throw QueryBenchmark.Failure(description: try get(path).text) }
        let before = try ProcessLook.processorTime(of: pid)
        let report = try Wrk.run(
            port: port, path: path, connections: 64, seconds: seconds,
            headers: ["Authorization: Bearer \(key)"] + headers)
        let used = try ProcessLook.processorTime(of: pid) - before
        let cost = (used / Double(max(1, report.completed)) * 1e7).rounded() / 10
        print(
            "query.\(name) \(report.perSecond)/s errors \(report.errors) p99 \(report.p99) cpu \(cost) µs each",
            report.perSecond < floor ? "floor missed: \(floor)/s" : "")
        if report.errors > 0 { throw QueryBenchmark.Failure(description: "\(name): \(report.errors) errors") }
    }

    /// Runs `body` while a thousand places a second are reserved and given back.
    func whileSelling(
        _ event: EventId, _ commands: SeatsCommands, from first: Int = 100_000, _ body: () throws -> Void
    ) throws {
        let isOver = Latch()
        let producer = producer
        let failure = Lock<String?>(nil)
        let seller = try OwnedThread(name: "seller") {
            var number = first
            while !isOver.wait(for: .milliseconds(20)) {
                let some = (0..<20).map { commands.reserve(number + $0, event, buyer: "b-\(number + $0)") }
                number += 20
                do { try producer.send(some) } catch { failure.withLock { $0 = "\(error)" } }
            }
        }
        defer {
            isOver.open()
            seller.join()
        }
        try body()
        if let failure = failure.withLock({ $0 }) { throw QueryBenchmark.Failure(description: failure) }
    }

    /// How long after a buyer's answer readers see what was sold, and how long after it a stream tells of it; at rest.
    func freshness(_ event: EventId, _ commands: SeatsCommands) throws {
        guard try producer.ask(commands.create(5, event, places: 500)).status == 201 else { return }
        let show = ShowId(event, 1).text
        let reader = try RawHTTPClient(port: port)
        let crowd = try StreamCrowd(port: streamPort, key: key, shows: [show])
        defer { crowd.stop() }
        try seats.waitUntil("the stream is open") { crowd.lastIds == [1] }
        var (reads, streams): ([Double], [Double]) = ([], [])
        for number in 0..<100 {
            usleep(300_000)
            let (status, _) = try producer.time(commands.reserve(10 + number, event))
            guard status == 201 else { continue }
            let start = SystemTime().monotonic
            while true {
                let answer = try reader.exchange(
                    "GET", "/v1/shows/\(show)/availability", headers: ["Authorization: Bearer \(key)"])
                if answer["ETag"] == "\"v\(number + 2)-0\"" { break }
            }
            reads.append((SystemTime().monotonic - start).milliseconds)
            while crowd.lastIds[0] < number + 2 { usleep(100) }
            streams.append((SystemTime().monotonic - start).milliseconds)
        }
        func shown(_ values: [Double]) -> String {
            "p50 \(SeatsLatencyBenchmark.rounded(values.percentile(50))) ms p99 "
                + "\(SeatsLatencyBenchmark.rounded(values.percentile(99))) ms"
        }
        print("query.freshness reads \(shown(reads)), streams \(shown(streams)) after the buyer's answer, at rest")
    }
}
