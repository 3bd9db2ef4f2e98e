import HTTPServer
import Runtime
import TestSupport
import Testing

@Suite struct ExchangeTests {
    @Test func `a handler sees what was sent`() async throws {
        var router = Router()
        router.post("/shows/{id}/seats/{seat}") { request in
            let text = [
                "\(request.method) \(request.path) \(request.route) \(request.version)",
                request.parameter("id"), request.parameter("seat"), request.query("a") ?? "-",
                request.query("b") ?? "-",
                request.query("none") ?? "-", request.header("x-SMALL") ?? "-", request.header("X-None") ?? "-",
                request.headers("X-Many").joined(separator: "+"), String(decoding: request.body, as: UTF8.self),
                request.remoteAddress.host, request.queryItems.map { "\($0.name)=\($0.value)" }.joined(separator: "&"),
            ]
            return Response(.created, .text, .text(text.joined(separator: "|")))
        }
        try await withServer(router) { fixture in
            let response = try fixture.client().exchange(
                "POST", "/shows/a%2Fb/seats/%C3%A4?a=1+2%2B3&b&a=no",
                headers: ["X-Small: yes", "X-Many: 1", "x-many: 2"],
                body: "hello")
            #expect(response.status == 201)
            #expect(
                response.text
                    == "POST /shows/a%2Fb/seats/%C3%A4 /shows/{id}/seats/{seat} http11|a/b|ä|1 2+3||-|yes|-|1+2"
                    + "|hello|127.0.0.1|a=1 2+3&b=&a=no")
            #expect(response["Content-Type"] == "text/plain; charset=utf-8")
            #expect(response["Date"]?.hasSuffix("GMT") == true)
        }
    }

    private static func hello() -> Router {
        var router = Router()
        router.get("/hello") { _ in Response(.ok, .text, .text("hello"), headers: ["X-A": "1"]) }
        router.delete("/hello") { _ in Response(.noContent) }
        router.post("/hello") { request in Response(.ok, .text, .bytes(request.body)) }
        return router
    }

    @Test func `HEAD has GET's headers and no body, on a connection that goes on`() async throws {
        try await withServer(Self.hello()) { fixture in
            let client = try fixture.client()
            let head = try client.exchange("HEAD", "/hello")
            #expect(head.status == 200)
            #expect(head["Content-Length"] == "5")
            #expect(head["X-A"] == "1")
            #expect(try client.exchange("GET", "/hello").text == "hello")
        }
    }

    @Test func `204 has neither body nor length, on a connection that goes on`() async throws {
        try await withServer(Self.hello()) { fixture in
            let client = try fixture.client()
            let response = try client.exchange("DELETE", "/hello")
            #expect(response.status == 204)
            #expect(response["Content-Length"] == nil)
            #expect(try client.exchange("GET", "/hello").text == "hello")
        }
    }

    @Test func `an unknown path, another method and OPTIONS leave the connection open`() async throws {
        try await withServer(Self.hello()) { fixture in
            let client = try fixture.client()
            let unknown = try client.exchange("POST", "/nothing", body: "thrown away")
            #expect(unknown.status == 404)
            #expect(unknown["Content-Type"] == "application/problem+json")
            #expect(
                unknown.text
                    == #"{"type":"about:blank","title":"There is nothing at this path","#
                    + #""status":404,"code":"not-found"}"#
            )
            let wrong = try client.exchange("PUT", "/hello", body: "thrown away")
            #expect(wrong.status == 405)
            #expect(wrong["Allow"] == "GET, HEAD, POST, DELETE, OPTIONS")
            #expect(wrong.text.contains("\"code\":\"method-not-allowed\""))
            let strange = try client.exchange("BREW", "/hello")
            #expect(strange.status == 405)
            let options = try client.exchange("OPTIONS", "/hello")
            #expect(options.status == 204)
            #expect(options["Allow"] == "GET, HEAD, POST, DELETE, OPTIONS")
            let all = try client.exchange("OPTIONS", "*")
            #expect(all.status == 204)
            #expect(try client.exchange("GET", "/hello").text == "hello")
        }
    }

    @Test func `the hook words the refusals`() async throws {
        let hooks = ServerHooks(problem: { problem, line in
            Response(
                problem.status, .text, .text("\(problem.code) \(line.method) \(line.target)"), headers: ["X-Own": "1"])
        })
        try await withServer(Self.hello(), hooks: hooks) { fixture in
            let response = try fixture.get("/no%20where?x=1")
            #expect(response.status == 404)
            #expect(response.text == "not-found GET /no%20where?x=1")
            #expect(response["X-Own"] == "1")
        }
    }

    @Test func `a handler may throw a problem; anything else is a 500 that is reported`() async throws {
        struct Secret: Error {}
        var router = Router()
        router.get("/problem") { _ in throw Problem(.conflict, "sold-out", "Sold out") }
        router.get("/error") { _ in throw Secret() }
        router.get("/deferred") { _, _ in throw Problem(.conflict, "sold-out", "Sold out") }
        router.get("/bad-header") { _ in Response(.ok, headers: ["X-A": "a\r\nX-Forged: 1"]) }
        let troubles = Log<Trouble>()
        try await withServer(router, hooks: ServerHooks(trouble: { troubles.append($0) })) { fixture in
            let client = try fixture.client()
            #expect(try client.exchange("GET", "/problem").status == 409)
            #expect(try client.exchange("GET", "/deferred").status == 409)
            let error = try client.exchange("GET", "/error")
            #expect(error.status == 500)
            #expect(!error.text.contains("Secret"))
            let forged = try client.exchange("GET", "/bad-header")
            #expect(forged.status == 500)
            #expect(forged["X-Forged"] == nil)
            #expect(troubles.all.map(\.kind) == [.handlerFailed, .badHeader])
            #expect(troubles.all[0].message.contains("Secret"))
        }
    }

    @Test func `gzip and tags over the wire`() async throws {
        let body = PreparedBody([UInt8](repeating: 66, count: 20_000), tag: EntityTag("v7"))
        var router = Router()
        router.get("/map") { _ in Response(.ok, .json, .prepared(body)) }
        router.get("/checked") { request in
            request.has(body.tag) ? .notModified(body.tag) : Response(.ok, .json, .prepared(body))
        }
        try await withServer(router) { fixture in
            let client = try fixture.client()
            for path in ["/map", "/checked"] {
                let plain = try client.exchange("GET", path)
                #expect(plain.body.count == 20_000)
                #expect(plain["ETag"] == "\"v7\"")
                #expect(plain["Vary"] == "Accept-Encoding")
                let gzip = try client.exchange("GET", path, headers: ["Accept-Encoding: deflate, gzip;q=0.8"])
                #expect(gzip["Content-Encoding"] == "gzip")
                #expect(gzip["ETag"] == "\"v7-gz\"")
                #expect(try Gunzip.run(gzip.body) == [UInt8](repeating: 66, count: 20_000))
                let fresh = try client.exchange(
                    "GET", path, headers: ["If-None-Match: \"v6\", \"v7-gz\"", "Accept-Encoding: gzip"])
                #expect(fresh.status == 304)
                #expect(fresh["ETag"] == "\"v7-gz\"")
                #expect(fresh["Content-Encoding"] == nil)
                #expect(fresh["Content-Length"] == (path == "/map" ? "\(gzip.body.count)" : "0"))
                let stale = try client.exchange("GET", path, headers: ["If-None-Match: \"v6\""])
                #expect(stale.status == 200)
                let head = try client.exchange("HEAD", path, headers: ["If-None-Match: \"v7\""])
                #expect(head.status == 304)
            }
        }
    }

    @Test func `every finished request is recorded`() async throws {
        let records = Log<AccessRecord>()
        try await withServer(Self.hello(), hooks: ServerHooks(access: { records.append($0) })) { fixture in
            let client = try fixture.client()
            _ = try client.exchange("GET", "/hello")
            _ = try client.exchange("GET", "/nowhere")
            try wait { records.count == 2 }
            let first = records.all[0]
            #expect(first.route == "/hello")
            #expect(first.status == .ok)
            #expect(first.bytes == 5)
            #expect(first.method == .get)
            #expect(first.outcome == .sent)
            #expect(first.listener == "test")
            #expect(first.duration > .zero && first.duration < .seconds(5))
            #expect(records.all[1].route == nil)
            #expect(records.all[1].status == .notFound)
        }
    }
}
