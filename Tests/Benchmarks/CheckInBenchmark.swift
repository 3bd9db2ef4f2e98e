internal import Postgres
internal import Runtime
internal import TestSupport

/// Scans at the gates of one event, through an ingress. `TURNSTILE_BENCH_SECONDS` is the length of the run (10).
enum CheckInBenchmark {
    private static let floor = 100
    private static let bookings = 400
    private static let perBooking = 10

    static func run(_ servers: TestServers) async throws {
        let seconds = ProcessEnvironment.current["TURNSTILE_BENCH_SECONDS"].flatMap { Int($0) } ?? 10
        try await SeatsScene.with(partitions: 4, spares: 1) { seats in
            let scene = try ShopScene(seats)
            let worker = try seats.startProcess()
            defer { SeatsBenchmark.end(worker) }
            let ingress = try scene.startIngress()
            let folder = try TemporaryFolder("bench")
            _ = try folder.write(script, to: "scan.lua")
            _ = try folder.write(try codes(scene, port: ingress.port).joined(separator: "\n"), to: "codes")
            for connections in [4, 32] {
                let report = try Wrk.run(
                    port: UInt16(ingress.port), path: "/", connections: connections, seconds: seconds,
                    script: folder.file("scan.lua"),
                    environment: [
                        "BENCH_CODES": folder.file("codes"), "BENCH_KEY": scene.keys.produce,
                        "BENCH_FIRST": "\(connections == 4 ? 0 : bookings * perBooking / 2)",
                    ])
                print(
                    "checkins.\(connections) \(report.perSecond) scans admitted/s  p50 \(report.p50) "
                        + "p99 \(report.p99)  errors \(report.errors); direct, \(try SeatsBenchmark.durability(seats))",
                    report.perSecond < floor ? "floor missed: \(floor)/s" : "")
                guard report.errors == 0 else {
                    throw SeatsBenchmark.Failure(description: "\(report.errors) scans were refused")
                }
            }
            print("checkins.tickets \(try seats.count("SELECT count(*) FROM check_in")) of them different tickets")
        }
    }

    /// Of tickets that cost nothing, and so are booked at once.
    private static func codes(_ scene: ShopScene, port: Int) throws -> [String] {
        let query = try scene.startQuery(streamPort: try ShopScene.freePort())
        let event = try ShopClient(port: port, key: scene.keys.manage).createEvent(
            ShopClient.eventBody(rows: 100, seats: bookings * perBooking / 100, price: 0))
        let client = ShopClient(port: port, key: scene.keys.produce)
        let reader = ShopClient(port: query.port, key: scene.keys.read)
        return try (0..<bookings).flatMap { number -> [String] in
            let reserved = try client.reserve(
                event.show, buyer: "b\(number)", tier: "A", quantity: perBooking, together: false)
            guard let reservation = reserved["reservationId"],
                let booking = try client.post(
                    "/v1/reservations/\(reservation)/checkout", #"{"provider":"sandbox"}"#)["bookingId"]
            else { throw SeatsBenchmark.Failure(description: reserved.text) }
            let read = try reader.get("/v1/bookings/\(booking)")
            let codes = (0..<perBooking).compactMap { read["tickets/\($0)/code"] }
            guard codes.count == perBooking else { throw SeatsBenchmark.Failure(description: read.text) }
            return codes
        }
    }

    /// A ticket's scan has a nonce of its own. Once all are in, each is scanned again with the same: that is answered
    /// as before.
    private static let script = """
        local requests = {}
        local head = "POST /v1/checkins HTTP/1.1\\r\\nHost: localhost\\r\\nContent-Type: application/json\\r\\n"
            .. "Authorization: Bearer " .. os.getenv("BENCH_KEY") .. "\\r\\nContent-Length: "
        for code in io.lines(os.getenv("BENCH_CODES")) do
            local body = '{"code":"' .. code .. '","gate":"North","nonce":"n-' .. #requests .. '"}'
            requests[#requests + 1] = head .. #body .. "\\r\\n\\r\\n" .. body
        end
        local number = tonumber(os.getenv("BENCH_FIRST"))
        function request()
            number = number % #requests + 1
            return requests[number]
        end
        """
}
