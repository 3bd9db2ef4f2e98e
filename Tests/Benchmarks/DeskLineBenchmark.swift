internal import Foundation
internal import Postgres
internal import Runtime
internal import TestSupport
internal import Ticketing

/// Tickets over HTTP for 100 tenants with a database each, with everything durable on the same machine: `wrk`, the
/// ingress, RabbitMQ, a desk worker and Postgres.
///
/// `TURNSTILE_BENCH_SECONDS` is the length of each run (10), `TURNSTILE_BENCH_TENANTS` how many there are (100). Only
/// answers 201 count.
enum DeskLineBenchmark {
    private static let tenants =
        ProcessEnvironment.current["TURNSTILE_BENCH_TENANTS"].flatMap { Int($0) } ?? 100

    static func run(_ servers: TestServers) async throws {
        let seconds = ProcessEnvironment.current["TURNSTILE_BENCH_SECONDS"].flatMap { Int($0) } ?? 10
        try await DeskScene.with { scene in
            let began = SystemTime().monotonic
            let tenants = try scene.addTenants(tenants)
            let made = (SystemTime().monotonic - began).seconds
            print("desk.accounts \(rounded(Double(tenants.count) / made)) databases made and ready/s, \(tenants.count)")
            let worker = try scene.startProcess(["TURNSTILE_DESK_CONNECTIONS": "128"])
            defer { SeatsBenchmark.end(worker) }
            try scene.waitUntil("the worker owns its partitions") {
                try scene.count("SELECT count(*) FROM partition WHERE line = 'desk' AND owner IS NULL") == 0
            }
            let ingress = try scene.shop.startIngress(["TURNSTILE_INGRESS_CONFIRM_TIMEOUT": "1s"])
            let load = try TicketLoad(scene, tenants, port: ingress.port)
            let durability = try SeatsBenchmark.durability(scene.shop.seats)
            for connections in [64, 256, 900] {
                let report = try load.run(connections, seconds)
                print(
                    "desk.tickets.\(connections) \(report.made) answers 201/s  p50 \(report.p50) p99 \(report.p99)  "
                        + "\(report.size) a commit, \(report.others); direct, \(durability); cores: \(report.cores)")
            }
        }
    }

    fileprivate static func rounded(_ value: Double) -> Double { (value * 10).rounded() / 10 }
}

/// Tenants with agents to spare, and the script that asks for their tickets in turn.
private struct TicketLoad {
    private let scene: DeskScene
    private let tenants: [DeskScene.Tenant]
    private let port: Int
    private let folder: TemporaryFolder

    struct Report {
        let made: Int
        let p50: String
        let p99: String
        let others: String
        /// Tickets to a commit.
        let size: Double
        let cores: String
    }

    init(_ scene: DeskScene, _ tenants: [DeskScene.Tenant], port: Int) throws {
        self.scene = scene
        self.tenants = tenants
        self.port = port
        folder = try TemporaryFolder("bench")
        _ = try folder.write(Self.script, to: "tickets.lua")
        _ = try folder.write(tenants.map(\.token).joined(separator: "\n"), to: "tokens")
        for tenant in tenants {
            let answer = try ShopClient(port: port, key: tenant.token).send(
                "PUT", "/v1/desk/settings",
                #"{"classes":[{"name":"BRONZE","minutes":480}],"minutesPerTicket":1,"agents":1000,"#
                    + #""placement":"earliest"}"#, headers: ["Prefer: wait=30"])
            guard answer.status == 200 else { throw SeatsBenchmark.Failure(description: answer.text) }
        }
    }

    private func sum(_ count: SQL) throws -> Int {
        try tenants.reduce(0) { try $0 + scene.count(count, in: $1.id) }
    }

    private static let tickets: SQL = "SELECT count(*) FROM ticket"
    private static let batches: SQL = "SELECT count(*) FROM batch"

    func run(_ connections: Int, _ seconds: Int) throws -> Report {
        let (before, batchesBefore) = (try sum(Self.tickets), try sum(Self.batches))
        let shares = ProcessorShares()
        let report = try Wrk.run(
            port: UInt16(port), path: "/", connections: connections, seconds: seconds,
            script: folder.file("tickets.lua"), environment: ["BENCH_TOKENS": folder.file("tokens")])
        let cores = shares.report("wrk")
        guard let words = report.remarks.first?.split(separator: " ", maxSplits: 2), words.count == 3,
            let made = Int(words[0]), let took = Double(words[1])
        else { throw SeatsBenchmark.Failure(description: "wrk said nothing: \(report.remarks)") }
        // What the load generator counted must be in the tenants' databases, and no more than it had under way.
        let written = try sum(Self.tickets) - before
        let batches = try sum(Self.batches) - batchesBefore
        guard (made...made + connections).contains(written) else {
            throw SeatsBenchmark.Failure(description: "\(made) answers were 201, \(written) tickets are there")
        }
        return Report(
            made: Int(Double(made) / took), p50: report.p50, p99: report.p99, others: String(words[2]),
            size: DeskLineBenchmark.rounded(Double(written) / Double(batches)), cores: cores)
    }

    private static let script = """
        local heads = {}
        local body = '{"ticketType":"BRONZE"}'
        for token in io.lines(os.getenv("BENCH_TOKENS")) do
            heads[#heads + 1] = "POST /v1/desk/tickets HTTP/1.1\\r\\nHost: localhost\\r\\nAuthorization: Bearer "
                .. token .. "\\r\\nContent-Type: application/json\\r\\nPrefer: wait=30\\r\\nContent-Length: "
                .. #body .. "\\r\\n\\r\\n" .. body
        end
        local number = 0
        function request()
            number = number + 1
            return heads[number % #heads + 1]
        end
        function done(summary, latency, requests)
            local errors = summary.errors
            local good = summary.requests - errors.status
            io.write(string.format("# %d %.3f other answers %d, sockets that failed %d\\n", good,
                summary.duration / 1e6, errors.status, errors.connect + errors.read + errors.write + errors.timeout))
        end
        """
}
