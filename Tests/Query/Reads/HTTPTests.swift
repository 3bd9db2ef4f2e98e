import TestSupport
import Testing
import Ticketing
import Wire

@testable import Query

extension ServedTests {
    @Suite struct HTTPTests {
        /// Every route that has something of a tenant's in it.
        private func paths(_ story: Story, _ event: EventId) throws -> [String] {
            let show = ShowId(event, 1).text
            let held = try story.reserve(event, "Floor/A/1")
            let out = try story.send(
                event, .checkout(Checkout(reservation: try story.id(held["reservationId"]), provider: "sandbox")))
            let euro = try #require(Currency("EUR"))
            let booked = try story.send(
                event, .paymentResult(try story.id(out["paymentId"]), .succeeded(Money(5_000, euro))))
            let bookingId: BookingId = try story.id(booked["bookingId"])
            let ticket = ScopedId(event, TicketId(bookingId, at: 0)).text
            _ = try story.reserve(event, buyer: "b-2", tier: "B", 10)
            _ = try story.reserve(event, buyer: "b-3", tier: "B", 10)
            let entry = try story.join(event, buyer: "b-4", tier: "B", 1)
            return [
                "/v1/events/\(event.text)", "/v1/shows/\(show)", "/v1/shows/\(show)/availability",
                "/v1/shows/\(show)/seats",
                "/v1/shows/\(show)/changes?since=0", "/v1/reservations/\(held["reservationId"].text ?? "")",
                "/v1/payments/\(out["paymentId"].text ?? "")", "/v1/bookings/\(booked["bookingId"].text ?? "")",
                "/v1/waitlist/\(entry["entryId"].text ?? "")", "/v1/tickets/\(ticket)/qr.svg",
                "/v1/tickets/\(ticket)/qr.png",
            ]
        }

        @Test func everyReadCanBeAskedForAgain() async throws {
            try await QueryScene.with { scene in
                try scene.serve { server, producer in
                    let story = Story(producer)
                    let event = try story.createEvent(1)
                    for path in try paths(story, event) + ["/v1/events", "/v1/locations", "/v1/bookings", "/v1/keys"] {
                        let first = try server.get(path)
                        #expect(first.status == 200, "\(path)")
                        let tag = try #require(first["ETag"], "\(path)")
                        let again = try server.get(path, headers: ["If-None-Match: \(tag)"])
                        #expect(again.status == 304 && again.body.isEmpty, "\(path)")
                        #expect(try server.get(path, headers: ["If-None-Match: \"other\""]).status == 200, "\(path)")
                        let head = try server.request("HEAD", path)
                        #expect(head.status == 200 && head["ETag"] == tag && head.body.isEmpty, "\(path)")
                    }
                }
            }
        }

        @Test func whatIsAnothersIsNotThere() async throws {
            try await QueryScene.with { scene in
                try scene.serve { server, producer in
                    let story = Story(producer)
                    let event = try story.createEvent(1)
                    for path in try paths(story, event) {
                        let own = try server.get(path)
                        #expect(own.status == 200, "\(path)")
                        let answer = try server.get(path, key: scene.strangersKey)
                        #expect(answer.status == 404, "\(path)")
                        #expect(try JSON(answer.body)["code"].text == "not-found", "\(path)")
                        #expect(try server.get(path, key: "key_x.sk_x").status == 401, "\(path)")
                    }
                    for path in ["/v1/events", "/v1/locations", "/v1/bookings", "/v1/bookings?buyer=b-1"] {
                        #expect(try server.json(path)["items"].list.count == 1, "\(path)")
                        #expect(
                            try JSON(server.get(path, key: scene.strangersKey).body)["items"].list.isEmpty, "\(path)")
                    }
                    let stream = try server.get("/v1/shows/\(ShowId(event, 1).text)/changes", key: scene.strangersKey)
                    #expect(stream.status == 404)
                }
            }
        }

        @Test func whatIsNoIdIsNotThere() async throws {
            try await QueryScene.with { scene in
                try scene.withServer { server in
                    let event = SeatsCommands().event(7)
                    let minted = MintedId<Kinds.Reservation>(command: CommandId(high: 1, low: 2), index: 3)
                    let reservation = ScopedId(event, minted).text
                    let digits = reservation.dropFirst(4)
                    var paths = ["evt_", "evt_x", event.text, event.text + "0", "shw_x"].map { "/v1/events/\($0)" }
                    for end in ["", "/availability", "/seats", "/changes", "/changes?since=1"] {
                        paths += ["x", "shw_", ShowId(event, 1).text, event.text, "shw_%FF"].map {
                            "/v1/shows/\($0)\(end)"
                        }
                    }
                    paths += [reservation, "rsv_", "bkg_\(digits)", "x"].map { "/v1/reservations/\($0)" }
                    paths += ["bkg_\(digits)", reservation].map { "/v1/bookings/\($0)" }
                    paths += ["pay_\(digits)", reservation].map { "/v1/payments/\($0)" }
                    paths += ["wtl_\(digits)", reservation].map { "/v1/waitlist/\($0)" }
                    paths += ["tkt_\(digits)", "x"].flatMap {
                        ["/v1/tickets/\($0)/qr.svg", "/v1/tickets/\($0)/qr.png"]
                    }
                    for path in paths {
                        let answer = try server.get(path)
                        #expect(answer.status == 404, "\(path): \(answer.text)")
                        #expect(try JSON(answer.body)["requestId"].text == "req_test", "\(path)")
                    }
                }
            }
        }

