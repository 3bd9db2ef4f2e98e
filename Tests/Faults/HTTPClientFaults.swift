internal import Glibc
internal import HTTPClient
internal import HTTPServer
internal import Runtime
internal import TestSupport
internal import Testing

/// What the client does to the process that it is in.
@Suite(.serialized) struct HTTPClientFaults {
    private static func options(_ change: (inout HTTPClient.Options) -> Void) -> HTTPClient.Options {
        var options = HTTPClient.Options()
        change(&options)
        return options
    }

    @Test func twoHundredCallsAtOnceLeaveNothingBehind() async throws {
        // What the library opens once and for all.
        try await onThread { try HTTPClient().close() }
        let before = try ProcessResources()
        try await onThread {
            // Answered when all of them are there.
            let held = Lock<[Responder]>([])
            var router = Router()
            router.get("/{number}") { request, responder in
                _ = request.parameter("number")
                let ready: [Responder] = held.withLock { held in
                    held.append(responder)
                    return held.count == 200 ? held : []
                }
                for responder in ready { responder.answer(Response(.ok, .text, .text("x"))) }
            }
            let server = try HTTPServer(listeners: [Listener("test", port: 0, router: router)])
            defer { server.stop(within: .zero) }
            let client = try HTTPClient(Self.options { $0.callsUnderWay = 200 })
            let port = server.port(of: "test")
            let good = Lock(0)
            let threads = try (0..<200).map { number in
                try OwnedThread(name: "call", stackBytes: 128 << 10) {
                    let answer = try? client.send(HTTPCall(.get, "http://127.0.0.1:\(port)/\(number)"))
                    if answer?.status == 200 { good.withLock { $0 += 1 } }
                }
            }
            for thread in threads { thread.join() }
            #expect(good.withLock { $0 } == 200)
            #expect(client.underWay == 0)
            client.close()
        }
        try before.expectSame()
    }

    @Test func callsThatFailLeaveNothingBehind() async throws {
        try await onThread { try HTTPClient().close() }
        let before = try ProcessResources()
        try await onThread {
            let server = try ScriptedServer { connection in
                _ = try connection.request()
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
                connection.reset()
            }
            defer { server.stop() }
            let client = try HTTPClient(Self.options { $0.connectTimeout = .milliseconds(500) })
            for _ in 0..<50 {
                #expect(throws: HTTPCallError.self) {
                    try client.send(HTTPCall(.get, "http://127.0.0.1:\(server.port)/"))
                }
            }
            for url in ["http://127.0.0.1:1/", "https://127.0.0.1:1/", "http://nowhere.invalid/"] {
                #expect(throws: HTTPCallError.self) { try client.send(HTTPCall(.get, url)) }
            }
            // Ends by itself.
            _ = client
        }
        try before.expectSame()
    }

    @Test func aProxyOfTheEnvironmentIsNotUsed() async throws {
        let names = ["http_proxy", "https_proxy", "all_proxy", "ALL_PROXY", "HTTPS_PROXY"]
        for name in names { setenv(name, "http://127.0.0.1:1", 1) }
        defer { for name in names { unsetenv(name) } }
        try await onThread {
            let server = try ScriptedServer { connection in
                _ = try connection.request()
                connection.answer(200)
            }
            defer { server.stop() }
            let client = try HTTPClient()
            defer { client.close() }
            #expect(try client.send(HTTPCall(.get, "http://127.0.0.1:\(server.port)/")).status == 200)
        }
    }
}
