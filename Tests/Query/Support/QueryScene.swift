internal import API
internal import Glibc
internal import HTTPServer
internal import Postgres
internal import RabbitMQ
internal import Runtime
internal import Sealing
internal import Tenancy
internal import TestSupport
internal import Testing
internal import Ticketing
internal import Wire

@testable internal import Payments
@testable import Query

/// A query server in this process, beside a worker that decides commands, with a key of the commands' tenant and one of
/// another's.
struct QueryScene: Sendable {
    let seats: SeatsScene
    let key: String
    let strangersKey: String
    static let ticketKey = try? SigningKey(seed: [UInt8](repeating: 9, count: SigningKey.seedCount))

    /// Runs `body` on a thread of its own with a database and a virtual host that are dropped afterwards.
    static func with<Value: Sendable>(
        _ body: @escaping @Sendable (QueryScene) throws -> Value
    ) async throws -> Value {
        try await SeatsScene.with { seats in try body(try QueryScene(seats)) }
    }

    init(_ seats: SeatsScene) throws {
        self.seats = seats
        let tenant = SeatsCommands().tenant
        (key, strangersKey) = try seats.withConnection { connection in
            try connection.execute("INSERT INTO tenant (id, name) VALUES ($1, 'Demo')", tenant.text)
            let store = TenantStore(connection)
            let stranger = try store.createTenant(named: "Stranger")
            return (
                try store.createKey(named: "key", of: tenant, scopes: [.read, .produce]).text,
                try store.createKey(named: "key", of: stranger, scopes: [.read, .produce]).text
            )
        }
    }

    /// Runs `body` beside a worker and a query server.
    func serve<Value>(
        _ change: (inout QueryService.Parts) -> Void = { _ in }, _ body: (QueryServer, LineProducer) throws -> Value
    ) throws -> Value {
        try seats.withWorker { _ in
            let producer = try LineProducer(seats)
            defer { producer.close() }
            return try withServer(change) { try body($0, producer) }
        }
    }

    func withServer<Value>(
        _ change: (inout QueryService.Parts) -> Void = { _ in }, _ body: (QueryServer) throws -> Value
    ) throws -> Value {
        let server = try QueryServer(self, change)
        defer { server.stop() }
        return try body(server)
    }
}

/// A query server and a client of it.
final class QueryServer {
    let service: QueryService
    let key: String
    private let http: HTTPServer
    private let ring: KeyRing
    private let pool: PostgresPool

    init(_ scene: QueryScene, _ change: (inout QueryService.Parts) -> Void) throws {
        guard let ticketKey = QueryScene.ticketKey else { throw Failure(description: "no key") }
        let log =
            ProcessEnvironment.current["TURNSTILE_TEST_LOG"] == nil
            ? Log.none : Log(service: "query", sink: .standardError(level: .info, format: .text))
        var control = scene.seats.database
        control.connectTimeout = .seconds(10)
        control.responseTimeout = .seconds(10)
        let metrics = Metrics()
        let broker = try ConnectionSettings(url: scene.seats.brokerURL)
        // Nobody has a desk here.
        let directory = try TenantDirectory(database: control, broker: broker, metrics: metrics, log: log)
        var parts = QueryService.Parts(
            control: control, broker: broker,
            tenants: try Tenants(.defaults, directory: directory, control: control, log: log),
            maxStreams: 1_000, memoryBound: 64 << 20, ticketKey: ticketKey,
            accessSeal: try AccessSeal(secret: [UInt8](repeating: 3, count: 32)), metrics: metrics, log: log,
            strangers: { "req_test" })
        change(&parts)
        key = scene.key
        service = try QueryService(parts)
        pool = try PostgresPool(control)
        ring = try KeyRing(pool: pool, log: log)
        var door = Door(ring: ring, limiter: RateLimiter(), strangers: { "req_test" })
        door.addCommon(metrics: metrics) { [service] in service.complaints }
        service.addRoutes(to: &door)
        http = try HTTPServer(
            listeners: [Listener("query", port: 0, router: door.router)],
            hooks: .face(FaceMetrics(metrics), log: log, strangers: { "req_test" }))
    }

    var port: UInt16 { http.port(of: "query") }

    func stop() {
        http.stop(within: .seconds(1))
        service.stop()
        ring.stop()
        pool.close(grace: .milliseconds(100))
    }

    func get(_ path: String, key: String? = nil, headers: [String] = []) throws -> RawHTTPResponse {
        try request("GET", path, key: key, headers: headers)
    }

    func request(
        _ method: String, _ path: String, key: String? = nil, headers: [String] = []
    ) throws -> RawHTTPResponse {
        let client = try RawHTTPClient(port: port, timeout: 70)
        let response = try client.exchange(
            method, path, headers: ["Authorization: Bearer \(key ?? self.key)", "Connection: close"] + headers)
        Conformance.check(method, path, response)
        return response
    }

    /// What is there, which has to be there.
    func json(_ path: String, headers: [String] = []) throws -> JSON {
        let answer = try get(path, headers: headers)
        guard answer.status == 200 else {
            throw Failure(description: "\(path): \(answer.status) \(answer.text)")
        }
        return try JSON(answer.body)
    }

    /// Waits until the map of a show has come to a version.
    func wait(for show: String, version: Int) throws {
        let time = SystemTime()
        let deadline = time.monotonic + .seconds(20)
        while try json("/v1/shows/\(show)/seats")["version"].int ?? 0 < version {
            guard time.monotonic < deadline else {
                throw Failure(description: "\(show) does not come to version \(version)")
            }
            usleep(5_000)
        }
    }

    func follow(_ show: String, lastId: String? = nil, receiveBytes: Int32? = nil) throws -> EventSource {
        try EventSource(
            port: port, path: "/v1/shows/\(show)/changes", key: key, lastId: lastId, receiveBytes: receiveBytes)
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }
}
