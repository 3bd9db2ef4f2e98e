import Testing

@testable import HTTPServer

@Suite struct AcceptEncodingTests {
    private func allows(_ fields: String...) -> Bool {
        var accepted = AcceptEncoding()
        for field in fields { Array(field.utf8).withUnsafeBytes { accepted.add($0) } }
        return accepted.allowsGzip
    }

    @Test(arguments: [
        "gzip", "GZIP", "x-gzip", "deflate, gzip", "gzip;q=0.001", "gzip ; q=1.000", "*", "br;q=1, *;q=0.5",
        "gzip;q=1.0, identity;q=0.5", "*;q=0, gzip",
    ]) func `gzip is used where it is allowed`(field: String) { #expect(allows(field)) }

    @Test(arguments: [
        "", "deflate", "gzip;q=0", "gzip;q=0.0", "gzip;q=0.000", "*;q=0", "gzip;q=0, *", "identity, gzip;q=0.5",
        "gzip;q=2", "gzip;q=x", "gzip;q=", "gzip;q=1.5", "gzip;q=0.1234", "gzipp", "gzip;level=3",
    ]) func `gzip is not used where it is refused or not named`(field: String) { #expect(!allows(field)) }

    @Test func `several lines are one list`() {
        #expect(allows("br", "gzip"))
        #expect(!allows("*", "gzip;q=0"))
    }
}

@Suite struct EntityTagTests {
    @Test(arguments: ["\"v1\"", "W/\"v1\"", "\"v0\", \"v1\"", "\"v0\",W/\"v1\"", "*", " \"v1\" ", "\"a,b\", \"v1\""])
    func `a list that names the tag matches`(field: String) { #expect(EntityTag("v1").matches(field)) }

    @Test(arguments: ["", "\"v2\"", "v1", "\"v1", "\"v1-gz\"", "w/\"v1\"", "\"V1\"", "\"v11\", \"v\"", "\"a\"x\"v1\""])
    func `what does not name the tag does not match`(field: String) { #expect(!EntityTag("v1").matches(field)) }

    @Test func `the tag of bytes changes with them`() {
        func tag(_ text: String) -> EntityTag { SharedBytes(text).withUnsafeBytes(EntityTag.init(hashing:)) }
        #expect(tag("abc") == tag("abc"))
        #expect(tag("abc") != tag("abd"))
        #expect(tag("") != tag("\0"))
    }
}

@Suite struct OutgoingTests {
    private let large = [UInt8](repeating: 65, count: 5000)

    private func outgoing(_ response: Response, gzip: Bool = true, _ settings: CompressionSettings = .init())
        -> Outgoing
    {
        Outgoing(response, settings, acceptsGzip: gzip)
    }

    private func headers(_ outgoing: Outgoing) -> [String: String] {
        var headers: [String: String] = [:]
        outgoing.forEachHeader { headers[$0] = $1 }
        return headers
    }

    @Test func `a large text is compressed and says so`() {
        let sent = outgoing(Response(.ok, .json, .bytes(large), tag: EntityTag("v1")))
        #expect(sent.payload.count < 200)
        #expect(headers(sent)["Content-Encoding"] == "gzip")
        #expect(headers(sent)["Vary"] == "Accept-Encoding")
        #expect(headers(sent)["ETag"] == "\"v1-gz\"")
    }

    @Test func `a client without gzip gets it plain, but caches are told`() {
        let sent = outgoing(Response(.ok, .json, .bytes(large), tag: EntityTag("v1")), gzip: false)
        #expect(sent.payload.count == 5000)
        #expect(headers(sent)["Content-Encoding"] == nil)
        #expect(headers(sent)["Vary"] == "Accept-Encoding")
        #expect(headers(sent)["ETag"] == "\"v1\"")
    }

    @Test func `small, compressed and incompressible bodies stay as they are`() {
        let responses = [
            Response(.ok, .json, .bytes(Array(large.prefix(1023)))), Response(.ok, .png, .bytes(large)),
            Response(.ok, .json, .bytes(large), headers: ["content-encoding": "br"]), Response(.ok, nil, .bytes(large)),
        ]
        for response in responses {
            let sent = outgoing(response)
            #expect(!sent.isGzip)
            #expect(!sent.varies)
            #expect(sent.payload.count == response.body.count)
        }
        #expect(!outgoing(Response(.ok, .json, .bytes(large)), CompressionSettings(level: nil)).isGzip)
    }

    @Test func `a prepared body is not compressed again`() throws {
        let body = PreparedBody(large)
        let first = outgoing(Response(.ok, .json, .prepared(body)))
        guard case .shared(let bytes) = first.payload else {
            Issue.record("not shared")
            return
        }
        #expect(bytes === body.gzip)
        guard case .shared(let plain) = outgoing(Response(.ok, .json, .prepared(body)), gzip: false).payload else {
            Issue.record("not shared")
            return
        }
        #expect(plain === body.identity)
    }

    @Test func `a body that compression would not make smaller stays plain`() {
        var generator = SystemRandomNumberGenerator()
        let noise = (0..<3000).map { _ in UInt8.random(in: 0...255, using: &generator) }
        #expect(PreparedBody(noise).gzip == nil)
        #expect(!outgoing(Response(.ok, .json, .bytes(noise))).isGzip)
    }

    @Test func `the client's own tag makes a 304`() {
        var sent = outgoing(
            Response(.ok, .json, .bytes(large), headers: ["Cache-Control": "no-cache"], tag: EntityTag("v1")))
        sent.revalidate("\"v1\"")
        #expect(sent.status == .ok)
        sent.revalidate("\"x\", \"v1-gz\"")
        #expect(sent.status == .notModified)
        #expect(headers(sent) == ["Cache-Control": "no-cache", "ETag": "\"v1-gz\"", "Vary": "Accept-Encoding"])
    }

    @Test func `only a 200 becomes a 304`() {
        var sent = outgoing(Response(.created, .json, .bytes([1]), tag: EntityTag("v1")))
        sent.revalidate("*")
        #expect(sent.status == .created)
    }

    @Test func `204 and 304 have no body`() {
        for status in [HTTPStatus.noContent, .notModified] {
            #expect(outgoing(Response(status, .json, .bytes(large))).payload.count == 0)
        }
    }
}

@Suite struct ProblemTests {
    @Test func `it is written as RFC 9457 wants it`() {
        let problem = Problem(
            .conflict, "sold-out", "Nothing \"left\"", detail: "a\nb\\c\u{1}", headers: ["Retry-After": "1"])
        let response = problem.response
        let body = response.body.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        #expect(
            body
                == #"{"type":"about:blank","title":"Nothing \"left\"","#
                + #""status":409,"detail":"a\u000ab\\c\u0001","code":"sold-out"}"#
        )
        #expect(response.contentType == .problem)
        #expect(response.headers["retry-after"] == "1")
    }
}

@Suite struct HeadersTests {
    @Test func `names are the same in either case`() {
        var headers: HTTPHeaders = ["X-A": "1", "x-b": "2"]
        headers.add("x-a", "3")
        #expect(headers["X-a"] == "1")
        headers["X-A"] = "4"
        #expect(headers.fields.map(\.name) == ["x-b", "X-A"])
        headers["x-a"] = nil
        #expect(headers["X-A"] == nil)
    }
}
