internal import Glibc
import HTTPServer
import Runtime
import Synchronization
import TestSupport
import Testing

/// What counts the threads and descriptors of the whole process, and what needs thousands of them.
@Suite(.serialized) struct HTTPServerFaults {
    private static func wait(until isTrue: () -> Bool) -> Bool {
        let pause = Latch()
        for _ in 0..<5000 {
            if isTrue() { return true }
            _ = pause.wait(for: .milliseconds(2))
        }
        return false
    }

    private struct Failure: Error {}

    @Test func `servers that come and go leave no thread and no descriptor`() async throws {
        try await onThread {
            func cycle() throws {
                let waiting = Lock<[Responder]>([])
                var router = Router()
                router.get("/hello") { _ in Response(.ok, .text, .text("hello")) }
                router.post("/long") { _, responder in waiting.withLock { $0.append(responder) } }
                router.get("/events") { _, responder in _ = responder.openEventStream() }
                let listeners = [
                    Listener("one", port: 0, router: router, loops: 2), Listener("two", port: 0, router: router),
                ]
                let server = try HTTPServer(listeners: listeners)
                let clients = try (0..<24).map { try RawHTTPClient(port: server.port(of: $0 % 2 == 0 ? "one" : "two")) }
                for (index, client) in clients.enumerated() {
                    switch index / 4 {
                    case 0: _ = try client.exchange("GET", "/hello")
                    case 1: try client.request("POST", "/long", body: "x")
                    case 2: try client.request("GET", "/events")
                    case 3: try client.send("POST /long HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")
                    // Answered before its end: the server reads on for a while.
                    case 4: try client.send("POST /long HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\nhalf")
                    default: try client.send("no request\r\n\r\n")
                    }
                }
                guard Self.wait(until: { waiting.withLock { $0.count } == 4 }) else { throw Failure() }
                server.stop(within: .milliseconds(20))
                let taken = Listener("taken", address: "203.0.113.7", port: 0, router: router)
                #expect(throws: ServerError.self) { _ = try HTTPServer(listeners: [listeners[0], taken]) }
            }
            try cycle()
            let before = try ProcessResources()
            for _ in 0..<10 { try cycle() }
            try before.expectSame()
        }
    }

    @Test func `a server that is let go of stops`() async throws {
        try await onThread {
            var router = Router()
            router.get("/hello") { _ in Response(.ok) }
            let before = try ProcessResources()
            do {
                let server = try HTTPServer(listeners: [Listener("short", port: 0, router: router)])
                let client = try RawHTTPClient(port: server.port(of: "short"))
                _ = try client.exchange("GET", "/hello")
            }
            try before.expectSame()
        }
    }

    @Test func `a server that only waits uses no processor`() async throws {
        try await onThread {
            let waiting = Lock<[Responder]>([])
            var router = Router()
            router.post("/long") { _, responder in waiting.withLock { $0.append(responder) } }
            router.get("/events") { _, responder in _ = responder.openEventStream() }
            let server = try HTTPServer(listeners: [Listener("idle", port: 0, router: router)])
            let clients = try (0..<80).map { _ in try RawHTTPClient(port: server.port(of: "idle")) }
            for (index, client) in clients.enumerated() {
                switch index % 4 {
                case 0: try client.request("POST", "/long", body: "x")
                case 1:
                    try client.request("GET", "/events")
                    _ = try client.responseHead()
                case 2: try client.send("POST /long HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")
                default: _ = try client.exchange("GET", "/nowhere")
                }
            }
            guard Self.wait(until: { waiting.withLock { $0.count } == 20 }) else { throw Failure() }
            let before = clock()
            let pause = Latch()
            _ = pause.wait(for: .milliseconds(500))
            let milliseconds = Double(clock() - before) * 1000 / Double(CLOCKS_PER_SEC)
            #expect(milliseconds < 50)
            server.stop(within: .zero)
        }
    }

