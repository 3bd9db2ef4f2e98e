import Foundation
import Runtime
import TestSupport
import Testing

@testable import Supervisor

/// What buyers' apps do and are told, through the gateway of a whole installation.
@Suite(.serialized) struct SellingTests {
    /// The gateway, with a client for each of the demo tenant's keys.
    private struct Shop {
        let installation: Installation
        let port: Int
        let produce: ShopClient
        let manage: ShopClient
        let keys: RunFile.Keys

        init(_ installation: Installation) throws {
            self.installation = installation
            let run = try #require(try installation.run())
            keys = try #require(run.keys)
            port = installation.ports.gateway
            produce = ShopClient(port: port, key: keys.produce)
            manage = ShopClient(port: port, key: keys.manage)
        }

        func event(_ body: String = ShopClient.eventBody()) throws -> String { try manage.createEvent(body).show }
    }

    @Test func aShopSellsThroughTheGateway() async throws {
        try await onThread {
            let installation = try Installation()
            defer { _ = try? installation.turnstile("reset", "--yes") }
            let up = try installation.up()
            try #require(up.code == 0, "\(up.output)\(up.error)")
            let shop = try Shop(installation)
            try whatIsSoldIsSeen(shop)
            try seatsAndLimitsAreRefused(shop)
            try holdsAreExtendedAndReleased(shop)
            try whatIsBookedStaysSo(shop)
            try aShowHasItsTime(shop)
            try holdsEndAndTheLineIsServed(shop)
            try blocksAndCancellation(shop)
            try theLastSeatsGoToAsManyBuyers(shop)
            try formsThatAreWrong(shop)
        }
    }

    private func expect(
        _ answer: ShopClient.Answer, _ status: Int, _ code: String, _ members: [String: String] = [:],
        _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(
            answer.status == status && answer.code == code, "\(answer.status) \(answer.text)",
            sourceLocation: location)
        #expect(answer["type"] == "/problems/\(code)" && answer["requestId"] != nil, sourceLocation: location)
        for (path, value) in members {
            #expect(answer[path] == value, "\(path): \(answer.text)", sourceLocation: location)
        }
    }

    /// Availability, once the reader has caught up with what was decided.
    private func tiers(_ shop: Shop, _ show: String, until isSo: (ShopClient.Answer) -> Bool) throws
        -> ShopClient.Answer
    {
        var answer: ShopClient.Answer?
        try shop.installation.waitUntil("the reader has caught up") {
            let now = try shop.produce.get("/v1/shows/\(show)/availability")
            answer = now
            return isSo(now)
        }
        return try #require(answer)
    }

