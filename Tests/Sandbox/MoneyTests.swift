internal import Postgres
internal import Runtime
internal import TestSupport
internal import Testing
internal import Wire

/// What is given back, and what is taken back.
@Suite struct MoneyTests {
    @Test func neverMoreThanWasPaidIsGivenBack() async throws {
        try await SandboxScene.with { scene in
            let reference = try scene.paid("a", amount: 1_000)
            #expect(try scene.refund(reference, "r-1", 1_001).status == 409)
            let first = try scene.refund(reference, "r-2", 600)
            #expect(first.status == 201)
            let again = try scene.refund(reference, "r-2", 600)
            #expect(again.status == 200 && again.body == first.body)
            #expect(try scene.refund(reference, "r-2", 500).text.contains("key-reused"))
            #expect(try scene.refund(reference, "r-3", 401).text.contains("more-than-captured"))
            #expect(try scene.refund(reference, "r-4", 400, currency: "USD").text.contains("other-currency"))
            #expect(try scene.refund(reference, "r-5", 400).status == 201)
            #expect(try scene.refund(reference, "r-6", 1).status == 409)
            let now = try scene.json("GET", "/payments/\(reference)").body
            #expect(now["captured"] == 1_000 && now["refunded"] == 1_000)
            #expect(try scene.ask("GET", "/pay/\(reference)").text.contains("10.00 EUR given back"))
            try scene.waitUntil("both are told") { scene.receiver.told(reference).count >= 3 }
            let told = scene.receiver.told(reference).filter { $0.type == "refund.succeeded" }
            #expect(Set(told.compactMap { $0.message["refund"]?["amount"] }) == [600, 400])
        }
    }

    @Test func manyRefundsAtOnceAreNoMoreEither() async throws {
        try await SandboxScene.with { scene in
            let reference = try scene.paid("a", amount: 1_000)
            let statuses = Lock<[Int]>([])
            let port = scene.port
            let threads = try (0..<12).map { number in
                try OwnedThread(name: "refund") {
                    let body = #"{"amount":200,"currency":"EUR","key":"r-\#(number)"}"#
                    let answer = try? RawHTTPClient(port: port).exchange(
                        "POST", "/payments/\(reference)/refunds",
                        headers: ["Authorization: Bearer \(SandboxScene.key)", "Content-Type: application/json"],
                        body: body)
                    statuses.withLock { $0.append(answer?.status ?? 0) }
                }
            }
            for thread in threads { thread.join() }
            let all = statuses.withLock { $0 }
            #expect(all.filter { $0 == 201 }.count == 5 && all.filter { $0 == 409 }.count == 7, "\(all)")
            #expect(try scene.count("SELECT sum(amount)::bigint FROM sandbox.refund") == 1_000)
        }
    }

    @Test func nothingIsGivenBackOfWhatWasNotPaid() async throws {
        try await SandboxScene.with { scene in
            let open = try scene.made("a")
            #expect(try scene.refund(open, "r", 1).text.contains("not-paid"))
            let declined = try scene.made("b")
            #expect(try scene.pay(declined, #"{"outcome":"decline","reason":"no-funds"}"#).status == 200)
            #expect(try scene.refund(declined, "r", 1).text.contains("not-paid"))
            #expect(try scene.dispute(declined, "opened").text.contains("not-paid"))
            try scene.waitUntil("it is told") { !scene.receiver.told.isEmpty }
            let told = try #require(scene.receiver.told.first)
            #expect(told.type == "payment.failed" && told.message["payment"]?["reason"] == "no-funds")
        }
    }

    @Test func aRefundMayTakeItsTimeAndMayFail() async throws {
        try await SandboxScene.with(["REFUND_TIME": "2s", "FAILING_REFUNDS": "1"]) { scene in
            let reference = try scene.paid("a", amount: 1_000)
            let answer = try scene.refund(reference, "r", 1_000)
            #expect(answer.status == 201 && answer.text.contains(#""status":"pending""#))
            #expect(try scene.refund(reference, "s", 1).status == 409, "it is on its way")
            try scene.waitUntil("it is told") { scene.receiver.told.contains { $0.type == "refund.failed" } }
            let again = try scene.refund(reference, "r", 1_000)
            #expect(again.status == 200 && again.text.contains(#""reason":"account-closed""#))
            #expect(try scene.json("GET", "/payments/\(reference)").body["refunded"] == 0)
        }
    }

    @Test func aDisputeIsOpenedAndSettledOnce() async throws {
        try await SandboxScene.with { scene in
            let won = try scene.paid("a", amount: 1_000)
            let lost = try scene.paid("b", amount: 1_000)
            #expect(try scene.refund(won, "r", 300).status == 201)
            for status in ["won", "lost"] { #expect(try scene.dispute(won, status).status == 409) }
            for reference in [won, lost] {
                for _ in 0..<2 { #expect(try scene.dispute(reference, "opened").status == 200) }
                #expect(try scene.refund(reference, "s", 100).text.contains("disputed"))
            }
            #expect(try scene.dispute(won, "won").status == 200)
            #expect(try scene.dispute(lost, "lost").status == 200)
            #expect(try scene.dispute(won, "lost").status == 409)
            #expect(try scene.refund(won, "s", 100).status == 201)
            #expect(try scene.refund(lost, "s", 100).text.contains("disputed"))
            try scene.waitUntil("all is told") {
                scene.receiver.told(won).count == 5 && scene.receiver.told(lost).count == 3
            }
            let opened = scene.receiver.told(won).first { $0.type == "dispute.opened" }?.message["dispute"]
            #expect(opened?["amount"] == 700 && opened?["status"] == "opened")
            #expect(scene.receiver.told(lost).contains { $0.type == "dispute.lost" })
        }
    }
}
