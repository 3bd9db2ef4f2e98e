import HTTPServer
import Runtime
import TestSupport
import Testing

@Suite struct StopTests {
    @Test func `what runs is finished, and then the connection ends`() async throws {
        let waiting = Waiting()
        var router = Router()
        router.get("/long") { _, responder in waiting.put(responder) }
        router.get("/hello") { _ in Response(.ok, .text, .text("hello")) }
        try await withServer(router) { fixture in
            let idle = try fixture.client()
            #expect(try idle.exchange("GET", "/hello")["Connection"] == nil)
            let busy = try fixture.client()
            try busy.request("GET", "/long")
            let responder = try waiting.take()
            let stopping = try OwnedThread(name: "stopper") { fixture.server.stop(within: .seconds(20)) }
            // Idle connections are closed at once, and nobody is let in any more.
            #expect(idle.isEnded())
            try wait { (try? fixture.client()) == nil }
            responder.answer(Response(.ok, .text, .text("finished")))
            let response = try busy.response()
            #expect(response.text == "finished")
            #expect(response["Connection"] == "close")
            #expect(busy.isEnded())
            stopping.join()
            #expect(fixture.server.connectionCount == 0)
        }
    }

    @Test func `what is not finished in time gets a 503`() async throws {
        let waiting = Waiting()
        var router = Router()
        router.get("/long") { _, responder in waiting.put(responder) }
        try await withServer(router) { fixture in
            let busy = try fixture.client()
            try busy.request("GET", "/long")
            let responder = try waiting.take()
            let half = try fixture.client()
            try half.send("POST /long HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")
            fixture.server.stop(within: .milliseconds(100))
            let response = try busy.response()
            #expect(response.status == 503)
            #expect(response["Connection"] == "close")
            #expect(busy.isEnded())
            #expect(half.isEnded())
            #expect(!responder.answer(Response(.ok)))
        }
    }

    @Test func `streams are ended with what they have`() async throws {
        let reasons = Log<EventStream.CloseReason>()
        var router = Router()
        router.get("/events") { _, responder in
            let stream = responder.openEventStream()
            stream?.whenClosed { reasons.append($0) }
            stream?.send(ServerSentEvent("hello"))
        }
        try await withServer(router) { fixture in
            let client = try fixture.client()
            try client.request("GET", "/events")
            _ = try client.responseHead()
            #expect(try client.chunks(until: "\n\n") == "data: hello\n\n")
            fixture.server.stop(within: .seconds(20))
            #expect(try client.chunk() == nil)
            #expect(client.isEnded())
            #expect(reasons.all == [.serverStopped])
        }
    }

    @Test func `stopping twice is stopping once`() async throws {
        try await withServer(Router()) { fixture in
            fixture.server.stop(within: .zero)
            fixture.server.stop(within: .zero)
        }
    }
}

@Suite struct ListeningTests {
    @Test func `a port in use is named`() async throws {
        try await withServer(Router()) { fixture in
            for loops in [1, 2] {
                let listener = Listener("second", port: fixture.port, router: Router(), loops: loops)
                let error = #expect(throws: ServerError.self) { _ = try HTTPServer(listeners: [listener]) }
                #expect(error?.code == .portInUse)
                #expect(error?.description.contains("127.0.0.1:\(fixture.port) (second)") == true)
            }
        }
    }

    @Test(arguments: ["203.0.113.7", "localhost", "", "::gg"]) func `an address of another machine is named`(
        address: String
    ) {
        let listener = Listener("far", address: address, port: 0, router: Router())
        let error = #expect(throws: ServerError.self) { _ = try HTTPServer(listeners: [listener]) }
        #expect(error?.code == .badAddress)
        #expect(error?.description.contains("“\(address)”") == true)
    }

    @Test func `a second listener that fails leaves nothing of the first`() async throws {
        try await withServer(Router()) { fixture in
            let free = Listener("free", port: 0, router: Router())
            let taken = Listener("taken", port: fixture.port, router: Router())
            #expect(throws: ServerError.self) { _ = try HTTPServer(listeners: [free, taken]) }
        }
    }

    @Test func `both families are served`() async throws {
        var router = Router()
        router.get("/who") { request in Response(.ok, .text, .text(request.remoteAddress.host)) }
        try await onThread { [router] in
            let server = try HTTPServer(listeners: [Listener("both", address: "::", port: 0, router: router)])
            defer { server.stop(within: .zero) }
            let four = try RawHTTPClient(port: server.port(of: "both"))
            #expect(try four.exchange("GET", "/who").text == "127.0.0.1")
            let six = try RawHTTPClient(port: server.port(of: "both"), host: "::1")
            #expect(try six.exchange("GET", "/who").text == "::1")
        }
    }

    @Test func `listeners have routes of their own`() async throws {
        var one = Router()
        one.get("/one") { _ in Response(.ok) }
        var two = Router()
        two.get("/two") { _ in Response(.ok) }
        let listeners = [Listener("one", port: 0, router: one), Listener("two", port: 0, router: two)]
        try await onThread {
            let server = try HTTPServer(listeners: listeners)
            defer { server.stop(within: .zero) }
            for (name, other) in [("one", "two"), ("two", "one")] {
                let client = try RawHTTPClient(port: server.port(of: name))
                #expect(try client.exchange("GET", "/\(name)").status == 200)
                #expect(try client.exchange("GET", "/\(other)").status == 404)
            }
        }
    }
}