    private func whatIsSoldIsSeen(_ shop: Shop) throws {
        let event = try shop.manage.createEvent(ShopClient.eventBody(rows: 2, seats: 5, standing: 7))
        let answer = try shop.produce.reserve(event.show, buyer: "b", tier: "A", quantity: 4)
        #expect(answer.status == 201 && answer["seats/3/seat"] == "Floor/1/4", "\(answer.text)")
        let seen = try tiers(shop, event.show) { $0["tiers/0/held"] == "4" }
        #expect(seen["tiers/0/total"] == "10" && seen["tiers/0/free"] == "6" && seen["tiers/1/free"] == "7")
        let map = try shop.produce.get("/v1/shows/\(event.show)/seats")
        #expect(map["sections/0/rows/0/seats"] == "hhhhf" && map["sections/1/capacity"] == "7")
        let tag = try #require(map[header: "ETag"])
        #expect(
            try shop.produce.get("/v1/shows/\(event.show)/seats", headers: ["If-None-Match: \(tag)"]).status == 304)
        let reservation = try #require(answer["reservationId"])
        #expect(try shop.produce.get("/v1/reservations/\(reservation)")["status"] == "held")
        #expect(try shop.produce.get("/v1/events/\(event.id)")["name"] == "A test")
        #expect(try shop.produce.get("/v1/shows/\(event.show)")["showId"] == event.show)
        let version = try #require(map["version"])
        #expect(try shop.produce.delete("/v1/reservations/\(reservation)").status == 200)
        let poll = try shop.produce.get(
            "/v1/shows/\(event.show)/changes?since=\(version)", headers: ["Prefer: wait=10"])
        #expect(poll.count("places") == 4 && poll["places/0/from"] == "h" && poll["places/0/to"] == "f", "\(poll.text)")
    }

    private func seatsAndLimitsAreRefused(_ shop: Shop) throws {
        let show = try shop.event(ShopClient.eventBody(rows: 2, seats: 4, standing: 2))
        let client = shop.produce
        #expect(try client.reserve(show, buyer: "a", seats: ["Floor/1/2", "Floor/1/3"]).status == 201)
        expect(
            try client.reserve(show, buyer: "b", seats: ["Floor/1/1", "Floor/1/2"]), 409, "seats-unavailable",
            ["unavailable/0": "Floor/1/2"])
        expect(try client.reserve(show, buyer: "b", seats: ["Floor/1/9"]), 404, "no-such-seat")
        expect(try client.reserve(show, buyer: "b", seats: ["Nowhere/1/1"]), 404, "no-such-seat")
        expect(try client.reserve(show, buyer: "b", seats: ["nonsense"]), 422, "invalid-name")
        expect(try client.reserve(show, buyer: "b", tier: "Z"), 404, "no-such-tier")
        expect(try client.reserve("shw_nothing", buyer: "b"), 404, "not-found")
        expect(
            try client.reserve(String(show.dropLast(3)) + "009", buyer: "b"), 404, "no-such-show")
        #expect(try client.reserve(show, buyer: "c", quantity: 2).status == 201)
        expect(try client.reserve(show, buyer: "d"), 409, "sold-out")
        // Five together there are nowhere; apart there are.
        expect(try client.reserve(show, buyer: "e", tier: "A", quantity: 5), 409, "no-adjacent-seats")
        #expect(try client.reserve(show, buyer: "e", tier: "A", quantity: 5, together: false).status == 201)
        let wide = try shop.event()
        #expect(try client.reserve(wide, buyer: "f", quantity: 10).status == 201)
        expect(try client.reserve(wide, buyer: "f"), 409, "buyer-limit-exceeded", ["limit": "10", "has": "10"])
        #expect(try client.reserve(wide, buyer: "g", tier: "A", quantity: 4).status == 201)
    }

    private func holdsAreExtendedAndReleased(_ shop: Shop) throws {
        let client = shop.produce
        let show = try shop.event()
        let id = try #require(try client.reserve(show, buyer: "a")["reservationId"])
        let extended = try client.post("/v1/reservations/\(id)/extend", #"{"seconds":300}"#)
        #expect(extended.status == 200 && extended["expiresInSeconds"] != nil, "\(extended.text)")
        // Twice the hold's time is the most: what is asked beyond is cut, and then there is nothing more to give.
        #expect(try client.post("/v1/reservations/\(id)/extend", #"{"seconds":1200}"#).status == 200)
        expect(try client.post("/v1/reservations/\(id)/extend", #"{"seconds":60}"#), 409, "hold-limit-reached")
        for _ in 0..<2 {
            let released = try client.delete("/v1/reservations/\(id)")
            #expect(released.status == 200 && released["status"] == "released")
        }
        expect(
            try client.post("/v1/reservations/\(id)/checkout", #"{"provider":"sandbox"}"#), 409, "hold-expired")
        let unknown = id.dropLast(6) + "000009"
        expect(try client.delete("/v1/reservations/\(unknown)"), 404, "no-such-reservation")
        expect(try client.delete("/v1/reservations/rsv_x"), 404, "not-found")
    }

    private func whatIsBookedStaysSo(_ shop: Shop) throws {
        let client = shop.produce
        let show = try shop.event(ShopClient.eventBody(price: 0))
        let id = try #require(try client.reserve(show, buyer: "a", tier: "A", quantity: 2)["reservationId"])
        let paid = try client.post(
            "/v1/reservations/\(id)/checkout", #"{"provider":"sandbox"}"#, idempotencyKey: UUID().uuidString)
        #expect(paid.status == 201 && paid["status"] == "succeeded", "\(paid.text)")
        let booking = try #require(paid["bookingId"])
        expect(try client.delete("/v1/reservations/\(id)"), 409, "already-booked")
        let read = try client.get("/v1/bookings/\(booking)")
        #expect(read.count("tickets") == 2, "\(read.text)")
        let (ticket, code) = (try #require(read["tickets/0/ticketId"]), try #require(read["tickets/0/code"]))
        let picture = try client.get("/v1/tickets/\(ticket)/qr.svg")
        #expect(picture.status == 200 && picture[header: "Content-Type"] == "image/svg+xml")
        func scan(_ code: String, _ nonce: String) throws -> ShopClient.Answer {
            try client.post("/v1/checkins", #"{"code":"\#(code)","gate":"North","nonce":"\#(nonce)"}"#)
        }
        let admitted = try scan(code, "n-1")
        #expect(admitted.status == 200 && admitted["status"] == "admitted", "\(admitted.text)")
        #expect(try scan(code, "n-1").status == 200)
        expect(try scan(code, "n-2"), 409, "already-admitted", ["gate": "North"])
        expect(try scan("T1FORGED", "n-3"), 409, "not-valid")
        expect(try client.delete("/v1/bookings/\(booking.dropLast(6))000009"), 404, "no-such-booking")
        #expect(try client.delete("/v1/bookings/\(booking)").status == 200)
    }

    private func aShowHasItsTime(_ shop: Shop) throws {
        let body = ShopClient.eventBody().replacingOccurrences(
            of: #""startsAt":"2035-03-01T19:00:00Z""#,
            with: #""startsAt":"2035-03-01T19:00:00Z","salesStart":"2034-01-01T00:00:00Z""#)
        let show = try shop.event(body)
        expect(
            try shop.produce.reserve(show, buyer: "a"), 409, "show-not-on-sale",
            ["salesStart": "2034-01-01T00:00:00.000000Z"])
    }

    private func holdsEndAndTheLineIsServed(_ shop: Shop) throws {
        let client = shop.produce
        let event = try shop.manage.createEvent(
            ShopClient.eventBody(seats: 2, standing: 5, more: #""holdSeconds":2,"offerSeconds":60,"#))
        let show = event.show
        expect(
            try client.post("/v1/shows/\(show)/waitlist", #"{"buyer":"w","tier":"A","quantity":1}"#), 409,
            "places-available")
        let hold = try #require(try client.reserve(show, buyer: "a", tier: "A", quantity: 2)["reservationId"])
        let joined = try client.post("/v1/shows/\(show)/waitlist", #"{"buyer":"w","tier":"A","quantity":2}"#)
        #expect(joined.status == 201 && joined["position"] == "1", "\(joined.text)")
        let entry = try #require(joined["entryId"])
        expect(
            try client.post("/v1/shows/\(show)/waitlist", #"{"buyer":"w","tier":"A","quantity":1}"#), 409,
            "already-waiting", ["entryId": entry])
        // The hold ends when its time is up, and its places are the first in line's.
        let offered = try client.get("/v1/waitlist/\(entry)", headers: ["Prefer: wait=20"])
        #expect(offered["status"] == "offered" && offered["reservationId"] != nil, "\(offered.text)")
        #expect(try client.get("/v1/reservations/\(hold)")["status"] == "expired")
        #expect(try client.delete("/v1/reservations/\(hold)")["status"] == "expired")
        expect(
            try client.post("/v1/reservations/\(hold)/checkout", #"{"provider":"sandbox"}"#), 409, "hold-expired")
        // Somebody else waits now: what becomes free is his at once.
        let second = try client.post("/v1/shows/\(show)/waitlist", #"{"buyer":"x","tier":"A","quantity":2}"#)
        #expect(second.status == 201, "\(second.text)")
        let offer = try #require(offered["reservationId"])
        #expect(try client.delete("/v1/reservations/\(offer)").status == 200)
        expect(try client.reserve(show, buyer: "y", tier: "A"), 409, "sold-out")
        // While one place does not do for who waits for two, it is nobody else's, and the map says so.
        let other = try shop.event(ShopClient.eventBody(seats: 2))
        #expect(try client.reserve(other, buyer: "a", tier: "A").status == 201)
        #expect(
            try client.post("/v1/shows/\(other)/waitlist", #"{"buyer":"w","tier":"A","quantity":2}"#).status == 201)
        expect(try client.reserve(other, buyer: "y", tier: "A"), 409, "waitlist-first")
        _ = try tiers(shop, other) { $0["tiers/0/held"] == "2" && $0["tiers/0/free"] == "0" }
        let last = try #require(second["entryId"])
        #expect(try client.delete("/v1/waitlist/\(last)").status == 200)
        expect(try client.delete("/v1/waitlist/\(entry.dropLast(6))000009"), 404, "no-such-entry")
    }

    private func blocksAndCancellation(_ shop: Shop) throws {
        let event = try shop.manage.createEvent()
        let client = shop.produce
        #expect(
            try shop.manage.post("/v1/shows/\(event.show)/blocks", #"{"seats":["Floor/1/1"]}"#)["blocked"] == "1")
        expect(try client.reserve(event.show, buyer: "a", seats: ["Floor/1/1"]), 409, "seats-unavailable")
        #expect(try client.reserve(event.show, buyer: "a", seats: ["Floor/1/2"]).status == 201)
        expect(
            try shop.manage.post("/v1/shows/\(event.show)/blocks", #"{"seats":["Floor/1/2"]}"#), 409,
            "seats-unavailable")
        #expect(
            try shop.manage.send("DELETE", "/v1/shows/\(event.show)/blocks", #"{"seats":["Floor/1/1"]}"#).status == 200)
        #expect(
            try shop.manage.send("PUT", "/v1/events/\(event.id)", #"{"tiers":[{"name":"A","price":1}]}"#).status == 200)
        let again = try shop.manage.post(
            "/v1/events/\(event.id)/shows",
            #"{"startsAt":"2035-04-01T19:00:00Z","sections":[{"name":"S","tier":"A","capacity":3}]}"#)
        #expect(again.status == 201 && again["showId"]?.hasSuffix("002") == true, "\(again.text)")
        let cancelled = try shop.manage.delete("/v1/events/\(event.id)")
        #expect(cancelled.status == 200 && cancelled["status"] == "cancelled", "\(cancelled.text)")
        expect(try client.reserve(event.show, buyer: "b"), 409, "event-cancelled")
    }

    /// 200 buyers at once for 50 seats: 50 have one, 150 a clear refusal.
    private func theLastSeatsGoToAsManyBuyers(_ shop: Shop) throws {
        let show = try shop.event(ShopClient.eventBody(seats: 50, standing: 1))
        let (port, key) = (shop.port, shop.keys.produce)
        let answers = Lock<[ShopClient.Answer]>([])
        let threads = try (0..<200).map { number in
            try OwnedThread(name: "buyer-\(number)", stackBytes: 512 << 10) {
                let client = ShopClient(port: port, key: key)
                guard let answer = try? client.reserve(show, buyer: "b\(number)", tier: "A") else { return }
                answers.withLock { $0.append(answer) }
            }
        }
        for thread in threads { thread.join() }
        let all = answers.withLock { $0 }
        #expect(all.count == 200)
        let sold = all.filter { $0.status == 201 }
        #expect(sold.count == 50 && Set(sold.compactMap { $0["seats/0/seat"] }).count == 50)
        #expect(all.count { $0.status == 409 && $0.code == "sold-out" } == 150)
    }

    private func formsThatAreWrong(_ shop: Shop) throws {
        let client = shop.produce
        let show = try shop.event()
        let path = "/v1/shows/\(show)/reservations"
        for body in [
            "{", "[]", "null", #"{"buyer":1,"tier":"A","quantity":1}"#, #"{"buyer":"a","tier":"A","quantity":0}"#,
            #"{"buyer":"a","tier":"A","quantity":1.5}"#, #"{"buyer":"a","tier":"A","quantity":1,"more":1}"#,
            #"{"buyer":"a","tier":"A"}"#, #"{"buyer":"a","seats":[]}"#, #"{"buyer":"a","buyer":"b","tier":"A"}"#,
        ] {
            let answer = try client.post(path, body)
            expect(answer, 400, "invalid-request")
            #expect(answer.count("errors") >= 1, "\(body)")
        }
        expect(try client.post(path, ""), 400, "invalid-request")
        expect(try client.send("POST", path, "x", type: "text/plain"), 415, "unsupported-media-type")
        let large = #"{"buyer":"\#(String(repeating: "x", count: 300 << 10))"}"#
        #expect(try client.post(path, large).status == 413)
        expect(try client.post("/v1/events", ShopClient.eventBody()), 403, "forbidden")
        let patched = try client.send("PUT", path, "{}")
        expect(patched, 405, "method-not-allowed")
        #expect(patched[header: "Allow"]?.contains("POST") == true)
        expect(try client.get("/v1/nothing"), 404, "not-found")
        let stranger = ShopClient(port: shop.port, key: "")
        expect(try stranger.reserve(show, buyer: "a"), 401, "unauthorized")
        expect(try client.reserve(show, buyer: "a", headers: ["Prefer: wait=61"]), 400, "invalid-request")
        expect(
            try client.reserve(show, buyer: "a", idempotencyKey: String(repeating: "k", count: 256)), 400,
            "invalid-request")
        #expect(try client.get("/problems/sold-out").status == 200)
        #expect(try client.get("/problems/nothing").status == 404)
    }
}
