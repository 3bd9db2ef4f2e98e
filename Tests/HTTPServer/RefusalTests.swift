import HTTPServer
import Runtime
import TestSupport
import Testing

/// What the server refuses on its own, and that it says so clearly.
@Suite struct RefusalTests {
    private static func router() -> Router {
        var router = Router()
        router.get("/hello") { _ in Response(.ok, .text, .text("hello")) }
        router.post("/echo") { request in Response(.ok, .text, .text("\(request.body.count)")) }
        router.post("/small", bodyLimit: 10) { request in Response(.ok, .text, .text("\(request.body.count)")) }
        return router
    }

    /// Sends `text` and expects a refusal, after which the connection ends.
    private func refused(
        _ text: String, _ status: Int, code: String, limits: HTTPLimits = HTTPLimits(),
        hooks: ServerHooks = ServerHooks()
    ) async throws {
        try await withServer(Self.router(), limits: limits, hooks: hooks) { fixture in
            let client = try fixture.client()
            try client.send(text)
            let response = try client.response()
            #expect(response.status == status, "\(text.prefix(60))")
            #expect(response["Content-Type"] == "application/problem+json")
            #expect(response.text.contains("\"code\":\"\(code)\""), "\(response.text)")
            #expect(response["Connection"] == "close")
            client.finishSending()
            #expect(client.isEnded())
            #expect(try fixture.get("/hello").text == "hello")
        }
    }

