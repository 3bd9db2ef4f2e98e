internal import HTTPClient
internal import HTTPServer
internal import Runtime
internal import TestSupport
internal import Testing

@Suite struct ClientTests {
    @Test func sendsEachMethodAndReadsTheAnswer() async throws {
        try await onThread {
            var router = Router()
            let echo: @Sendable (borrowing Request) -> Response = { request in
                let seen = [
                    "\(request.method)", request.header("content-type") ?? "-", request.header("content-length") ?? "-",
                    request.header("expect") ?? "-", request.header("x-key") ?? "-",
                    request.header("user-agent") ?? "-",
                    String(decoding: request.body, as: UTF8.self),
                ]
                return Response(.ok, .text, .text(seen.joined(separator: "|")), headers: ["X-One": "a", "x-two": "b"])
            }
            router.get("/x", echo)
            router.post("/x", echo)
            router.put("/x", echo)
            router.on(.patch, "/x", echo)
            router.delete("/x", echo)
            let server = try HTTPServer(listeners: [Listener("test", port: 0, router: router)])
            defer { server.stop(within: .zero) }
            let client = try HTTPClient()
            defer { client.close() }
            let url = "http://127.0.0.1:\(server.port(of: "test"))/x"
            func text(_ call: HTTPCall) throws -> String {
                let answer = try client.send(call)
                #expect(answer.status == 200 && answer["x-one"] == "a" && answer["x-two"] == "b")
                return String(decoding: answer.body, as: UTF8.self)
            }
            let big = [UInt8](repeating: UInt8(ascii: "z"), count: 100_000)
            #expect(try text(HTTPCall(.get, url)) == "GET|-|-|-|-|turnstile|")
            #expect(
                try text(
                    HTTPCall(.post, url, headers: [("X-Key", "a b"), ("Content-Type", "t/x")], body: Array("hi".utf8)))
                    == "POST|t/x|2|-|a b|turnstile|hi")
            #expect(try text(HTTPCall(.post, url)) == "POST|-|0|-|-|turnstile|")
            #expect(try text(HTTPCall(.put, url, body: Array("p".utf8))) == "PUT|-|1|-|-|turnstile|p")
            #expect(try text(HTTPCall(.patch, url, body: Array("q".utf8))) == "PATCH|-|1|-|-|turnstile|q")
            #expect(try text(HTTPCall(.delete, url)) == "DELETE|-|-|-|-|turnstile|")
            #expect(
                try text(HTTPCall(.post, url, body: big)).utf8.count == 100_000 + "POST|-|100000|-|-|turnstile|".count)
        }
    }

    /// The library would ask first whether it may send so much.
    @Test func aLargeBodyIsSentAtOnce() async throws {
        try await withClient(script: { connection in
            let (head, body) = try connection.request()
            connection.answer(200, "\(body.count) \(head.lowercased().contains("expect"))")
        }) { client, server throws in
            let body = [UInt8](repeating: 7, count: 2_000_000)
            let answer = try client.send(HTTPCall(.post, server.url(), body: body))
            #expect(String(decoding: answer.body, as: UTF8.self) == "2000000 false")
        }
    }

    @Test func keepsConnectionsForTheNextCall() async throws {
        try await withClient(script: { connection in
            while true {
                _ = try connection.request()
                connection.answer(200, "x")
            }
        }) { client, server throws in
            for _ in 0..<20 { #expect(try client.send(HTTPCall(.get, server.url())).body == Array("x".utf8)) }
            #expect(server.accepted == 1)
        }
    }

    @Test func aKeptConnectionThatWasClosedIsReplaced() async throws {
        try await withClient(script: { connection in
            _ = try connection.request()
            connection.answer(200, "x")
        }) { client, server throws in
            for _ in 0..<5 {
                #expect(try client.send(HTTPCall(.post, server.url(), body: [1, 2, 3])).status == 200)
            }
            #expect(server.accepted == 5)
        }
    }

    @Test func aRedirectIsAnAnswer() async throws {
        try await withClient(script: { connection in
            _ = try connection.request()
            connection.answer(302, headers: ["Location: http://127.0.0.1:1/"])
        }) { client, server throws in
            let answer = try client.send(HTTPCall(.get, server.url()))
            #expect(answer.status == 302 && answer["location"] == "http://127.0.0.1:1/")
        }
    }

    @Test func theHeadOfAnInterimAnswerIsNotTheAnswers() async throws {
        try await withClient(script: { connection in
            _ = try connection.request()
            connection.write("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n")
            connection.write("HTTP/1.1 201 Created\r\nX-A:  b \r\nTransfer-Encoding: chunked\r\n\r\n")
            connection.write("2\r\nhi\r\n0\r\nTrailer: t\r\n\r\n")
        }) { client, server throws in
            let answer = try client.send(HTTPCall(.get, server.url()))
            #expect(answer.status == 201 && answer["x-a"] == "b" && answer.body == Array("hi".utf8))
            #expect(answer["link"] == nil && answer["trailer"] == nil)
        }
    }

    @Test func aProxyIsUsedWhereTheOptionsNameOne() async throws {
        let seen = Lock("")
        try await withClient(script: { connection in
            let head = try connection.request().head
            seen.withLock { $0 = head }
            connection.answer(200)
        }) { _, server in
            var options = HTTPClient.Options()
            options.proxy = server.url()
            let client = try HTTPClient(options)
            defer { client.close() }
            #expect(try client.send(HTTPCall(.get, "http://nowhere.invalid/x")).status == 200)
            #expect(seen.withLock { $0 }.hasPrefix("GET http://nowhere.invalid/x HTTP/1.1\r\n"))
        }
    }

    // MARK: What is not sent

    @Test(arguments: [
        "", "x", "/x", "//h/x", "ftp://h/x", "file:///etc/passwd", "http:/h", "http://", "http:///x", "http://u:p@h/",
        "http://h/a b", "http://h/\r\nX: y", "http://h/\u{0}", "http://h/ü", "http://h/#x", "http://h\\@i/",
        "gopher://h/x", "http://h/" + String(repeating: "a", count: 9_000),
    ])
    func refusesOtherURLs(url: String) async throws {
        try await onThread {
            let client = try HTTPClient()
            defer { client.close() }
            let error = try failure(client, HTTPCall(.get, url))
            #expect(error.code == .invalid && !error.mayHaveArrived, "\(error)")
        }
    }

    @Test(arguments: [
        ("X-A", "b\r\nX-C: d"), ("X-A", "b\nc"), ("X-A", "b\rc"), ("X-A", "b\u{0}c"), ("X-A\r\nX-B", "c"), ("X A", "b"),
        ("X:A", "b"), ("", "b"), ("Host", "h"), ("content-LENGTH", "3"), ("Transfer-Encoding", "chunked"),
        ("Connection", "close"), ("X-A", String(repeating: "a", count: 9_000)),
    ])
    func refusesHeadersThatBreakOut(name: String, value: String) async throws {
        try await onThread {
            let client = try HTTPClient()
            defer { client.close() }
            let error = try failure(client, HTTPCall(.post, "http://127.0.0.1:1/", headers: [(name, value)]))
            #expect(error.code == .invalid && !error.mayHaveArrived, "\(error)")
        }
    }

    @Test func refusesABodyOfGet() async throws {
        try await onThread {
            let client = try HTTPClient()
            defer { client.close() }
            #expect(try failure(client, HTTPCall(.get, "http://127.0.0.1:1/", body: [1])).code == .invalid)
        }
    }

    @Test func noErrorTellsASecret() async throws {
        try await withClient(script: { connection in
            _ = try connection.request()
            connection.reset()
        }) { client, server throws in
            let headers = [(name: "Authorization", value: "Bearer hunter2")]
            for url in [server.url("/?k=hunter2"), "http://127.0.0.1:1/hunter2", "http://hunter2@h/", "hunter2://h/"] {
                let error = try failure(client, HTTPCall(.post, url, headers: headers, body: Array("hunter2".utf8)))
                #expect(!"\(error)".contains("hunter2"))
            }
            let header = [(name: "X-A", value: "hunter2\r\n")]
            #expect(!"\(try failure(client, HTTPCall(.get, server.url(), headers: header)))".contains("hunter2"))
        }
    }
}
