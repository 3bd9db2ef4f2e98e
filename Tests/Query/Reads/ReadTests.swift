import Pipeline
import Runtime
import TestSupport
import Testing
import Ticketing
import Wire

@testable import Query

extension ServedTests {
    @Suite struct ReadTests {
        @Test func theMapFollowsWhatIsSold() async throws {
            try await QueryScene.with { scene in
                try scene.serve { server, producer in
                    let story = Story(producer)
                    let event = try story.createEvent(1)
                    let show = ShowId(event, 1).text
                    var map = try server.json("/v1/shows/\(show)/seats")
                    #expect(map["showId"].text == show && map["version"].int == 1)
                    #expect(map["sections"][0]["rows"][1]["seats"].text == "fffff")
                    #expect(map["sections"][2]["capacity"].int == 20 && map["sections"][2]["free"].int == 20)
                    #expect(map["sections"][2]["rows"].isNull)

                    let held = try story.reserve(event, "Floor/A/2", "Floor/A/3")
                    _ = try story.book(event, buyer: "b-2", "Standing/7")
                    try story.send(
                        event, .block(show: 1, seats: [SeatName(section: "Balcony", row: "1", number: 1)]))
                    try server.wait(for: show, version: 4 + 1)
                    map = try server.json("/v1/shows/\(show)/seats")
                    #expect(map["sections"][0]["rows"][0]["seats"].text == "fhhff")
                    #expect(map["sections"][1]["rows"][0]["seats"].text == "bff")
                    #expect(map["sections"][2]["free"].int == 19)
                    let counts = try server.json("/v1/shows/\(show)/availability")
                    #expect(counts["version"] == map["version"])
                    #expect(
                        counts["tiers"]
                            == (try JSON(
                                """
                                [{"tier":"A","price":{"amount":5000,"currency":"EUR"},"total":13,"free":10,"held":2,
                                "sold":0,"blocked":1},
                                {"tier":"B","price":{"amount":0,"currency":"EUR"},"total":20,"free":19,"held":0,
                                "sold":1,"blocked":0}]
                                """)))

                    try story.send(event, .release(try story.id(held["reservationId"])))
                    try server.wait(for: show, version: 6)
                    #expect(try server.json("/v1/shows/\(show)/availability")["tiers"][0]["free"].int == 12)
                }
            }
        }

        @Test func whileSomebodyWaitsTheTierIsHeld() async throws {
            try await QueryScene.with { scene in
                try scene.serve { server, producer in
                    let story = Story(producer)
                    let event = try story.createEvent(1) { $0.maxTicketsPerBuyer = 20 }
                    let show = ShowId(event, 1).text
                    _ = try story.reserve(event, tier: "A", 5)
                    _ = try story.reserve(event, buyer: "b-2", tier: "A", 5)
                    _ = try story.reserve(event, buyer: "b-3", tier: "A", 2)
                    let entry = try story.join(event, buyer: "b-4", 2)
                    try server.wait(for: show, version: 5)
                    // One place is free, and not for everybody.
                    var tier = try server.json("/v1/shows/\(show)/availability")["tiers"][0]
                    #expect(tier["free"].int == 0 && tier["held"].int == 13)
                    let map = try server.json("/v1/shows/\(show)/seats")
                    #expect(map["sections"][0]["rows"].list.map { $0["seats"].text } == ["hhhhh", "hhhhh"])
                    try story.send(event, .leaveWaitlist(try story.id(entry["entryId"])))
                    try server.wait(for: show, version: 6)
                    tier = try server.json("/v1/shows/\(show)/availability")["tiers"][0]
                    #expect(tier["free"].int == 1 && tier["held"].int == 12)
                    // And a server that loads the show afresh says the same.
                    _ = try story.join(event, buyer: "b-5", 2)
                    try scene.withServer { other in
                        let tier = try other.json("/v1/shows/\(show)/availability")["tiers"][0]
                        #expect(tier["free"].int == 0 && tier["held"].int == 13)
                    }
                }
            }
        }

