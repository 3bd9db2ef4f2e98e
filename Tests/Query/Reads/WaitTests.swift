import Runtime
import TestSupport
import Testing
import Ticketing
import Wire

@testable import Query

extension ServedTests {
    @Suite struct WaitTests {
        /// Asks, and waits for the answer on a thread of its own.
        private func ask(_ server: QueryServer, _ path: String, wait: Int = 60) throws -> RawHTTPClient {
            let client = try RawHTTPClient(port: server.port, timeout: 70)
            try client.request(
                "GET", path, headers: ["Authorization: Bearer \(server.key)", "Prefer: wait=\(wait)"])
            return client
        }

        @Test func aPaymentIsWaitedFor() async throws {
            try await QueryScene.with { scene in
                try scene.serve { server, producer in
                    let story = Story(producer)
                    let event = try story.createEvent(1)
                    let held = try story.reserve(event, "Floor/A/1")
                    let reservation: ReservationId = try story.id(held["reservationId"])
                    let out = try story.send(
                        event, .checkout(Checkout(reservation: reservation, provider: "sandbox")))
                    let path = "/v1/payments/\(out["paymentId"].text ?? "")"
                    let id: PaymentId = try story.id(out["paymentId"])
                    // Without a wait, or with another known state, at once.
                    #expect(try server.json("\(path)?known=creating")["status"].text == "creating")
                    #expect(
                        try JSON(ask(server, "\(path)?known=pending").response().body)["status"].text == "creating")
                    let clients = try (0..<20).map { _ in try ask(server, "\(path)?known=creating") }
                    let idle = try ask(server, path)
                    try scene.seats.waitUntil("all wait") { server.service.waits.count == 21 }
                    try story.send(event, .paymentCreated(id, reference: "ref"))
                    for client in clients + [idle] {
                        #expect(try JSON(client.response().body)["status"].text == "pending")
                    }
                    let next = try ask(server, "\(path)?known=pending")
                    let euro = try #require(Currency("EUR"))
                    try story.send(event, .paymentResult(id, .succeeded(Money(5_000, euro))))
                    let done = try JSON(next.response().body)
                    #expect(done["status"].text == "succeeded" && done["bookingId"].text != nil)
                    // When the wait ends first, it is what it was.
                    let nothing = try ask(server, "\(path)?known=succeeded", wait: 1).response()
                    #expect(try JSON(nothing.body) == done)
                    #expect(server.service.waits.count == 0)
                }
            }
        }

        @Test func aPlaceInTheLineIsWaitedFor() async throws {
            try await QueryScene.with { scene in
                try scene.serve { server, producer in
                    let story = Story(producer)
                    let event = try story.createEvent(1)
                    let held = try story.reserve(event, tier: "B", 10)
                    _ = try story.reserve(event, buyer: "b-2", tier: "B", 10)
                    let entry = try story.join(event, buyer: "w", tier: "B", 3)
                    let path = "/v1/waitlist/\(entry["entryId"].text ?? "")"
                    let client = try ask(server, path)
                    try scene.seats.waitUntil("it waits") { server.service.waits.count == 1 }
                    try story.send(event, .release(try story.id(held["reservationId"])))
                    let offered = try JSON(client.response().body)
                    #expect(offered["status"].text == "offered" && offered["reservationId"].text != nil)
                    #expect(
                        try JSON(ask(server, "\(path)?known=waiting").response().body)["status"].text == "offered")
                }
            }
        }

        @Test func whoWaitsIsLetGoWhenTheServerEnds() async throws {
            try await QueryScene.with { scene in
                try scene.serve { server, producer in
                    let story = Story(producer)
                    let event = try story.createEvent(1)
                    let held = try story.reserve(event, "Floor/A/1")
                    let reservation: ReservationId = try story.id(held["reservationId"])
                    let out = try story.send(
                        event, .checkout(Checkout(reservation: reservation, provider: "sandbox")))
                    let client = try ask(server, "/v1/payments/\(out["paymentId"].text ?? "")?known=creating")
                    try scene.seats.waitUntil("it waits") { server.service.waits.count == 1 }
                    server.service.dismiss()
                    #expect(try JSON(client.response().body)["status"].text == "creating")
                }
            }
        }
    }
}
