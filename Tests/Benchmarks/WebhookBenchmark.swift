internal import Payments
internal import Postgres
internal import Runtime
internal import TestSupport

/// Messages of the sandbox, each signed and another, posted to an ingress: answered 200 once the broker has confirmed
/// them. A seats worker decides them meanwhile, on the same machine.
///
/// `TURNSTILE_BENCH_SECONDS` is the length of each run (10).
enum WebhookBenchmark {
    private static let floor = 3_000
    private static let secret = "bench-secret"
    /// Payments that are told of, again and again: what is said of one twice is another message each time.
    private static let payments = 200
    /// Beyond what can be answered; should it be more, the first ones are sent again, as providers do.
    private static let perSecond = 25_000

    static func run(_ servers: TestServers) async throws {
        let seconds = ProcessEnvironment.current["TURNSTILE_BENCH_SECONDS"].flatMap { Int($0) } ?? 10
        try await SeatsScene.with(partitions: 4, spares: 1) { seats in
            let scene = try ShopScene(seats)
            let worker = try seats.startProcess()
            defer { SeatsBenchmark.end(worker) }
            let ingress = try scene.startIngress([
                "TURNSTILE_SANDBOX_URL": "http://127.0.0.1:1", "TURNSTILE_SANDBOX_KEY": "bench",
                "TURNSTILE_SANDBOX_WEBHOOK_SECRETS": secret,
            ])
            let durability = try SeatsBenchmark.durability(seats)
            let subjects = try open(scene, port: ingress.port)
            for connections in [16, 64, 256] {
                let folder = try TemporaryFolder("bench")
                _ = try folder.write(script, to: "tell.lua")
                let count = min(seconds * perSecond, 600_000)
                _ = try folder.write(try messages(count, subjects, run: connections), to: "messages")
                let report = try Wrk.run(
                    port: UInt16(ingress.port), path: "/", connections: connections, seconds: seconds,
                    script: folder.file("tell.lua"), environment: ["BENCH_MESSAGES": folder.file("messages")])
                print(
                    "webhooks.\(connections) \(report.perSecond) answers 200/s  p50 \(report.p50) p99 \(report.p99)  "
                        + "errors \(report.errors); direct, \(durability)",
                    connections == 256 && report.perSecond < floor ? "floor missed: \(floor)/s" : "")
                guard report.errors == 0 else {
                    throw SeatsBenchmark.Failure(description: "\(report.errors) errors")
                }
            }
            let all = try seats.count("SELECT count(*) FROM payment WHERE captured = 2000")
            guard all == payments else { throw SeatsBenchmark.Failure(description: "\(all) payments were paid") }
        }
    }

    /// Checkouts that wait for their money, as the sandbox keeps them beside its payments.
    private static func open(_ scene: ShopScene, port: Int) throws -> [String] {
        let manager = ShopClient(port: port, key: scene.keys.manage)
        let client = ShopClient(port: port, key: scene.keys.produce)
        let event = try manager.createEvent(ShopClient.eventBody(standing: 2 * payments))
        let key = String(scene.keys.produce.prefix { $0 != "." })
        let tenant: String = try scene.seats.withConnection { connection in
            try connection.query("SELECT tenant FROM api_key WHERE id = $1", key).one().get(0)
        }
        return try (0..<payments).map { number in
            guard let reservation = try client.reserve(event.show, buyer: "b\(number)")["reservationId"],
                let payment = try client.post(
                    "/v1/reservations/\(reservation)/checkout", #"{"provider":"sandbox"}"#)["paymentId"]
            else { throw SeatsBenchmark.Failure(description: "no checkout") }
            return """
                {"tenant":"\(tenant)","event":"\(event.id)","payment":"\(payment)","reservation":"\(reservation)"}
                """
        }
    }

    /// A line each: the signature, a blank, the body.
    private static func messages(_ count: Int, _ subjects: [String], run: Int) throws -> String {
        guard let signer = try SandboxSignature([Secret(secret)]) else {
            throw SeatsBenchmark.Failure(description: "no secret")
        }
        let now = SystemTime().wall
        var text = ""
        text.reserveCapacity(count * 600)
        for number in 0..<count {
            let body = """
                {"id":"msg_\(run)_\(number)","type":"payment.succeeded","payment":{"reference":"sp_\(number)",\
                "status":"succeeded","subject":\(subjects[number % subjects.count]),"amount":2000,"currency":"EUR",\
                "captured":2000,"refunded":0}}
                """
            text += "\(signer.value(for: Array(body.utf8), at: now)) \(body)\n"
        }
        return text
    }

    private static let script = """
        local requests = {}
        for line in io.lines(os.getenv("BENCH_MESSAGES")) do
            local signature, body = line:match("^(%S+) (.*)$")
            requests[#requests + 1] = "POST /v1/webhooks/sandbox HTTP/1.1\\r\\nHost: localhost\\r\\nSandbox-Signature: "
                .. signature .. "\\r\\nContent-Type: application/json\\r\\nContent-Length: " .. #body .. "\\r\\n\\r\\n"
                .. body
        end
        local number = 0
        function request()
            number = number % #requests + 1
            return requests[number]
        end
        """
}
