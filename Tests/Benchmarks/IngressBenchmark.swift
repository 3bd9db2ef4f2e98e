internal import Foundation
internal import Postgres
internal import Runtime
internal import TestSupport

/// Reserves over HTTP on one hot event, with everything durable on the same machine: `wrk`, the ingress, RabbitMQ, a
/// seats worker and Postgres; beside it, in the same run, the best that row locks do.
///
/// `TURNSTILE_BENCH_SECONDS` is the length of each run (10), `TURNSTILE_BENCH_CONNECTIONS` with how many at once
/// (64,256,900). Only answers 201 count.
enum IngressBenchmark {
    /// As many as an event may have places for, at 200,000 each.
    private static let shows = 10
    /// How long a run may be that sells several times as fast as single reserves: longer, and nothing is left.
    private static let bulkSeconds = 45
    private static let connections =
        ProcessEnvironment.current["TURNSTILE_BENCH_CONNECTIONS"]?.split(separator: ",").compactMap { Int($0) }
        ?? [64, 256, 900]

    static func run(_ servers: TestServers) async throws {
        let seconds = ProcessEnvironment.current["TURNSTILE_BENCH_SECONDS"].flatMap { Int($0) } ?? 10
        try await SeatsScene.with(partitions: 4, spares: 1) { seats in
            let scene = try ShopScene(seats)
            let worker = try seats.startProcess()
            defer { SeatsBenchmark.end(worker) }
            try seats.waitUntil("the worker owns its partitions") {
                try seats.count("SELECT count(*) FROM partition WHERE owner IS NOT NULL") == 5
            }
            let ingress = try scene.startIngress(["TURNSTILE_INGRESS_CONFIRM_TIMEOUT": "1s"])
            let durability = try SeatsBenchmark.durability(seats)
            // Each run has an event of its own: one has not places enough for several.
            func load() throws -> HotEvent { try HotEvent(scene, port: ingress.port, shows: shows) }
            try atRest(try load(), durability)
            var best = 0
            for connections in connections {
                let report = try load().reserve(connections, seconds)
                best = max(best, report.sold)
                print(
                    "ingress.reserve.\(connections) \(report.sold) answers 201/s  p50 \(report.p50) p99 \(report.p99)"
                        + "  \(report.others); direct, \(durability); cores: \(report.cores)")
            }
            let half = try load().reserve(24, seconds)
            print("ingress.reserve.24 \(half.sold) answers 201/s  p50 \(half.p50) p99 \(half.p99)  \(half.others)")
            for lines in [100, 1_000] {
                let bulk = try load().bulk(lines, min(seconds, bulkSeconds))
                print(
                    "ingress.bulk.\(lines) \(bulk.sold) lines 201/s  \(bulk.others); direct, \(durability); "
                        + "cores: \(bulk.cores)")
            }
            let locks = try RowLocks.best(seats, seconds: min(seconds, 5))
            print(
                "ingress.rowlocks \(locks.perSecond) holds/s at \(locks.clients) clients (one function: lock the "
                    + "counter row, insert the hold; pgbench, the same server); reserves are "
                    + "\(ratio(best, locks.perSecond)) of it"
            )
        }
    }

    private static func ratio(_ one: Int, _ other: Int) -> String {
        "\((Double(one) / Double(max(other, 1)) * 10).rounded() / 10)x"
    }

    /// One request after the other.
    private static func atRest(_ load: HotEvent, _ durability: String) throws {
        let client = ShopClient(port: load.port, key: load.key)
        var times: [Duration] = []
        for number in 0..<400 {
            let began = SystemTime().monotonic
            let answer = try client.reserve(load.shows[0], buyer: "rest-\(number)", tier: "A")
            guard answer.status == 201 else { throw SeatsBenchmark.Failure(description: answer.text) }
            times.append(SystemTime().monotonic - began)
        }
        times.sort()
        let (p50, p99) = (times[200].milliseconds, times[396].milliseconds)
        print("ingress.rest p50 \(Self.rounded(p50)) ms  p99 \(Self.rounded(p99)) ms; direct, \(durability)")
    }