        @Test func eventsAndShowsAreDescribed() async throws {
            try await QueryScene.with { scene in
                try scene.serve { server, producer in
                    let story = Story(producer)
                    let event = try story.createEvent(1, shows: [Story.inDays(30), Story.inDays(31)])
                    var found = try server.json("/v1/events/\(event.text)")
                    #expect(found["eventId"].text == event.text && found["name"].text == "Night of the Cellos")
                    #expect(found["venue"]["location"] == (try JSON(#"{"lat": 50.9375, "lon": 6.9603}"#)))
                    #expect(found["performers"] == (try JSON(#"["Kim", "Sasha"]"#)))
                    #expect(found["shows"].list.map { $0["showId"].text } == [1, 2].map { ShowId(event, $0).text })
                    #expect(found["status"].text == "active" && found["tiers"][0]["price"]["amount"].int == 5_000)
                    let show = try server.json("/v1/shows/\(ShowId(event, 2).text)")
                    #expect(show["eventId"].text == event.text && show["event"]["name"].text == "Night of the Cellos")
                    #expect(
                        show["sections"][0]["rows"] == (try JSON(#"[{"name":"A","seats":5},{"name":"B","seats":5}]"#)))
                    #expect(show["sections"][2] == (try JSON(#"{"name":"Standing","tier":"B","capacity":20}"#)))
                    #expect(show["startsAt"].text == found["shows"][1]["startsAt"].text)

                    var details = Story.details
                    details.name = "Night of the Violas"
                    try story.send(
                        event,
                        .changeEvent(ChangeEvent(details: details, prices: [TierSpec(name: "A", price: 4_000)])))
                    found = try server.json("/v1/events/\(event.text)")
                    #expect(found["name"].text == "Night of the Violas")
                    #expect(found["tiers"][0]["price"]["amount"].int == 4_000)
                    try story.send(event, .cancelShow(2))
                    #expect(try server.json("/v1/shows/\(ShowId(event, 2).text)")["status"].text == "cancelled")
                    #expect(try server.json("/v1/shows/\(ShowId(event, 1).text)")["status"].text == "active")
                    try story.send(event, .cancelEvent)
                    #expect(try server.json("/v1/shows/\(ShowId(event, 1).text)")["status"].text == "cancelled")
                    #expect(try server.json("/v1/events/\(event.text)")["status"].text == "cancelled")
                }
            }
        }

        /// New prices are no change of a show, and are shown all the same: with another tag, and the same version.
        @Test func newPricesAreShown() async throws {
            try await QueryScene.with { scene in
                try scene.serve { server, producer in
                    let story = Story(producer)
                    let event = try story.createEvent(1)
                    let path = "/v1/shows/\(ShowId(event, 1).text)/availability"
                    let before = try server.get(path)
                    try story.send(event, .changeEvent(ChangeEvent(prices: [TierSpec(name: "A", price: 4_444)])))
                    try scene.seats.waitUntil("the new price is shown") {
                        try server.json(path)["tiers"][0]["price"]["amount"].int == 4_444
                    }
                    let after = try server.get(path)
                    #expect(after["ETag"] != before["ETag"] && before["ETag"] == "\"v1-0\"")
                    #expect(try JSON(after.body)["version"].int == 1)
                }
            }
        }

        @Test func aReservationGoesThroughItsLife() async throws {
            try await QueryScene.with { scene in
                try scene.serve { server, producer in
                    let story = Story(producer)
                    let event = try story.createEvent(1)
                    let made = try story.reserve(event, "Floor/A/2", "Standing/4")
                    let id = made["reservationId"].text ?? ""
                    let path = "/v1/reservations/\(id)"
                    var found = try server.json(path)
                    for name in ["reservationId", "showId", "buyer", "seats", "total", "status", "expiresAt"] {
                        #expect(found[name] == made[name], "\(name)")
                    }
                    #expect(found["status"].text == "held")
                    let out = try story.send(
                        event,
                        .checkout(Checkout(reservation: try story.id(made["reservationId"]), provider: "sandbox")))
                    #expect(try server.json(path)["status"].text == "paying")
                    let payment = try server.json("/v1/payments/\(out["paymentId"].text ?? "")")
                    #expect(payment["status"].text == "creating" && payment["provider"].text == "sandbox")
                    #expect(payment["total"] == out["total"] && payment["reservationId"].text == id)
                    #expect(payment["expiresAt"].text == out["expiresAt"].text)
                    let euro = try #require(Currency("EUR"))
                    let paid = try story.send(
                        event, .paymentResult(try story.id(out["paymentId"]), .succeeded(Money(5_000, euro))))
                    found = try server.json(path)
                    #expect(found["status"].text == "booked" && found["bookingId"] == paid["bookingId"])
                    #expect(
                        try server.json("/v1/payments/\(out["paymentId"].text ?? "")")["bookingId"] == paid["bookingId"]
                    )

                    let other = try story.reserve(event, buyer: "b-2", "Floor/A/4")
                    try story.send(event, .release(try story.id(other["reservationId"])))
                    #expect(
                        try server.json("/v1/reservations/\(other["reservationId"].text ?? "")")["status"].text
                            == "released")
                }
            }
        }

