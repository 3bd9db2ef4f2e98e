internal import Cashier
internal import HTTPClient
internal import Payments
internal import Pipeline
internal import Postgres
internal import Runtime
internal import TestSupport
internal import Testing

/// Money through the whole line: a checkout, the sandbox's page, its messages, the booking, and back.
@Suite(.serialized) struct SaleTests {
    private func scene(_ switches: [String: String] = [:], _ body: @escaping @Sendable (MoneyScene) throws -> Void)
        async throws
    {
        try await ShopScene.with { shop in
            let scene = try MoneyScene(shop, switches)
            try body(scene)
            try Self.expectBooksToBalance(scene)
        }
    }

    static func expectBooksToBalance(_ scene: MoneyScene) throws {
        let verified = try DatabaseVerification.run(scene.shop.seats.database)
        #expect(verified.findings.first.isEmpty, "\(verified.findings.first)")
        let settings = try Settings.load(
            file: nil, environment: scene.providerEnvironment, sections: StandardSections.all, others: .passedOver)
        let report = try Reconciliation.run(
            scene.shop.seats.database, providers: try Providers(settings, metrics: Metrics()))
        #expect(report.findings.first.isEmpty, "\(report.findings.first)")
        #expect(report.asked > 0, "the provider was asked")
    }

    @Test func aCheckoutIsPaidBookedCancelledAndGivenBack() async throws {
        try await scene { scene in
            let event = try scene.manage.createEvent()
            let open = try scene.openPayment(event.show, buyer: "ann")
            #expect(try scene.reader.get("/v1/reservations/\(open.reservation)")["status"] == "paying")
            #expect(try scene.pay(open.payUrl) == 200)
            let paid = try scene.wait(for: "succeeded", of: open.payment)
            #expect(paid["payUrl"] == nil, "nobody pays twice")
            let booking = try #require(paid["bookingId"])
            let booked = try scene.reader.get("/v1/bookings/\(booking)")
            #expect(booked["status"] == "booked" && booked["tickets/0/code"] != nil)
            let ticket = try #require(booked["tickets/0/ticketId"])
            #expect(try scene.reader.get("/v1/tickets/\(ticket)/qr.svg").status == 200)

            let cancelled = try scene.produce.delete("/v1/bookings/\(booking)")
            #expect(cancelled.status == 200 && cancelled["status"] == "refund-pending")
            _ = try scene.wait(for: "refunded", of: open.payment)
            #expect(try scene.shop.seats.count("SELECT count(*) FROM ledger") == 4, "taken, booked, to go back, gone")
        }
    }

    @Test func moneyThatComesAfterTheHoldHasThreeOutcomes() async throws {
        try await scene { scene in
            let event = try scene.manage.createEvent(
                ShopClient.eventBody(seats: 4, more: #""holdSeconds":1,"paymentSeconds":1,"#))
            /// Pays for a seat after its hold has ended, and whatever happens then.
            func payLate(
                _ seat: String, _ more: String = "", meanwhile: () throws -> Void = {}
            ) throws -> String {
                let open = try scene.openPayment(event.show, buyer: seat, seats: [seat], more: more)
                try scene.pay(open.payUrl, #"{"outcome":"succeed","afterSeconds":4}"#)
                try scene.shop.seats.waitUntil("the hold has ended") {
                    try scene.reader.get("/v1/reservations/\(open.reservation)")["status"] == "expired"
                }
                try meanwhile()
                return open.payment
            }
            func block(_ seat: String) throws {
                let answer = try scene.manage.post("/v1/shows/\(event.show)/blocks", #"{"seats":["\#(seat)"]}"#)
                #expect(answer.status == 200, "\(answer.text)")
            }
            let same = try payLate("Floor/1/1")
            let none = try payLate("Floor/1/2") { try block("Floor/1/2") }
            let other = try payLate("Floor/1/3", #","acceptEquivalent":true"#) { try block("Floor/1/3") }
            func seats(_ payment: String) throws -> String? {
                let booking = try #require(try scene.wait(for: "succeeded", of: payment)["bookingId"])
                return try scene.reader.get("/v1/bookings/\(booking)")["tickets/0/seat"]
            }
            #expect(try seats(same) == "Floor/1/1", "it was free still")
            _ = try scene.wait(for: "refunded", of: none)
            #expect(try seats(other) == "Floor/1/4", "as good as the other, and that was agreed to")
        }
    }

    @Test func declinedLostAndWrongAmountsEndWell() async throws {
        try await scene { scene in
            let event = try scene.manage.createEvent()
            let declined = try scene.openPayment(event.show, buyer: "ann")
            try scene.pay(declined.payUrl, #"{"outcome":"decline"}"#)
            _ = try scene.wait(for: "failed", of: declined.payment)
            // The hold stays: another attempt.
            let again = try scene.checkout(declined.reservation)
            let url = try #require(try scene.wait(for: "pending", of: again)["payUrl"])
            // The message never comes, and is found out all the same.
            try scene.pay(url, #"{"outcome":"succeed","lose":true}"#)
            _ = try scene.wait(for: "succeeded", of: again)
            let wrong = try scene.openPayment(event.show, buyer: "bob")
            try scene.pay(wrong.payUrl, #"{"outcome":"succeed","amount":1999,"copies":3}"#)
            _ = try scene.wait(for: "refunded", of: wrong.payment)
        }
    }

    @Test func aReleasedHoldsPaymentIsCancelledAtTheProvider() async throws {
        try await scene { scene in
            let event = try scene.manage.createEvent()
            let open = try scene.openPayment(event.show, buyer: "ann")
            #expect(try scene.produce.delete("/v1/reservations/\(open.reservation)").status == 200)
            _ = try scene.wait(for: "cancelled", of: open.payment)
            #expect(try scene.pay(open.payUrl) == 409)
        }
    }
}