    private static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}

/// An event with places to spare, and the scripts that sell them.
private struct HotEvent {
    let port: Int
    let key: String
    private let seats: SeatsScene
    let shows: [String]
    private let folder: TemporaryFolder

    struct Report {
        let sold: Int
        let p50: String
        let p99: String
        let others: String
        /// Who used the machine.
        let cores: String
    }

    init(_ scene: ShopScene, port: Int, shows count: Int) throws {
        self.port = port
        key = scene.keys.produce
        seats = scene.seats
        folder = try TemporaryFolder("bench")
        let rows = (1...100).map { "{\"name\":\"\($0)\",\"seats\":100}" }.joined(separator: ",")
        let sections = (1...20).map { "{\"name\":\"S\($0)\",\"tier\":\"A\",\"rows\":[\(rows)]}" }
        let show = "{\"startsAt\":\"2035-03-01T19:00:00Z\",\"sections\":[\(sections.joined(separator: ","))]}"
        let manager = ShopClient(port: port, key: scene.keys.manage)
        let event = try manager.createEvent(
            """
            {"name":"Hot","venue":{"name":"Hall","city":"Berlin","country":"DE"},"currency":"EUR",\
            "tiers":[{"name":"A","price":5000}],"shows":[\(show)]}
            """)
        var shows = event.shows
        for _ in 1..<count {
            let answer = try manager.post("/v1/events/\(event.id)/shows", show, headers: ["Prefer: wait=30"])
            guard let id = answer["showId"] else { throw SeatsBenchmark.Failure(description: answer.text) }
            shows.append(id)
        }
        self.shows = shows
        _ = try folder.write(Self.script, to: "sell.lua")
    }

    private static func written(_ seats: SeatsScene) throws -> Int {
        try seats.count("SELECT count(*) FROM journal WHERE status = 201")
    }

    func reserve(_ connections: Int, _ seconds: Int) throws -> Report { try run(1, connections, seconds) }
    func bulk(_ lines: Int, _ seconds: Int) throws -> Report { try run(lines, lines >= 1_000 ? 8 : 64, seconds) }

    private func run(_ lines: Int, _ connections: Int, _ seconds: Int) throws -> Report {
        let began = SystemTime().monotonic
        let before = try Self.written(seats)
        let shares = ProcessorShares()
        let report = try Wrk.run(
            port: UInt16(port), path: "/", connections: connections, seconds: seconds,
            script: folder.file("sell.lua"),
            environment: [
                "BENCH_KEY": key, "BENCH_SHOWS": shows.joined(separator: " "), "BENCH_LINES": "\(lines)",
                "BENCH_RUN": "\(began.nanoseconds)",
            ])
        let cores = shares.report("wrk")
        guard let words = report.remarks.first?.split(separator: " ", maxSplits: 2), words.count == 3,
            let sold = Int(words[0]), let took = Double(words[1])
        else { throw SeatsBenchmark.Failure(description: "wrk said nothing: \(report.remarks)") }
        // What the load generator counted must be in the journal, and no more than it had under way at its end.
        let written = try Self.written(seats) - before
        guard (sold...sold + connections * lines).contains(written) else {
            throw SeatsBenchmark.Failure(description: "\(sold) answers were 201, \(written) decisions are")
        }
        return Report(
            sold: Int(Double(sold) / took), p50: report.p50, p99: report.p99, others: String(words[2]),
            cores: cores)
    }

