import HTTPServer
import Runtime
import TestSupport
import Testing

/// Answers that come later, from other threads, or never.
@Suite struct DeferredTests {
    @Test func `an answer in the handler needs no other thread`() async throws {
        var router = Router()
        router.get("/now") { _, responder in
            #expect(responder.answer(Response(.ok, .text, .text("now"))))
        }
        try await withServer(router) { fixture in
            let client = try fixture.client()
            for _ in 0..<10 { #expect(try client.exchange("GET", "/now").text == "now") }
        }
    }

    @Test func `an answer may come from any thread, in any order`() async throws {
        let waiting = Lock<[(String, Responder)]>([])
        var router = Router()
        router.get("/{n}") { request, responder in
            let number = request.parameter("n")
            waiting.withLock { $0.append((number, responder)) }
        }
        try await withServer(router) { fixture in
            let clients = try (0..<50).map { _ in try fixture.client() }
            for (number, client) in clients.enumerated() { try client.request("GET", "/\(number)") }
            try wait { waiting.withLock { $0.count } == 50 }
            let all = waiting.withLock { all in
                defer { all = [] }
                return all
            }
            for (number, responder) in all.reversed() {
                #expect(responder.answer(Response(.ok, .text, .text(number))))
            }
            for (number, client) in clients.enumerated() { #expect(try client.response().text == "\(number)") }
        }
    }

    @Test func `the handler may still run when another thread answers`() async throws {
        let thread = try SerialThread(name: "eager")
        var router = Router()
        router.get("/race") { _, responder in
            let answered = Latch()
            thread.async {
                responder.answer(Response(.ok, .text, .text("won")))
                answered.open()
            }
            answered.wait()
        }
        try await withServer(router) { fixture in
            for _ in 0..<20 {
                let response = try fixture.get("/race")
                #expect(response.text == "won")
            }
        }
        await thread.stop()
    }

    @Test func `a large answer is compressed where it is given`() async throws {
        let waiting = Waiting()
        var router = Router()
        router.get("/large") { _, responder in waiting.put(responder) }
        try await withServer(router) { fixture in
            let client = try fixture.client()
            try client.request("GET", "/large", headers: ["Accept-Encoding: gzip"])
            let body = Array(repeating: UInt8(67), count: 9000)
            try waiting.take().answer(Response(.ok, .json, .bytes(body)))
            let response = try client.response()
            #expect(response["Content-Encoding"] == "gzip")
            #expect(try Gunzip.run(response.body) == body)
        }
    }

    @Test func `a dropped responder is a 500 and a report`() async throws {
        let waiting = Waiting()
        let troubles = Log<Trouble>()
        var router = Router()
        router.get("/forgotten") { _, _ in }
        router.get("/dropped") { _, responder in waiting.put(responder) }
        let hooks = ServerHooks(trouble: { troubles.append($0) })
        try await withServer(router, hooks: hooks) { fixture in
            let client = try fixture.client()
            #expect(try client.exchange("GET", "/forgotten").status == 500)
            try client.request("GET", "/dropped")
            _ = try waiting.take()
            #expect(try client.response().status == 500)
            #expect(troubles.all.map(\.kind) == [.unanswered, .unanswered])
            #expect(troubles.all.last?.message.contains("/dropped") == true)
        }
    }

    @Test func `only the first answer counts`() async throws {
        let waiting = Waiting()
        let troubles = Log<Trouble>()
        var router = Router()
        router.get("/twice") { _, responder in waiting.put(responder) }
        try await withServer(router, hooks: ServerHooks(trouble: { troubles.append($0) })) { fixture in
            let client = try fixture.client()
            try client.request("GET", "/twice")
            let responder = try waiting.take()
            #expect(responder.answer(Response(.ok, .text, .text("first"))))
            #expect(!responder.answer(Response(.ok, .text, .text("second"))))
            #expect(!responder.refuse(Problem(.conflict, "late", "Late")))
            #expect(responder.openEventStream() == nil)
            #expect(try client.response().text == "first")
            #expect(try client.exchange("GET", "/nowhere").status == 404)
            try wait { troubles.count == 3 }
            #expect(troubles.all.allSatisfy { $0.kind == .answeredTwice })
        }
    }

    @Test(arguments: [false, true]) func `the holder learns that the client has gone`(byReset: Bool) async throws {
        let waiting = Waiting()
        let outcomes = Log<AccessRecord>()
        var router = Router()
        router.get("/long") { _, responder in waiting.put(responder) }
        try await withServer(router, hooks: ServerHooks(access: { outcomes.append($0) })) { fixture in
            let client = try fixture.client()
            try client.request("GET", "/long")
            let responder = try waiting.take()
            #expect(!responder.isClientGone)
            let gone = Latch()
            responder.whenClientGone { gone.open() }
            if byReset { client.reset() } else { client.close() }
            #expect(gone.wait(for: .seconds(10)))
            #expect(responder.isClientGone)
            try wait { fixture.server.connectionCount == 0 && outcomes.count == 1 }
            #expect(outcomes.all[0].outcome == .broken)
            #expect(outcomes.all[0].status == nil)
            responder.answer(Response(.ok))
            let late = Latch()
            responder.whenClientGone { late.open() }
            #expect(late.wait(for: .seconds(10)))
        }
    }

    @Test func `nobody is told of a client that goes after its answer`() async throws {
        let waiting = Waiting()
        let told = Log<Bool>()
        var router = Router()
        router.get("/long") { _, responder in waiting.put(responder) }
        try await withServer(router) { fixture in
            let client = try fixture.client()
            try client.request("GET", "/long")
            let responder = try waiting.take()
            responder.whenClientGone { told.append(true) }
            responder.answer(Response(.ok))
            #expect(try client.response().status == 200)
            client.close()
            try wait { fixture.server.connectionCount == 0 }
            #expect(told.count == 0)
        }
    }

    @Test func `what is not answered in time is answered by the server`() async throws {
        var limits = HTTPLimits()
        limits.answerTime = .milliseconds(200)
        let waiting = Waiting()
        let troubles = Log<Trouble>()
        var router = Router()
        router.get("/never") { _, responder in waiting.put(responder) }
        try await withServer(router, limits: limits, hooks: ServerHooks(trouble: { troubles.append($0) })) { fixture in
            let client = try fixture.client()
            let response = try client.exchange("GET", "/never")
            #expect(response.status == 503)
            #expect(response["Retry-After"] == "1")
            #expect(troubles.all.map(\.kind) == [.overdue])
            // The late answer goes nowhere, and does not end up with the next request.
            try waiting.take().answer(Response(.ok, .text, .text("late")))
            #expect(try client.exchange("GET", "/nowhere").status == 404)
        }
    }

    @Test func `an answer after the server's end is refused`() async throws {
        let waiting = Waiting()
        var router = Router()
        router.get("/long") { _, responder in waiting.put(responder) }
        let responder = Lock<Responder?>(nil)
        try await withServer(router) { fixture in
            let client = try fixture.client()
            try client.request("GET", "/long")
            let held = try waiting.take()
            responder.withLock { $0 = held }
            fixture.server.stop(within: .zero)
            #expect(try client.response().status == 503)
        }
        #expect(responder.withLock { $0 }?.answer(Response(.ok)) == false)
    }
}
