public import API
internal import Glibc
internal import HTTPServer
public import Postgres
internal import Runtime

/// A server of one operation, whose requests a test answers itself and in its own time.
public final class CallServer {
    private let http: HTTPServer
    private let ring: KeyRing
    private let pool: PostgresPool
    private let calls: Lock<[Call]>
    private let operation: API.Operation

    /// - Parameter database: looked up for keys, where the operation needs one.
    public init(_ operation: API.Operation = .healthz, database: PostgresSettings? = nil) throws {
        self.operation = operation
        pool = try PostgresPool(try database ?? PostgresSettings("postgres://nobody@127.0.0.1:1/nothing"))
        ring = try KeyRing(pool: pool, log: .none)
        let calls = Lock<[Call]>([])
        self.calls = calls
        var door = Door(ring: ring, limiter: RateLimiter(), strangers: { "req_test" })
        door.on(operation) { call in calls.withLock { $0.append(call) } }
        http = try HTTPServer(
            listeners: [Listener("calls", port: 0, router: door.router)],
            hooks: .face(FaceMetrics(Metrics()), log: .none, strangers: { "req_test" }))
    }

    public func stop() {
        http.stop(within: .milliseconds(100))
        ring.stop()
        pool.close(grace: .milliseconds(100))
    }

    /// Sends a request.
    ///
    /// - Returns: its call, which waits to be answered, and the client that waits for that.
    public func call(key: String = "", body: String = "") throws -> (call: Call, client: RawHTTPClient) {
        let client = try RawHTTPClient(port: http.port(of: "calls"), timeout: 30)
        let path = operation.template.replacing("{id}", with: "x")
        var headers = ["Content-Type: application/json"]
        if !key.isEmpty { headers.append("Authorization: Bearer \(key)") }
        try client.request(operation.method.description, path, headers: headers, body: body)
        let time = SystemTime()
        let deadline = time.monotonic + .seconds(20)
        while time.monotonic < deadline {
            if let call = calls.withLock({ $0.popLast() }) { return (call, client) }
            usleep(2_000)
        }
        throw RawHTTPError("the call did not come")
    }
}