    /// Bounded churn of every kind under load of good clients, with loss counted to the request.
    @Test func `no request is lost and no connection kept under churn`() async throws {
        try await onThread {
            let thread = try SerialThread(name: "answers")
            let handled = Log()
            var router = Router()
            router.post("/later") { request, responder in
                let body = request.body
                handled.add()
                thread.async { responder.answer(Response(.ok, .text, .bytes(body))) }
            }
            let finished = Log()
            let hooks = ServerHooks(access: { _ in finished.add() })
            let server = try HTTPServer(listeners: [Listener("churn", port: 0, router: router)], hooks: hooks)
            let port = server.port(of: "churn")
            let wrong = Log()
            let good = try (0..<8).map { worker in
                try OwnedThread(name: "good") {
                    do {
                        let client = try RawHTTPClient(port: port)
                        for number in 0..<2000 {
                            let answer = try client.exchange("POST", "/later", body: "\(worker)-\(number)")
                            if answer.text != "\(worker)-\(number)" { wrong.add() }
                        }
                    } catch {
                        wrong.add()
                    }
                }
            }
            for round in 0..<400 {
                let client = try RawHTTPClient(port: port)
                switch round % 4 {
                case 0: try client.request("POST", "/later", body: "gone")
                case 1: try client.send("POST /later HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")
                case 2:
                    let one = "POST /later HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab"
                    try client.send(String(repeating: one, count: 10))
                default: try client.send("POST /later HTTP/1.1\r\nHo")
                }
                if round % 8 < 4 { client.close() } else { client.reset() }
            }
            for thread in good { thread.join() }
            #expect(wrong.count == 0)
            #expect(Self.wait { server.connectionCount == 0 })
            #expect(handled.count >= 16_000)
            #expect(finished.count >= handled.count)
            server.stop(within: .seconds(5))
        }
    }

    @Test func `five thousand streams`() async throws {
        try await onThread {
            let streams = 5000
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue)), &limit)
            let before = limit
            limit.rlim_cur = limit.rlim_max
            setrlimit(__rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue)), &limit)
            var back = before
            defer { setrlimit(__rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue)), &back) }

            let broadcast = EventBroadcast()
            var router = Router()
            router.get("/events") { _, responder in
                if let stream = responder.openEventStream(EventStreamOptions(keepAlive: nil)) { broadcast.add(stream) }
            }
            var limits = HTTPLimits()
            limits.connections = streams + 100
            limits.headerBytes = 4096
            limits.targetBytes = 2048
            let listener = Listener("streams", port: 0, router: router, limits: limits)
            let held = try ProcessResources()
            do {
                let server = try HTTPServer(listeners: [listener])
                let clients = try (0..<streams).map { _ in
                    let client = try RawHTTPClient(port: server.port(of: "streams"))
                    try client.request("GET", "/events")
                    return client
                }
                for client in clients { #expect(try client.responseHead().status == 200) }
                #expect(server.connectionCount == streams)
                for round in 0..<3 {
                    #expect(broadcast.send(ServerSentEvent("round \(round)")) == streams)
                    for client in clients {
                        #expect(try client.chunks(until: "\n\n") == "data: round \(round)\n\n")
                    }
                }
                for client in clients.prefix(2500) { client.close() }
                #expect(Self.wait { server.connectionCount == streams - 2500 })
                #expect(broadcast.send(ServerSentEvent("half")) == streams - 2500)
                for client in clients.dropFirst(2500) {
                    #expect(try client.chunks(until: "\n\n") == "data: half\n\n")
                }
                server.stop(within: .seconds(10))
                for client in clients.dropFirst(2500) { #expect(try client.chunk() == nil) }
            }
            try held.expectSame()
        }
    }

    /// A count that several threads add to.
    private final class Log: Sendable {
        private let value = Atomic<Int>(0)
        var count: Int { value.load(ordering: .sequentiallyConsistent) }
        func add() { value.add(1, ordering: .sequentiallyConsistent) }
    }
}
