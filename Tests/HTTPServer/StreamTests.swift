import HTTPServer
import Runtime
import Synchronization
import TestSupport
import Testing

@Suite struct StreamTests {
    /// `/events` opens a stream with the given options and hands it to `opened`.
    private static func router(
        _ options: EventStreamOptions = EventStreamOptions(), _ opened: @escaping @Sendable (EventStream) -> Void
    ) -> Router {
        var router = Router()
        router.get("/events") { _, responder in
            if let stream = responder.openEventStream(options) { opened(stream) }
        }
        router.get("/hello") { _ in Response(.ok, .text, .text("hello")) }
        return router
    }

    @Test func `events arrive in order, from before and after the stream has begun`() async throws {
        let streams = Log<EventStream>()
        let router = Self.router(EventStreamOptions(headers: ["X-Own": "1"])) { stream in
            stream.send(ServerSentEvent("first", event: "change", id: "1"))
            streams.append(stream)
        }
        try await withServer(router) { fixture in
            let client = try fixture.client()
            try client.request("GET", "/events")
            let head = try client.responseHead()
            #expect(head.status == 200)
            #expect(head["Content-Type"] == "text/event-stream")
            #expect(head["Cache-Control"] == "no-store")
            #expect(head["X-Own"] == "1")
            #expect(try client.chunks(until: "first\n\n") == "event: change\nid: 1\ndata: first\n\n")
            for number in 0..<100 {
                #expect(streams.all[0].send(ServerSentEvent("\(number)")) == .queued)
                #expect(try client.chunks(until: "\n\n") == "data: \(number)\n\n")
            }
            streams.all[0].send(ServerSentEvent("last"))
            streams.all[0].close()
            #expect(!streams.all[0].isOpen)
            #expect(streams.all[0].send(ServerSentEvent("too late")) == .closed)
            #expect(try client.chunks(until: "last\n\n") == "data: last\n\n")
            #expect(try client.chunk() == nil)
            #expect(try client.exchange("GET", "/hello").text == "hello")
        }
    }

    @Test func `the headers are there before the first event`() async throws {
        try await withServer(Self.router { _ in }) { fixture in
            let client = try fixture.client()
            try client.request("GET", "/events")
            let status = try client.responseHead().status
            #expect(status == 200)
        }
    }

    @Test func `HEAD opens no stream`() async throws {
        let reasons = Log<EventStream.CloseReason>()
        try await withServer(Self.router { $0.whenClosed { reasons.append($0) } }) { fixture in
            let client = try fixture.client()
            let head = try client.exchange("HEAD", "/events")
            #expect(head["Content-Type"] == "text/event-stream")
            #expect(try client.exchange("GET", "/hello").text == "hello")
            #expect(reasons.all == [.ended])
        }
    }

    @Test func `a client of HTTP 1.0 reads up to the end of the connection`() async throws {
        let router = Self.router { stream in
            stream.send(ServerSentEvent("only"))
            stream.close()
        }
        try await withServer(router) { fixture in
            let client = try fixture.client()
            try client.send("GET /events HTTP/1.0\r\n\r\n")
            #expect(try client.response().text == "data: only\n\n")
        }
    }

    @Test func `events larger than any buffer arrive whole`() async throws {
        let large = String(repeating: "x", count: 1 << 20)
        let router = Self.router { stream in
            stream.send(ServerSentEvent(large))
            stream.close()
        }
        try await withServer(router) { fixture in
            let response = try fixture.get("/events")
            #expect(response.text == "data: \(large)\n\n")
        }
    }

    @Test(arguments: [false, true]) func `a reader that goes is noticed in the silence`(byReset: Bool) async throws {
        let opened = Latch()
        let closed = Latch()
        let reasons = Log<EventStream.CloseReason>()
        let router = Self.router { stream in
            stream.whenClosed {
                reasons.append($0)
                closed.open()
            }
            opened.open()
        }
        try await withServer(router) { fixture in
            let client = try fixture.client()
            try client.request("GET", "/events")
            _ = try client.responseHead()
            if byReset { client.reset() } else { client.close() }
            #expect(closed.wait(for: .seconds(10)))
            #expect(reasons.all == [.clientGone])
            try wait { fixture.server.connectionCount == 0 }
        }
    }

