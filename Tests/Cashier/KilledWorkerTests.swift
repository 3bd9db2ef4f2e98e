internal import Glibc
internal import Postgres
internal import TestSupport
internal import Testing

/// A payments worker that is killed in the midst of a call.
@Suite(.serialized) struct KilledWorkerTests {
    @Test func whatItHadInHandIsTakenLongBeforeItsVisibilityEnds() async throws {
        try await ShopScene.with { shop in
            let scene = try MoneyScene(
                shop, settings: ["TURNSTILE_EFFECTS_VISIBILITY": "30m", "TURNSTILE_EFFECTS_ORPHANED_AFTER": "1s"])
            let event = try scene.manage.createEvent()
            let reservation = try #require(try scene.produce.reserve(event.show, buyer: "ann")["reservationId"])
            // The provider takes the call and says nothing.
            kill(scene.sandbox.pid, SIGSTOP)
            let payment = try scene.checkout(reservation)
            try shop.seats.waitUntil("a worker is at it") {
                try shop.seats.count("SELECT count(*) FROM effect WHERE attempts = 1 AND holder IS NOT NULL") == 1
            }
            try scene.killPayments()
            kill(scene.sandbox.pid, SIGCONT)
            let open = try scene.wait(for: "pending", of: payment)
            // Only now are there looks, and the provider has made it once.
            #expect(
                try shop.seats.count(
                    "SELECT count(*) FROM effect WHERE body ->> 'do' = 'create-payment' AND attempts = 2") == 1)
            #expect(try scene.pay(try #require(open["payUrl"])) == 200)
            _ = try scene.wait(for: "succeeded", of: payment)
            try SaleTests.expectBooksToBalance(scene)
        }
    }
}