        @Test func whatARouteDoesNotTakeIsRefused() async throws {
            try await QueryScene.with { scene in
                try scene.withServer { server in
                    let show = ShowId(SeatsCommands().event(7), 1).text
                    let payment = ScopedId(
                        SeatsCommands().event(7), MintedId<Kinds.Payment>(command: CommandId(high: 1, low: 2), index: 3)
                    ).text
                    let bad = [
                        ("/v1/events?x=1", "x"), ("/v1/events?limit=0", "limit"), ("/v1/events?limit=101", "limit"),
                        ("/v1/events?limit=%2B5", "limit"), ("/v1/events?limit=1&limit=1", "limit"),
                        ("/v1/events?limit=", "limit"), ("/v1/events?after=x", "after"), ("/v1/events?after=", "after"),
                        ("/v1/events?q=", "q"), ("/v1/events?city=", "city"),
                        ("/v1/events?near=1", "near"), ("/v1/events?near=91,0", "near"),
                        ("/v1/events?near=1,181", "near"),
                        ("/v1/events?near=1e1,0", "near"), ("/v1/events?near=nan,0", "near"),
                        ("/v1/events?near=1,2,3", "near"),
                        ("/v1/events?radiusKm=5", "radiusKm"), ("/v1/events?near=1,1&radiusKm=0", "radiusKm"),
                        ("/v1/events?near=1,1&radiusKm=inf", "radiusKm"),
                        ("/v1/events?near=1,1&radiusKm=-1", "radiusKm"),
                        ("/v1/events?from=now", "from"), ("/v1/events?to=2026-13-01T00:00:00Z", "to"),
                        ("/v1/locations?city=x", "city"), ("/v1/locations?limit=x", "limit"),
                        ("/v1/bookings?showId=x", "showId"), ("/v1/bookings?buyer=", "buyer"),
                        ("/v1/shows/\(show)/availability?x=1", "x"), ("/v1/shows/\(show)/seats?x", "x"),
                        ("/v1/shows/\(show)/changes?since=x", "since"), ("/v1/shows/\(show)/changes?since=-1", "since"),
                        ("/v1/shows/\(show)/changes?since=9999999999999999999", "since"),
                        ("/v1/payments/\(payment)?known=x", "known"), ("/v1/payments/\(payment)?x=1", "x"),
                        ("/v1/keys?x=1", "x"),
                    ]
                    for (path, pointer) in bad {
                        let answer = try server.get(path)
                        #expect(answer.status == 400, "\(path): \(answer.text)")
                        let problem = try JSON(answer.body)
                        #expect(problem["code"].text == "invalid-request", "\(path)")
                        #expect(problem["errors"][0]["pointer"].text == pointer, "\(path)")
                    }
                    let header = try server.get(
                        "/v1/shows/\(show)/changes", headers: ["Accept: text/event-stream", "Last-Event-ID: x"])
                    #expect(header.status == 400)
                    // A cursor is good for its own list alone.
                    let cursor = Cursor.locations(country: "DE", city: "Köln").text
                    for path in ["/v1/events", "/v1/bookings"] {
                        #expect(try server.get("\(path)?after=\(cursor)").status == 400)
                    }
                    #expect(try server.get("/v1/locations?after=\(cursor)").status == 200)
                    #expect(try server.get("/v1/locations?after=\(cursor.dropLast())").status == 400)
                    // One that nobody was given, though it is well-formed.
                    let booking = BookingId(command: CommandId(high: 1, low: 1), index: 1)
                    let absurd = Cursor.bookings(bookedAt: .max, EventId(high: 1, low: 1), booking).text
                    #expect(try server.get("/v1/bookings?after=\(absurd)").status == 400)
                }
            }
        }

        @Test func largeMapsAreCompressedForWhoTakesIt() async throws {
            try await QueryScene.with { scene in
                try scene.serve { server, producer in
                    let story = Story(producer)
                    let rows = (1...100).map { RowSpec(name: Label("\($0)"), seats: 100) }
                    let event = try story.createEvent(
                        1, sections: [SectionSpec(name: "Hall", tier: "A", rows: rows)])
                    let path = "/v1/shows/\(ShowId(event, 1).text)/seats"
                    let plain = try server.get(path)
                    let small = try server.get(path, headers: ["Accept-Encoding: gzip"])
                    #expect(small["Content-Encoding"] == "gzip" && small.body.count < plain.body.count / 10)
                    #expect(plain["Content-Encoding"] == nil && plain.body.count > 10_000)
                    #expect(plain["Vary"] == "Accept-Encoding" && small["ETag"] != plain["ETag"])
                    let tag = try #require(small["ETag"])
                    #expect(
                        try server.get(path, headers: ["Accept-Encoding: gzip", "If-None-Match: \(tag)"]).status == 304)
                }
            }
        }

        @Test func whoeverRunsItMayLookAtIt() async throws {
            try await QueryScene.with { scene in
                try scene.serve { server, _ in
                    try scene.seats.waitUntil("it is ready") { try server.get("/readyz").status == 200 }
                    #expect(try server.get("/healthz").status == 200)
                    let metrics = try server.get("/metrics").text
                    for name in [
                        "turnstile_query_loads_total", "turnstile_query_followers", "turnstile_query_board_bytes",
                    ] {
                        #expect(metrics.contains("\n\(name) "), "\(name)")
                    }
                }
            }
        }
    }
}
