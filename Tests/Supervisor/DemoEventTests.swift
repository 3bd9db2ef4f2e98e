internal import Glibc
internal import Runtime
internal import TestSupport
import Testing
internal import Ticketing
internal import Wire

@testable internal import Supervisor

/// The demo event, posted to a stub of an ingress.
@Suite struct DemoEventTests {
    private static let now = Timestamp(microseconds: 1_790_000_000_000_000)
    private static let made = #"{"eventId": "evt_1", "shows": [{"showId": "shw_1"}], "decision": {}}"#

    @Test func itIsPlannedForAnEveningInAMonthAndOverADayBefore() {
        let event = DemoEvent.planned(at: Self.now)
        #expect(event.startsAt == "2026-10-21T19:30:00.000000Z" && event.idempotencyKey == "demo-event-2026-10-21")
        #expect(!event.isOver(at: Self.now) && !event.isOver(at: Self.now + .seconds(28 * 86_400)))
        #expect(event.isOver(at: Self.now + .seconds(30 * 86_400)))
    }

    @Test func whatIsPostedIsAnEventOfTwoTiersAnd500SeatsInRows() throws {
        let template = try Template(reading: "\(Tool.packageFolder)/Config/demo-event.json")
        let body = Array(try template.filled(["startsAt": DemoEvent.planned(at: Self.now).startsAt]).utf8)
        var decoder = CommandDecoder()
        let event = EventId(high: 1, low: 2)
        let content = try body.withUnsafeBytes {
            try decoder.decode(body: $0, of: .createEvent, about: .event, event: event)
        }
        guard case .create(let create) = content.order else { throw SetupError("it creates nothing") }
        #expect(create.tiers.count == 2 && create.shows.count == 1)
        var (seats, general) = (0, 0)
        for section in create.shows[0].sections {
            switch section.seating {
            case .rows(let rows): seats += rows.reduce(0) { $0 + $1.seats }
            case .general(let capacity): general += capacity
            }
        }
        #expect(seats == 500 && general > 0)
    }

    private func post(
        _ script: [(status: Int, body: String)], shutdown: ShutdownSignal = ShutdownSignal(),
        _ check: @escaping @Sendable (StubFace, Result<RunFile.Demo, SetupError>) throws -> Void
    ) async throws {
        try await onThread {
            let port = Int.random(in: 18_000..<19_000)
            let ingress = try StubFace("ingress", port: port, script: script)
            defer { ingress.stop() }
            let time = ManualTime(wall: Self.now)
            let maker = DemoEventMaker(
                port: port, key: "key_a.sk_b",
                template: try Template(reading: "\(Tool.packageFolder)/Config/demo-event.json"), shutdown: shutdown,
                time: time, answerPatience: .seconds(60))
            let result = Result { () throws(SetupError) in
                try maker.make(.planned(at: Self.now)) { time.advance(by: .seconds(1)) }
            }
            try check(ingress, result)
        }
    }

    @Test func itsIdsAreTheAnswers() async throws {
        try await post([(201, Self.made)]) { ingress, result throws in
            #expect(try result.get() == RunFile.Demo(eventId: "evt_1", showId: "shw_1"))
            let sent = try #require(ingress.texts.first)
            #expect(sent.hasPrefix("POST /v1/events\n") && sent.contains("\nAuthorization: Bearer key_a.sk_b\n"))
            #expect(sent.contains("\nIdempotency-Key: \"demo-event-2026-10-21\"\n"))
        }
    }

    @Test func whatIsNotDecidedYetIsAskedForAgainInTheSameWords() async throws {
        try await post([(202, "{}"), (503, "{}"), (429, "{}"), (201, Self.made)]) { ingress, result throws in
            #expect(try result.get().eventId == "evt_1")
            #expect(ingress.texts.count == 4 && Set(ingress.texts).count == 1)
        }
    }

    @Test func aRefusalIsFinalAndIsToldInItsWords() async throws {
        try await post([(403, "not for you"), (201, Self.made)]) { ingress, result throws in
            #expect(ingress.requests.count == 1)
            let error = #expect(throws: SetupError.self) { try result.get() }
            #expect(error?.description == "the ingress answers 403: not for you")
        }
    }

    @Test func theWaitIsBounded() async throws {
        try await post(Array(repeating: (503, "{}"), count: 100)) { ingress, result in
            #expect(ingress.requests.count == 15)
            let error = #expect(throws: SetupError.self) { try result.get() }
            #expect(error?.description == "the ingress answers 503")
        }
    }

    @Test func aWishToStopEndsTheWait() async throws {
        let shutdown = ShutdownSignal()
        shutdown.request(.terminated)
        try await post([(201, Self.made)], shutdown: shutdown) { ingress, result in
            #expect(ingress.requests.isEmpty)
            #expect(throws: SetupError.self) { try result.get() }
        }
    }
}