    @Test(arguments: [
        "garbage\r\n\r\n", "\u{16}\u{3}\u{1}\u{2}\0\u{1}\r\n\r\n", "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET hello HTTP/1.1\r\nHost: x\r\n\r\n", "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n", "GET /a\0b HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /hello HTTP/1.1\r\n\r\n", "GET * HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ]) func `what is not HTTP gets a 400`(text: String) async throws {
        try await refused(text, 400, code: "malformed-request")
    }

    @Test(arguments: [
        "GET /hello HTTP/1.1\r\nHost : x\r\n\r\n", "GET /hello HTTP/1.1\r\nno colon\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "GET /hello\r\n\r\n",
    ]) func `what the library finds malformed gets its 400`(text: String) async throws {
        try await withServer(Self.router()) { fixture in
            let client = try fixture.client()
            try client.send(text)
            #expect(try client.response().status == 400)
            try wait { fixture.server.connectionCount == 0 }
        }
    }

    @Test func `another major version gets a 505`() async throws {
        try await withServer(Self.router()) { fixture in
            let client = try fixture.client()
            try client.send("GET /hello HTTP/2.0\r\nHost: x\r\n\r\n")
            #expect(try client.response().status == 505)
        }
    }

    @Test func `an unknown transfer coding gets a 501`() async throws {
        try await refused(
            "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501, code: "transfer-coding-unknown")
    }

    @Test func `a URL beyond the limit gets a 414, one at the limit is served`() async throws {
        var limits = HTTPLimits()
        limits.targetBytes = 100
        let padding = String(repeating: "a", count: 100 - "/hello?".count)
        try await withServer(Self.router(), limits: limits) { fixture in
            let response = try fixture.get("/hello?\(padding)")
            #expect(response.status == 200)
        }
        try await refused(
            "GET /hello?\(padding)a HTTP/1.1\r\nHost: x\r\n\r\n", 414, code: "target-too-long", limits: limits)
    }

    @Test func `a header beyond the limit gets a 431, one at the limit is served`() async throws {
        var limits = HTTPLimits()
        limits.targetBytes = 64
        limits.headerBytes = 4096
        @Sendable func request(_ count: Int) -> String {
            let start = "GET /hello HTTP/1.1\r\nHost: x\r\nX-Long: "
            return start + String(repeating: "a", count: count - start.utf8.count - 4) + "\r\n\r\n"
        }
        let limited = limits
        try await withServer(Self.router(), limits: limits) { fixture in
            let client = try fixture.client()
            try client.send(request(4096))
            #expect(try client.response().status == 200)
        }
        try await refused(request(4097), 431, code: "header-too-large", limits: limited)
    }

    @Test(arguments: [("GET /hello?", 414), ("GET /hello HTTP/1.1\r\nHost: x\r\nX-Long: ", 431)])
    func `what does not even fit into memory gets the library's answer`(start: String, status: Int) async throws {
        try await withServer(Self.router()) { fixture in
            let client = try fixture.client()
            try client.send(start + String(repeating: "a", count: 200_000))
            #expect(try client.response().status == status)
            client.finishSending()
            #expect(client.isEnded())
            #expect(try fixture.get("/hello").text == "hello")
        }
    }

    @Test func `many headers within the limit are taken`() async throws {
        try await withServer(Self.router()) { fixture in
            let headers = (0..<80).map { "X-Header-\($0): value of header \($0)" }
            let response = try fixture.get("/hello", headers: headers)
            #expect(response.status == 200)
        }
    }

    // MARK: Bodies

    @Test func `a body at its route's limit is taken`() async throws {
        try await withServer(Self.router()) { fixture in
            let client = try fixture.client()
            #expect(try client.exchange("POST", "/small", body: "0123456789").text == "10")
            let large = String(repeating: "a", count: 256 * 1024)
            #expect(try client.exchange("POST", "/echo", body: large).text == "262144")
        }
    }

    @Test func `a length beyond the limit gets a 413 before the body is sent`() async throws {
        try await refused(
            "POST /small HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n", 413, code: "body-too-large")
    }

    @Test func `chunks beyond the limit get a 413 before their end`() async throws {
        try await refused(
            "POST /small HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n123456\r\n5\r\n12345\r\n", 413,
            code: "body-too-large")
    }

    @Test(arguments: ["Content-Length: 3000000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n2DC6C0\r\n"])
    func `a client that sends all of it before it reads still gets its 413`(framing: String) async throws {
        try await withServer(Self.router()) { fixture in
            let client = try fixture.client()
            try client.send("POST /echo HTTP/1.1\r\nHost: x\r\n" + framing)
            try client.send([UInt8](repeating: 97, count: 3_000_000))
            #expect(try client.response().status == 413)
        }
    }

    @Test func `a client that asks first is told to go on, or why not`() async throws {
        try await withServer(Self.router()) { fixture in
            let client = try fixture.client()
            try client.send("POST /small HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
            #expect(try client.response().status == 100)
            try client.send("body")
            #expect(try client.response().text == "4")

            try client.send("POST /small HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 40\r\n\r\n")
            #expect(try client.response().status == 413)

            let other = try fixture.client()
            try other.send("POST /none HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
            #expect(try other.response().status == 404)
        }
    }

    @Test func `bodies share a budget`() async throws {
        var limits = HTTPLimits()
        limits.bodyBytes = 1000
        limits.allBodiesBytes = 1500
        try await withServer(Self.router(), limits: limits) { fixture in
            let first = try fixture.client()
            try first.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\na")
            let second = try fixture.client()
            // The first one's byte may be in the kernel still: whichever comes second is refused.
            try second.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\na")
            let refused = try second.response()
            #expect(refused.status == 503)
            #expect(refused["Retry-After"] == "1")
            try first.send(String(repeating: "a", count: 999))
            #expect(try first.response().text == "1000")
            #expect(try first.exchange("POST", "/echo", body: String(repeating: "a", count: 1000)).text == "1000")
        }
    }

    // MARK: Slow clients

    private static let hasty: HTTPLimits = {
        var limits = HTTPLimits()
        limits.requestTime = .milliseconds(300)
        limits.responseTime = .milliseconds(500)
        return limits
    }()

    @Test(arguments: [
        "", "GET /hel", "GET /hello HTTP/1.1\r\nHost: x\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab",
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    ]) func `a request that does not go on gets a 408`(text: String) async throws {
        try await withServer(Self.router(), limits: Self.hasty) { fixture in
            let client = try fixture.client()
            try client.send(text)
            let response = try client.response()
            #expect(response.status == 408)
            #expect(response.text.contains("\"code\":\"request-timeout\""))
            #expect(client.isEnded())
            try wait { fixture.server.connectionCount == 0 }
        }
    }

    @Test func `a client that trickles is not served forever`() async throws {
        try await withServer(Self.router(), limits: Self.hasty) { fixture in
            let client = try fixture.client()
            try client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
            let pause = Latch()
            var sent = 0
            // Each byte starts the library's idle timer anew; the whole request has its own.
            while sent < 1000, (try? client.send("a")) != nil {
                sent += 1
                _ = pause.wait(for: .milliseconds(10))
            }
            #expect(sent < 500)
            try wait { fixture.server.connectionCount == 0 }
        }
    }

    @Test func `a second request has its time as well`() async throws {
        try await withServer(Self.router(), limits: Self.hasty) { fixture in
            let client = try fixture.client()
            #expect(try client.exchange("GET", "/hello").text == "hello")
            try client.send("GET /hello HTTP/1.1\r\nHos")
            #expect(try client.response().status == 408)
        }
    }

    @Test func `a client that does not read its answer is cut off`() async throws {
        let large = SharedBytes([UInt8](repeating: 7, count: 32 << 20))
        var router = Router()
        router.get("/large") { _ in Response(.ok, nil, .shared(large)) }
        let outcomes = Log<AccessRecord.Outcome>()
        try await withServer(router, limits: Self.hasty, hooks: ServerHooks(access: { outcomes.append($0.outcome) })) {
            fixture in
            let client = try fixture.client(receiveBytes: 4096)
            try client.request("GET", "/large")
            try wait { fixture.server.connectionCount == 0 && outcomes.count == 1 }
            #expect(outcomes.all == [.broken])
        }
    }
}