        @Test func aDisputedBookingSaysSoUntilThatIsSettled() async throws {
            try await QueryScene.with { scene in
                try scene.serve { server, producer in
                    let story = Story(producer)
                    let event = try story.createEvent(1)
                    let booked = try story.book(event, "Floor/A/2", "Floor/A/3")
                    let booking = "/v1/bookings/\(booked["bookingId"].text ?? "")"
                    let payment = "/v1/payments/\(booked["paymentId"].text ?? "")"
                    let paymentId: PaymentId = try story.id(booked["paymentId"])
                    let some = Money(4_000, try #require(Currency("EUR")))
                    try story.send(
                        event, .refundReported(paymentId, ReportedRefund(reference: "re", money: some)))
                    var found = try server.json(booking)
                    #expect(found["refundable"]["amount"]["amount"].int == 6_000)
                    func dispute(_ status: DisputeStatus) throws {
                        let news = DisputeNews(reference: "dp", money: some, status: status)
                        try story.send(event, .paymentDispute(paymentId, news))
                    }
                    try dispute(.opened)
                    found = try server.json(booking)
                    #expect(found["status"].text == "booked" && found["disputed"].flag == true)
                    #expect(found["tickets"].list.map { $0["status"].text } == ["blocked", "blocked"])
                    #expect(found["refundable"]["amount"]["amount"].int == 0)
                    #expect(try server.json(payment)["status"].text == "disputed")
                    try dispute(.won)
                    found = try server.json(booking)
                    #expect(found["disputed"].flag == nil && found["refundable"]["amount"]["amount"].int == 6_000)
                    #expect(found["tickets"].list.map { $0["status"].text } == ["valid", "valid"])
                    #expect(try server.json(payment)["status"].text == "succeeded")
                    try dispute(.lost)
                    found = try server.json(booking)
                    #expect(found["status"].text == "cancelled" && found["disputed"].flag == nil)
                    #expect(found["tickets"].list.map { $0["status"].text } == ["ended", "ended"])
                    #expect(try server.json(payment)["status"].text == "disputed")
                }
            }
        }

        @Test func aBookingHasItsTickets() async throws {
            try await QueryScene.with { scene in
                try scene.serve { server, producer in
                    let story = Story(producer)
                    let policy = [PolicyStep(hoursBefore: 48, percent: 100), PolicyStep(hoursBefore: 2, percent: 50)]
                    let event = try story.createEvent(1, policy: policy)
                    let booked = try story.book(event, "Floor/A/2", "Floor/A/3")
                    let id = booked["bookingId"].text ?? ""
                    // The policy of the purchase holds, whatever comes after it.
                    try story.send(event, .changeEvent(ChangeEvent(refundPolicy: [])))
                    var found = try server.json("/v1/bookings/\(id)")
                    #expect(found["bookingId"].text == id && found["status"].text == "booked")
                    #expect(found["event"]["name"].text == "Night of the Cellos")
                    #expect(found["show"]["showId"].text == ShowId(event, 1).text)
                    #expect(found["tickets"].list.map { $0["seat"].text } == ["Floor/A/2", "Floor/A/3"])
                    #expect(found["tickets"].list.map { $0["status"].text } == ["valid", "valid"])
                    #expect(found["total"]["amount"].int == 10_000)
                    #expect(found["refundable"]["amount"]["amount"].int == 10_000)
                    let until = Story.inDays(28)
                    #expect(found["refundable"]["until"].text == until.timestamp.rfc3339)

                    let ticket = found["tickets"][0]["ticketId"]
                    let qr = found["tickets"][0]["qr"].text ?? ""
                    #expect(qr == "/v1/tickets/\(ticket.text ?? "")/qr.svg")
                    let ticketId: TicketId = try story.id(ticket)
                    try story.send(event, .checkIn(CheckIn(ticket: ticketId, gate: "North", nonce: "n")))
                    found = try server.json("/v1/bookings/\(id)")
                    #expect(found["tickets"].list.map { $0["status"].text } == ["admitted", "valid"])
                    #expect(found["tickets"][0]["admission"]["gate"].text == "North")

                    let bookingId: BookingId = try story.id(booked["bookingId"])
                    try story.send(
                        event, Content(.existing(.refundBooking(bookingId, .tickets([ticketId]))), reason: "illness"))
                    found = try server.json("/v1/bookings/\(id)")
                    #expect(found["tickets"].list.map { $0["status"].text } == ["ended", "valid"])
                    #expect(found["refundable"]["amount"]["amount"].int == 5_000)
                    #expect(try server.get("/v1/tickets/\(ticket.text ?? "")/qr.png").status == 410)

                    // What the page promises is what the rule book gives.
                    let cancelled = try story.send(event, .cancelBooking(bookingId))
                    #expect(cancelled["refund"] == found["refundable"]["amount"])
                    found = try server.json("/v1/bookings/\(id)")
                    #expect(found["status"].text == "cancelled" && found["refundable"]["until"].isNull)
                    #expect(found["refundable"]["amount"]["amount"].int == 0)
                    #expect(
                        try server.json("/v1/reservations/rsv_\(id.dropFirst(4))")["status"].text == "cancelled")
                }
            }
        }

