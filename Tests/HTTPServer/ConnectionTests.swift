import HTTPServer
import Runtime
import Synchronization
import TestSupport
import Testing

/// Keep-alive, pipelining, and what ends a connection.
@Suite struct ConnectionTests {
    /// `/now/{n}` answers at once, `/later/{n}` from another thread, `/swap` answers its two requests the other way
    /// round.
    private static func router() throws -> Router {
        let thread = try SerialThread(name: "later")
        var router = Router()
        router.get("/now/{n}") { request in Response(.ok, .text, .text(request.parameter("n"))) }
        router.get("/later/{n}") { request, responder in
            let number = request.parameter("n")
            thread.async { responder.answer(Response(.ok, .text, .text(number))) }
        }
        router.post("/echo") { request in Response(.ok, .text, .bytes(request.body)) }
        return router
    }

    @Test func `one connection serves many requests`() async throws {
        try await withServer(try Self.router()) { fixture in
            let client = try fixture.client()
            for number in 0..<200 {
                let path = number % 2 == 0 ? "now" : "later"
                #expect(try client.exchange("GET", "/\(path)/\(number)").text == "\(number)")
            }
            #expect(fixture.server.connectionCount == 1)
        }
    }

    @Test func `pipelined requests are answered in order, suspended ones too`() async throws {
        try await withServer(try Self.router()) { fixture in
            let client = try fixture.client()
            var text = ""
            for number in 0..<100 {
                text += "GET /\(number % 3 == 0 ? "later" : "now")/\(number) HTTP/1.1\r\nHost: x\r\n\r\n"
                text += "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n\(100 + number)"
            }
            try client.send(text)
            for number in 0..<100 {
                #expect(try client.response().text == "\(number)")
                #expect(try client.response().text == "\(100 + number)")
            }
        }
    }

    @Test func `a request that comes in single bytes is answered`() async throws {
        try await withServer(try Self.router()) { fixture in
            let client = try fixture.client()
            let head = "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            for byte in (head + "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n").utf8 {
                try client.send([byte])
            }
            #expect(try client.response().text == "abcde")
        }
    }

    @Test func `a client that wants the end gets it`() async throws {
        try await withServer(try Self.router()) { fixture in
            for path in ["/now/1", "/later/1"] {
                let client = try fixture.client()
                let response = try client.exchange("GET", path, headers: ["Connection: close"])
                #expect(response["Connection"] == "close")
                #expect(response.text == "1")
                #expect(client.isEnded())
            }
        }
    }

    @Test func `HTTP 1.0 ends the connection unless it asks to keep it`() async throws {
        try await withServer(try Self.router()) { fixture in
            let client = try fixture.client()
            try client.send("GET /now/1 HTTP/1.0\r\n\r\n")
            #expect(try client.response().text == "1")
            #expect(client.isEnded())

            let keeping = try fixture.client()
            for number in ["1", "2"] {
                try keeping.send("GET /later/\(number) HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                let response = try keeping.response()
                #expect(response.text == number)
                #expect(response["Connection"]?.lowercased() == "keep-alive")
            }
        }
    }

    @Test func `a client that closes its side is answered, and then the connection ends`() async throws {
        try await withServer(try Self.router()) { fixture in
            for _ in 0..<50 {
                let client = try fixture.client()
                try client.send("GET /now/1 HTTP/1.1\r\nHost: x\r\n\r\nGET /now/2 HTTP/1.1\r\nHost: x\r\n\r\n")
                client.finishSending()
                #expect(try client.response().text == "1")
                #expect(try client.response().text == "2")
                #expect(client.isEnded())
            }
        }
    }

    @Test func `an idle connection is closed without a word`() async throws {
        var limits = HTTPLimits()
        limits.idleTime = .seconds(1)
        try await withServer(try Self.router(), limits: limits) { fixture in
            let client = try fixture.client()
            #expect(try client.exchange("GET", "/now/1").text == "1")
            #expect(client.isEnded())
            try wait { fixture.server.connectionCount == 0 }
        }
    }

    @Test func `connections beyond the limit wait for their turn`() async throws {
        var limits = HTTPLimits()
        limits.connections = 2
        try await withServer(try Self.router(), limits: limits) { fixture in
            let first = try fixture.client()
            let second = try fixture.client()
            _ = try first.exchange("GET", "/now/1")
            _ = try second.exchange("GET", "/now/1")
            let third = try fixture.client()
            try third.request("GET", "/now/3")
            #expect(fixture.server.connectionCount == 2)
            first.close()
            #expect(try third.response().text == "3")
        }
    }

    @Test func `connections from one address have a limit of their own`() async throws {
        var limits = HTTPLimits()
        limits.connectionsPerAddress = 1
        try await withServer(try Self.router(), limits: limits) { fixture in
            let first = try fixture.client()
            #expect(try first.exchange("GET", "/now/1").text == "1")
            let second = try fixture.client()
            #expect(second.isEnded())
            #expect(try first.exchange("GET", "/now/1").text == "1")
        }
    }

    @Test func `several loops share a port`() async throws {
        try await withServer(try Self.router(), loops: 3) { fixture in
            let clients = try (0..<30).map { _ in try fixture.client() }
            for client in clients {
                #expect(try client.exchange("GET", "/later/1").text == "1")
                #expect(try client.exchange("GET", "/now/2").text == "2")
            }
            #expect(fixture.server.connectionCount == 30)
        }
    }

    /// Clients of every bad habit at once; afterwards the server answers as before and has kept no connection.
    @Test func `churn leaves nothing behind`() async throws {
        let records = Log<AccessRecord.Outcome>()
        try await withServer(try Self.router(), hooks: ServerHooks(access: { records.append($0.outcome) })) { fixture in
            for round in 0..<150 {
                let half = try fixture.client()
                try half.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
                let gone = try fixture.client()
                try gone.request("GET", "/later/\(round)")
                let reset = try fixture.client()
                try reset.request("GET", "/later/\(round)")
                let piped = try fixture.client()
                try piped.send(String(repeating: "GET /later/7 HTTP/1.1\r\nHost: x\r\n\r\n", count: 5))
                let good = try fixture.client()
                try good.request("GET", "/later/\(round)")
                if round % 2 == 0 { half.close() } else { half.reset() }
                gone.close()
                reset.reset()
                for _ in 0..<5 { #expect(try piped.response().text == "7") }
                piped.reset()
                #expect(try good.response().text == "\(round)")
            }
            try wait { fixture.server.connectionCount == 0 }
            #expect(try fixture.get("/later/1").text == "1")
            #expect(records.all.filter { $0 == .sent }.count >= 150 * 6)
        }
    }
}
