import Testing

@testable import HTTPServer

@Suite struct RouterTests {
    /// Looks a path up and says where it leads: the template and the decoded parameters, or what stands in the way.
    private func lookup(_ router: Router, _ method: HTTPMethod, _ path: String) throws -> String {
        var target = Target()
        path.utf8.withContiguousStorageIfAvailable { target.take(UnsafeRawBufferPointer($0)) }
        guard try target.parse(limit: 1000) == .path else { return "*" }
        var places = Router.Places()
        switch router.match(method, target.bytes, target.path, &places) {
        case .route(let route):
            let values = (0..<places.count).map { PercentCoding.decode(target.bytes[places[$0]]) }
            return ([route.template.text] + values).joined(separator: " ")
        case .wrongMethod(let allow): return "405 \(allow)"
        case .none: return "404"
        }
    }

    private static let router: Router = {
        var router = Router()
        for template in ["/", "/healthz", "/v1/shows/{id}", "/v1/shows/{id}/seats", "/v1/shows/mine", "/console/"] {
            router.get(template) { _ in Response(.ok) }
        }
        router.get("/a/{x}/c") { _ in Response(.ok) }
        router.get("/a/b/d") { _ in Response(.ok) }
        router.post("/v1/shows/{id}") { _ in Response(.ok) }
        router.put("/lines/{line}/parts/{number}") { _ in Response(.ok) }
        return router
    }()

    @Test(arguments: [
        ("/", "/"),
        ("/healthz", "/healthz"),
        ("/healthz?x=/", "/healthz"),
        ("/v1/shows/shw_1", "/v1/shows/{id} shw_1"),
        ("/v1/shows/shw_1/seats", "/v1/shows/{id}/seats shw_1"),
        ("http://host:80/v1/shows/7?q", "/v1/shows/{id} 7"),
        ("/v1/shows/mine", "/v1/shows/mine"),
        ("/v1/shows/min", "/v1/shows/{id} min"),
        ("/a/b/c", "/a/{x}/c b"),
        ("/a/b/d", "/a/b/d"),
        ("/v1/shows/a%2Fb", "/v1/shows/{id} a/b"),
        ("/v1/shows/%C3%A4%20x+y", "/v1/shows/{id} ä x+y"),
        ("/v1/%73hows/x", "/v1/shows/{id} x"),
        ("/console/", "/console/"),
    ]) func `a path leads to its route`(path: String, route: String) throws {
        #expect(try lookup(Self.router, .get, path) == route)
    }

    @Test(arguments: [
        "/v1", "/v1/shows", "/v1/shows/", "/healthz/", "/Healthz", "/console", "//", "/v1//seats", "/v1/shows//seats",
        "/healthzz", "/a/b/c/", "/v1/shows/mine/other", "/v1%2Fshows/x",
    ]) func `a path that is not exactly a route's is unknown`(path: String) throws {
        #expect(try lookup(Self.router, .get, path) == "404")
    }

    @Test func `what another server takes is told, and not served`() throws {
        var router = Router()
        router.post("/v1/events") { _ in Response(.ok) }
        router.mention(.get, "/v1/events")
        router.mention(.get, "/v1/shows/{id}/seats")
        router.mention(.get, "/v1/events")
        #expect(try lookup(router, .post, "/v1/events") == "/v1/events")
        #expect(try lookup(router, .put, "/v1/events") == "405 GET, HEAD, POST, OPTIONS")
        #expect(try lookup(router, .post, "/v1/shows/1/seats") == "405 GET, HEAD, OPTIONS")
        for method in [HTTPMethod.get, .head] {
            for path in ["/v1/events", "/v1/shows/1/seats"] { #expect(try lookup(router, method, path) == "404") }
        }
        #expect(try lookup(router, .get, "/v1/shows/1") == "404")
    }

    @Test func `another method is told which ones there are`() throws {
        #expect(try lookup(Self.router, .delete, "/v1/shows/1") == "405 GET, HEAD, POST, OPTIONS")
        #expect(try lookup(Self.router, .get, "/lines/seats/parts/1") == "405 PUT, OPTIONS")
        #expect(try lookup(Self.router, .other, "/") == "405 GET, HEAD, OPTIONS")
    }

    @Test func `HEAD is GET's where it has no route of its own`() throws {
        #expect(try lookup(Self.router, .head, "/healthz") == "/healthz")
    }

    @Test func `parameters keep their order`() throws {
        #expect(try lookup(Self.router, .put, "/lines/seats/parts/12") == "/lines/{line}/parts/{number} seats 12")
    }

    @Test func `a hundred routes are found`() throws {
        var router = Router()
        for number in 0..<100 { router.get("/r\(number)/{id}/x") { _ in Response(.ok) } }
        for number in 0..<100 {
            #expect(try lookup(router, .get, "/r\(number)/5/x") == "/r\(number)/{id}/x 5")
        }
    }
}

@Suite struct TargetTests {
    private func parse(_ text: String, limit: Int = 1000) throws(Target.Fault) -> (path: String, query: String) {
        var target = Target()
        Array(text.utf8).withUnsafeBytes { target.take($0) }
        _ = try target.parse(limit: limit)
        return (
            String(decoding: target.bytes[target.path], as: UTF8.self),
            String(decoding: target.bytes[target.query], as: UTF8.self)
        )
    }

    @Test func `path and query are taken apart`() throws {
        #expect(try parse("/a/b?c=d&e?f") == ("/a/b", "c=d&e?f"))
        #expect(try parse("/?") == ("/", ""))
        #expect(try parse("HTTP://host/x?y") == ("/x", "y"))
    }

    @Test(arguments: [
        "", "a/b", "/a b", "/a\u{7f}", "/%", "/%4", "/%4g", "/%00", "/a?b=%zz", "/a#b", "http://host", "ftp://h/",
    ])
    func `a malformed target is refused`(text: String) {
        #expect(throws: Target.Fault.self) { _ = try parse(text) }
    }

    @Test func `the limit holds to the byte`() throws {
        #expect(try parse("/123", limit: 4).path == "/123")
        #expect(throws: Target.Fault.tooLong) { _ = try parse("/1234", limit: 4) }
    }
}