    /// Buyers of whom each buys once. A single answer within the time it waits is 201 or an error; of a body of lines,
    /// those that begin with 201 count. It shares the machine with what it measures: it does no more than it must.
    private static let script = """
        local heads = {}
        local lines = tonumber(os.getenv("BENCH_LINES"))
        local run = os.getenv("BENCH_RUN")
        local common = "Host: localhost\\r\\nAuthorization: Bearer " .. os.getenv("BENCH_KEY")
            .. "\\r\\nContent-Type: "
        for show in os.getenv("BENCH_SHOWS"):gmatch("%S+") do
            heads[#heads + 1] = lines == 1
                and "POST /v1/shows/" .. show .. "/reservations HTTP/1.1\\r\\n" .. common
                    .. "application/json\\r\\nPrefer: wait=30\\r\\nContent-Length: "
                or '{"route":"POST /v1/shows/' .. show .. '/reservations","body":'
        end
        local number = 0
        sold = 0
        local thread
        function setup(it) thread = it end
        local function body()
            number = number + 1
            return '{"buyer":"' .. run .. "-" .. number .. '","tier":"A","quantity":1}'
        end
        if lines == 1 then
            function request()
                local text = body()
                return heads[number % #heads + 1] .. #text .. "\\r\\n\\r\\n" .. text
            end
        else
            function request()
                local all = {}
                for index = 1, lines do
                    local text = body()
                    all[index] = heads[number % #heads + 1] .. text .. "}"
                end
                local text = table.concat(all, "\\n")
                return "POST /v1/commands HTTP/1.1\\r\\n" .. common .. "application/x-ndjson\\r\\n"
                    .. "Content-Length: " .. #text .. "\\r\\n\\r\\n" .. text
            end
            function response(status, headers, text)
                local at = 1
                while true do
                    local _, last = text:find('{"status":201', at, true)
                    if not last then break end
                    sold = sold + 1
                    at = last + 1
                end
            end
        end
        function done(summary, latency, requests)
            local errors = summary.errors
            local good = lines == 1 and summary.requests - errors.status or thread:get("sold")
            io.write(string.format("# %d %.3f other answers %d, sockets that failed %d\\n", good,
                summary.duration / 1e6, summary.requests * lines - good,
                errors.connect + errors.read + errors.write + errors.timeout))
        end
        """
}

/// The design that most systems have: a function in the database that locks the counter's row and inserts the hold.
private enum RowLocks {
    static func best(_ seats: SeatsScene, seconds: Int) throws -> (perSecond: Int, clients: Int) {
        try seats.withConnection { connection in
            try connection.run(
                script: """
                    CREATE SCHEMA row_locks;
                    CREATE TABLE row_locks.counter (id integer PRIMARY KEY, free integer NOT NULL);
                    INSERT INTO row_locks.counter VALUES (1, 100000000);
                    CREATE TABLE row_locks.hold (
                        id bigserial PRIMARY KEY, counter integer NOT NULL, buyer text NOT NULL,
                        expires_at timestamptz NOT NULL);
                    CREATE FUNCTION row_locks.reserve(buyer text) RETURNS bigint LANGUAGE plpgsql AS $$
                    DECLARE made bigint;
                    BEGIN
                        PERFORM FROM row_locks.counter WHERE id = 1 AND free > 0 FOR UPDATE;
                        IF NOT FOUND THEN RETURN NULL; END IF;
                        UPDATE row_locks.counter SET free = free - 1 WHERE id = 1;
                        INSERT INTO row_locks.hold (counter, buyer, expires_at)
                        VALUES (1, buyer, now() + interval '600 seconds') RETURNING id INTO made;
                        RETURN made;
                    END
                    $$;
                    """)
        }
        let folder = try TemporaryFolder("rowlocks")
        _ = try folder.write(
            "\\set buyer random(1, 1000000000)\nSELECT row_locks.reserve('b' || :buyer);\n", to: "reserve.sql")
        var best = (perSecond: 0, clients: 0)
        for clients in [2, 4, 8, 16, 32] {
            let outcome = try Tool.run(
                "/usr/lib/postgresql/15/bin/pgbench",
                [
                    "-n", "-f", folder.file("reserve.sql"), "-c", "\(clients)", "-j", "2", "-T", "\(seconds)", "-M",
                    "prepared", seats.databaseURL,
                ])
            guard outcome.code == 0,
                let line = outcome.output.split(separator: "\n").first(where: { $0.hasPrefix("tps") }),
                let rate = line.split(separator: " ").dropFirst(2).first.flatMap({ Double($0) })
            else { throw SeatsBenchmark.Failure(description: "pgbench: \(outcome.output)\(outcome.error)") }
            if Int(rate) > best.perSecond { best = (Int(rate), clients) }
        }
        return best
    }
}