    @Test func `a silent stream says now and then that it lives`() async throws {
        let router = Self.router(EventStreamOptions(keepAlive: .milliseconds(50))) { _ in }
        try await withServer(router) { fixture in
            let client = try fixture.client()
            try client.request("GET", "/events")
            _ = try client.responseHead()
            for _ in 0..<3 { #expect(try client.chunks(until: "\n\n") == ":\n\n") }
        }
    }

    @Test func `a reader that is too slow is cut`() async throws {
        var limits = HTTPLimits()
        limits.streamBufferBytes = 10_000
        let streams = Log<EventStream>()
        let reasons = Log<EventStream.CloseReason>()
        let router = Self.router { stream in
            stream.whenClosed { reasons.append($0) }
            streams.append(stream)
        }
        try await withServer(router, limits: limits) { fixture in
            let client = try fixture.client(receiveBytes: 4096)
            try client.request("GET", "/events")
            _ = try client.responseHead()
            let frame = ServerSentEvent(String(repeating: "x", count: 4000)).frame
            var sent = 0
            // The kernel's buffers take some megabytes at most.
            while streams.all[0].send(frame) == .queued, sent < 100_000 { sent += 1 }
            #expect(sent < 100_000)
            try wait { fixture.server.connectionCount == 0 }
            #expect(reasons.all == [.tooSlow])
        }
    }

    @Test func `a sender may be told that the reader is slow, and go on when it is not`() async throws {
        var limits = HTTPLimits()
        limits.streamBufferBytes = 10_000
        let streams = Log<EventStream>()
        let router = Self.router(EventStreamOptions(whenFull: .refuse)) { streams.append($0) }
        try await withServer(router, limits: limits) { fixture in
            let client = try fixture.client(receiveBytes: 4096)
            try client.request("GET", "/events")
            _ = try client.responseHead()
            let frame = ServerSentEvent(String(repeating: "x", count: 4000)).frame
            let stream = streams.all[0]
            var sent = 0
            var result = EventStream.SendResult.queued
            let deadline = SystemTime().monotonic + .seconds(10)
            // Queued faster than the loop sends, or not sent because nobody reads: either way it gets full.
            while result == .queued || stream.waitingBytes < 4000 {
                result = stream.send(frame)
                if result == .queued { sent += 1 }
                guard SystemTime().monotonic < deadline else { break }
            }
            #expect(result == .full)
            #expect(stream.isOpen)
            var bytes = 0
            while bytes < sent * 4008 { bytes += try client.chunk()?.count ?? 0 }
            #expect(bytes == sent * 4008)
            try wait { stream.waitingBytes == 0 }
            #expect(stream.send(ServerSentEvent("again")) == .queued)
            #expect(try client.chunks(until: "again\n\n") == "data: again\n\n")
        }
    }

    @Test func `many threads send on one stream without losing or mixing events`() async throws {
        var limits = HTTPLimits()
        limits.streamBufferBytes = 10 << 20
        let streams = Log<EventStream>()
        let (router, senders) = (Self.router { streams.append($0) }, 4)
        try await withServer(router, limits: limits) { fixture in
            let client = try fixture.client()
            try client.request("GET", "/events")
            _ = try client.responseHead()
            let stream = streams.all[0]
            let threads = try (0..<senders).map { sender in
                try OwnedThread(name: "sender") {
                    for number in 0..<2000 { stream.send(ServerSentEvent("\(sender) \(number)")) }
                    stream.send(ServerSentEvent("done \(sender)"))
                }
            }
            var text = ""
            while text.split(separator: "done", omittingEmptySubsequences: false).count <= senders {
                text += try client.chunks(until: "\n\n")
            }
            for thread in threads { thread.join() }
            for sender in 0..<senders {
                let numbers = text.split(separator: "\n\n").filter { $0.hasPrefix("data: \(sender) ") }
                #expect(numbers.map(String.init) == (0..<2000).map { "data: \(sender) \($0)" })
            }
        }
    }

    @Test func `a broadcast reaches every stream and forgets the closed ones`() async throws {
        let broadcast = EventBroadcast()
        try await withServer(Self.router { broadcast.add($0) }, loops: 2) { fixture in
            let clients = try (0..<20).map { _ in try fixture.client() }
            for client in clients {
                try client.request("GET", "/events")
                _ = try client.responseHead()
            }
            #expect(broadcast.send(ServerSentEvent("one")) == 20)
            for client in clients { #expect(try client.chunks(until: "\n\n") == "data: one\n\n") }
            for client in clients.prefix(5) { client.close() }
            try wait { fixture.server.connectionCount == 15 }
            #expect(broadcast.send(ServerSentEvent("two")) == 15)
            #expect(broadcast.count == 15)
            broadcast.close()
            for client in clients.dropFirst(5) {
                #expect(try client.chunks(until: "\n\n") == "data: two\n\n")
                #expect(try client.chunk() == nil)
            }
        }
    }
}
