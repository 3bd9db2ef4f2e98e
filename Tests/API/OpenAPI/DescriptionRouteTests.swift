import HTTPServer
import Postgres
import Runtime
import TestSupport
import Testing
import Wire

@testable import API

/// `/openapi.json` and `/problems/{code}`, over HTTP.
@Suite struct DescriptionRouteTests {
    /// A door with nothing behind it but its description. There is no database, and none is needed.
    private func withDoor(_ body: @escaping @Sendable (_ get: Get) throws -> Void) async throws {
        try await onThread {
            let log = Log(service: "test", sink: LogSink(level: .error, format: .json) { _ in })
            let pool = try PostgresPool(try PostgresSettings("postgresql://nobody@127.0.0.1:1/none"))
            let ring = try KeyRing(pool: pool, log: log)
            defer {
                ring.stop()
                pool.close(grace: .zero)
            }
            var door = Door(ring: ring, limiter: RateLimiter(), strangers: { "req_1" })
            door.addDescription()
            let listener = Listener("test", port: 0, router: door.router)
            let server = try HTTPServer(
                listeners: [listener], hooks: .face(FaceMetrics(Metrics()), log: log, strangers: { "req_1" }))
            defer { server.stop(within: .zero) }
            try body(Get(port: server.port(of: "test")))
        }
    }

    private struct Get: Sendable {
        let port: UInt16

        func callAsFunction(_ path: String, _ headers: String...) throws -> RawHTTPResponse {
            try RawHTTPClient(port: port).exchange("GET", path, headers: headers)
        }
    }

    @Test func theDescriptionIsServedWithItsTag() async throws {
        try await withDoor { get in
            let whole = try get("/openapi.json")
            #expect(whole.body == Description().document.bytes)
            Conformance.check(.openAPI, status: whole.status, headers: whole.headers, body: whole.body, isStrict: false)
            let tag = try #require(whole["ETag"])
            let same = try get("/openapi.json", "If-None-Match: \(tag)")
            #expect(same.status == 304 && same.body.isEmpty && same["ETag"] == tag)
            let small = try get("/openapi.json", "Accept-Encoding: gzip")
            #expect(small["Content-Encoding"] == "gzip" && small.body.count * 5 < whole.body.count)
        }
    }

    @Test func aCodeIsExplainedInTheFormThatIsAskedFor() async throws {
        try await withDoor { get in
            for code in ProblemCode.all {
                let path = "/problems/\(code.text)"
                let page = try get(path, "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
                #expect(page.status == 200 && page["Content-Type"] == "text/html; charset=utf-8")
                #expect(page.text.hasPrefix("<!DOCTYPE html>") && page.text.contains("<code>\(code.text)</code>"))
                let json = try get(path, "Accept: application/json")
                Conformance.check(.problem, status: json.status, headers: json.headers, body: json.body)
                #expect(try JSONValue(parsing: json.body)["code"] == .string(code.text))
                let text = try get(path)
                #expect(text["Content-Type"] == "text/plain; charset=utf-8" && text.text.hasPrefix(code.text))
                #expect(text["Vary"]?.isEmpty == false)
            }
        }
    }

    @Test func aCodeOfNothingIsNotFound() async throws {
        try await withDoor { get in
            for path in ["/problems/sold-outt", "/problems/SOLD-OUT", "/problems/%3Cscript%3E"] {
                let answer = try get(path)
                #expect(answer.status == 404)
                Conformance.check(.problem, status: answer.status, headers: answer.headers, body: answer.body)
            }
        }
    }

    @Test(arguments: [
        ("", PageForm.text), ("*/*", .text), ("text/html", .html), ("text/*", .text), ("application/*", .json),
        ("text/plain;q=0.5, application/json", .json), ("application/json;q=0.2, text/html;q=0.3", .html),
        ("*/*;q=0.1, text/plain;q=0", .json), ("image/png", .text), ("text/html ; q=1.0", .html), (";;,,;q=", .text),
    ])
    func acceptIsWeighed(_ field: String, _ form: PageForm) {
        #expect(PageForm(accept: field) == form)
    }
}

/// What the pages say.
@Suite struct ExplanationTests {
    @Test(arguments: ProblemCode.all)
    func isWhole(_ code: ProblemCode) {
        let explanation = code.explanation
        for text in [explanation.meaning, explanation.cause, explanation.remedy, explanation.retry.text] {
            #expect(text.count > 2 && text.hasSuffix(".") && !text.contains("  "), "\(code.text): \(text)")
            #expect(text.count(where: { $0 == "`" }).isMultiple(of: 2), "\(code.text): \(text)")
        }
    }

    /// What a page tells to call exists.
    @Test(arguments: ProblemCode.all)
    func namesRoutesThatExist(_ code: ProblemCode) {
        let explanation = code.explanation
        let routes = Set((Operation.all + Operation.internalOnly).map { "\($0.method) \($0.template)" })
        for text in [explanation.meaning, explanation.cause, explanation.remedy, explanation.retry.text] {
            for part in text.split(separator: "`") where part.contains(" /v1/") || part.contains(" /internal/") {
                #expect(routes.contains(String(part)), "\(code.text): \(part)")
            }
        }
    }

    @Test func oneCodeThatSeveralRefuseWithHasAnExplanationForEach() throws {
        let codes = ProblemCode.all.filter { $0.text == "invalid-request" }
        #expect(codes.map(\.status).sorted() == [400, 422, 422], "the form, and both rule books")
        let content = ProblemPageContent(cases: codes.map { ProblemPageContent.Case(code: $0, operations: [.reserve]) })
        #expect(content.json["cases"]?.elements.count == 3)
        #expect(content.json["statuses"] == [400, 422])
        #expect(content.html.split(separator: "<section>").count == 4)
        #expect(content.text.contains("Answered to: POST /v1/shows/{id}/reservations"))
    }

    @Test func whatIsWrittenIsEscaped() {
        let content = ProblemPageContent(
            cases: [ProblemPageContent.Case(code: .fault(.unauthorized), operations: [])])
        #expect(content.html.contains("<code>Authorization: Bearer &lt;key&gt;</code>"))
    }
}
