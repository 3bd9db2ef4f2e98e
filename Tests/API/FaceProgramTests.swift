import Glibc
import TestSupport
import Testing

/// `turnstile-ingress` and `turnstile-query`, as whoever starts them meets them.
@Suite struct FaceProgramTests {
    private static let key = String(repeating: "0f", count: 32)
    /// Nobody listens there.
    private static let servers = [
        "TURNSTILE_POSTGRES_URL": "postgres://x@127.0.0.1:1/x", "TURNSTILE_RABBITMQ_URL": "amqp://127.0.0.1:1",
    ]

    @Test(
        arguments: ["turnstile-ingress", "turnstile-query"],
        [
            (["--fly"], [:], 64, "usage: turnstile-"),
            ([], ["TURNSTILE_HTTP_MAX_CONNECTIONS": "0"], 78, "http.maxConnections"),
            ([], [:], 78, "TURNSTILE_API_REQUEST_KEY must be 32 bytes in hexadecimal"),
            ([], ["TURNSTILE_API_REQUEST_KEY": "0f"], 78, "TURNSTILE_API_REQUEST_KEY must be 32 bytes in hexadecimal"),
            (
                [], ["TURNSTILE_API_REQUEST_KEY": key], 78,
                "TURNSTILE_POSTGRES_URL and TURNSTILE_RABBITMQ_URL must be set"
            ),
        ] as [([String], [String: String], Int32, String)])
    func whatItCannotStartWithIsSaid(
        program: String, wrong: (arguments: [String], environment: [String: String], code: Int32, message: String)
    ) async throws {
        try await onThread {
            let outcome = try Tool.run(try Tool.built(program), wrong.arguments, environment: wrong.environment)
            #expect(outcome.code == wrong.code)
            #expect(outcome.error.contains(wrong.message), "\(outcome.error)")
        }
    }

    @Test(arguments: ["ingress", "query"])
    func itStartsWithoutItsServersAndDrainsAtASignal(face: String) async throws {
        try await onThread {
            let port = UInt16.random(in: 18_000..<19_000)
            let variable = "TURNSTILE_\(face.uppercased())_"
            let environment = Self.servers.merging([
                "TURNSTILE_API_REQUEST_KEY": Self.key, "TURNSTILE_API_TICKET_SEED": Self.key,
                variable + "PORT": "\(port)", "TURNSTILE_QUERY_STREAM_PORT": "0",
                "TURNSTILE_INGRESS_INTERNAL_PORT": "0",
            ]) { $1 }
            let program = try Tool.start(try Tool.built("turnstile-\(face)"), environment: environment)
            defer { kill(program.pid, SIGKILL) }
            func get(_ path: String) -> RawHTTPResponse? { try? RawHTTPClient(port: port).exchange("GET", path) }
            let clock = ContinuousClock()
            let deadline = clock.now + .seconds(20)
            while get("/healthz")?.status != 200 {
                try #require(clock.now < deadline, "it does not answer")
                usleep(20_000)
            }
            #expect(get("/metrics")?.text.contains("process_start_time_seconds") == true)
            let refused = try #require(get("/nowhere"))
            #expect(refused.status == 404 && refused["Content-Type"] == "application/problem+json")
            #expect(refused["Request-Id"]?.hasPrefix("req_") == true)
            // Whichever of the two processes a gateway asks, it knows what all of the interface takes.
            for (method, path, allow) in [
                ("PUT", "/v1/shows/shw_1/seats", "GET, HEAD, OPTIONS"), ("GET", "/v1/commands", "POST, OPTIONS"),
                ("PATCH", "/v1/events/evt_1", "GET, HEAD, PUT, DELETE, OPTIONS"),
            ] {
                let wrong = try RawHTTPClient(port: port).exchange(method, path)
                #expect(wrong.status == 405 && wrong["Allow"] == allow, "\(method) \(path)")
            }
            kill(program.pid, SIGTERM)
            #expect(try program.outcome(within: .seconds(20)).code == 0)
        }
    }

    @Test func aPortThatIsTakenIsSaid() async throws {
        try await onThread {
            let taken = try PortHolder()
            let environment = Self.servers.merging([
                "TURNSTILE_API_REQUEST_KEY": Self.key, "TURNSTILE_API_TICKET_SEED": Self.key,
                "TURNSTILE_INGRESS_PORT": "\(taken.port)", "TURNSTILE_INGRESS_INTERNAL_PORT": "0",
            ]) { $1 }
            let outcome = try Tool.run(try Tool.built("turnstile-ingress"), environment: environment)
            #expect(outcome.code == 71)
            #expect(outcome.error.contains("another process listens on port \(taken.port)"), "\(outcome.error)")
        }
    }
}

/// Somebody who listens on a port of loopback.
private final class PortHolder {
    let port: UInt16
    private let descriptor: Int32

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { [descriptor] pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && listen(descriptor, 1) == 0 && getsockname(descriptor, $0, &size) == 0
            }
        }
        port = in_port_t(bigEndian: address.sin_port)
        try #require(bound)
    }

    deinit { close(descriptor) }
}