        @Test func thePlaceInTheLineIsTold() async throws {
            try await QueryScene.with { scene in
                try scene.serve { server, producer in
                    let story = Story(producer)
                    let event = try story.createEvent(1) { $0.maxTicketsPerBuyer = 20 }
                    _ = try story.reserve(event, tier: "A", 5)
                    let held = try story.reserve(event, buyer: "b-2", tier: "A", 5)
                    _ = try story.reserve(event, buyer: "b-3", tier: "A", 3)
                    let entries = try (1...3).map { try story.join(event, buyer: "w-\($0)", 2)["entryId"].text ?? "" }
                    var found = try entries.map { try server.json("/v1/waitlist/\($0)") }
                    #expect(found.map { $0["position"].int } == [1, 2, 3])
                    #expect(found.allSatisfy { $0["status"].text == "waiting" && $0["tier"].text == "A" })
                    #expect(found[1]["buyer"].text == "w-2" && found[1]["quantity"].int == 2)
                    #expect(found[0]["reservationId"].isNull)
                    try story.send(event, .leaveWaitlist(try story.id(try JSON("\"\(entries[1])\""))))
                    try story.send(event, .release(try story.id(held["reservationId"])))
                    try scene.seats.waitUntil("both are offered places") {
                        try [0, 2].allSatisfy {
                            try server.json("/v1/waitlist/\(entries[$0])")["status"].text == "offered"
                        }
                    }
                    found = try entries.map { try server.json("/v1/waitlist/\($0)") }
                    #expect(found.map { $0["status"].text } == ["offered", "left", "offered"])
                    #expect(found[0]["position"].isNull && found[1]["position"].isNull)
                    let offer = try server.json("/v1/reservations/\(found[0]["reservationId"].text ?? "")")
                    #expect(offer["status"].text == "held" && offer["buyer"].text == "w-1")
                    #expect(offer["expiresAt"] == found[0]["expiresAt"])
                    _ = try story.pay(event, offer)
                    #expect(try server.json("/v1/waitlist/\(entries[0])")["status"].text == "taken")
                }
            }
        }
    }
}
