internal import Glibc
internal import Postgres
internal import TestSupport
internal import Testing
internal import Wire

/// What the sandbox's customers ask it, over HTTP.
@Suite struct AskingTests {
    @Test func aKeyIsWantedOfCustomersAndNotOfBuyers() async throws {
        try await SandboxScene.with { scene in
            let reference = try scene.made("a")
            for key in [nil, "", "sandbox-ke", "sandbox-key2", "Sandbox-key"] {
                for (method, path, body) in [
                    ("POST", "/payments", SandboxScene.order("b")), ("GET", "/payments/\(reference)", ""),
                    ("POST", "/payments/\(reference)/cancel", "{}"),
                    ("POST", "/payments/\(reference)/refunds", "{}"),
                    ("POST", "/payments/\(reference)/disputes", #"{"status":"opened"}"#),
                ] {
                    let answer = try scene.ask(method, path, body, key: key)
                    #expect(answer.status == 401 && answer["WWW-Authenticate"] == "Bearer", "\(method) \(path)")
                }
            }
            #expect(try scene.status(of: reference) == "pending")
            #expect(try scene.ask("GET", "/pay/\(reference)", key: nil).status == 200)
        }
    }

    @Test func aKeyStandsForOnePaymentAndOneContent() async throws {
        try await SandboxScene.with { scene in
            let first = try scene.json("POST", "/payments", SandboxScene.order("a"))
            #expect(first.status == 201)
            let reference = try #require(first.body["reference"]?.text)
            #expect(reference.hasPrefix("sbx_"))
            #expect(first.body["status"]?.text == "pending")
            #expect(first.body["payUrl"]?.text == "\(scene.url)/pay/\(reference)")
            let second = try scene.json("POST", "/payments", SandboxScene.order("a"))
            #expect(second.status == 200 && second.body["reference"]?.text == reference)
            for other in [
                SandboxScene.order("a", amount: 2_000), SandboxScene.order("a", currency: "USD"),
                SandboxScene.order("a", tenant: "tnt_2"),
            ] {
                let refused = try scene.json("POST", "/payments", other)
                #expect(refused.status == 409 && refused.body["code"]?.text == "key-reused")
            }
            #expect(try scene.made("b") != reference)
            #expect(try scene.count("SELECT count(*) FROM sandbox.payment") == 2)
        }
    }

    @Test func whatCannotBeReadIsRefused() async throws {
        try await SandboxScene.with { scene in
            let reference = try scene.made("a")
            let good = SandboxScene.order("b")
            for (path, body) in [
                ("/payments", "{"), ("/payments", ""), ("/payments", "[]"),
                ("/payments", good.replacing("1999", with: "0")), ("/payments", good.replacing("1999", with: "-1")),
                ("/payments", good.replacing("1999", with: "1.5")), ("/payments", good.replacing("EUR", with: "euro")),
                ("/payments", good.replacing("\"key\":\"b\"", with: "\"key\":\"\"")),
                ("/payments", good.replacing("{\"subject\"", with: "{\"more\":1,\"subject\"")),
                ("/payments", good.replacing("\"tenant\"", with: "\"renter\"")),
                ("/payments/\(reference)/refunds", #"{"amount":1,"currency":"EUR"}"#),
                ("/payments/\(reference)/refunds", #"{"amount":0,"currency":"EUR","key":"k"}"#),
                ("/payments/\(reference)/disputes", #"{"status":"settled"}"#),
                ("/payments/\(reference)/cancel", #"{"why":"x"}"#),
                ("/pay/\(reference)", #"{"outcome":"maybe"}"#), ("/pay/\(reference)", "{}"),
                ("/pay/\(reference)", #"{"outcome":"succeed","copies":0}"#),
                ("/pay/\(reference)", #"{"outcome":"succeed","copies":21}"#),
                ("/pay/\(reference)", #"{"outcome":"succeed","afterSeconds":-1}"#),
                ("/pay/\(reference)", #"{"outcome":"succeed","amount":0}"#),
                ("/pay/\(reference)", #"{"outcome":"succeed","lose":"yes"}"#),
            ] {
                let answer = try scene.ask("POST", path, body.isEmpty ? " " : body)
                #expect(answer.status == 400, "\(path) \(body): \(answer.text)")
                #expect(answer["Content-Type"] == "application/problem+json")
            }
            let form = try scene.ask(
                "POST", "/pay/\(reference)", "outcome=steal", type: "application/x-www-form-urlencoded")
            #expect(form.status == 400)
            for path in ["/payments", "/pay/\(reference)"] {
                #expect(try scene.ask("POST", path, "<pay/>", type: "text/xml").status == 415)
            }
            #expect(try scene.ask("POST", "/payments", String(repeating: " ", count: 17 << 10)).status == 413)
            #expect(try scene.status(of: reference) == "pending")
        }
    }

    @Test func whatIsNotThereIsNotFound() async throws {
        try await SandboxScene.with { scene in
            for (method, path, body) in [
                ("GET", "/payments/sbx_none", ""), ("POST", "/payments/sbx_none/cancel", "{}"),
                ("POST", "/payments/sbx_none/refunds", #"{"amount":1,"currency":"EUR","key":"k"}"#),
                ("POST", "/payments/sbx_none/disputes", #"{"status":"opened"}"#),
                ("POST", "/pay/sbx_none", #"{"outcome":"succeed"}"#), ("GET", "/pay/sbx_none", ""),
            ] {
                let answer = try scene.ask(method, path, body)
                #expect(answer.status == 404, "\(method) \(path)")
            }
        }
    }

    @Test func nobodyPaysACancelledPaymentAndNobodyCancelsAPaidOne() async throws {
        try await SandboxScene.with { scene in
            let cancelled = try scene.made("a")
            for _ in 0..<2 {
                let answer = try scene.json("POST", "/payments/\(cancelled)/cancel", #"{"key":"c"}"#)
                #expect(answer.status == 200 && answer.body["status"]?.text == "cancelled")
            }
            let late = try scene.pay(cancelled, #"{"outcome":"succeed"}"#)
            #expect(late.status == 409 && late.text.contains("not-payable"))
            let paid = try scene.paid("b")
            let kept = try scene.json("POST", "/payments/\(paid)/cancel")
            #expect(kept.status == 200 && kept.body["status"]?.text == "succeeded")
            #expect(kept.body["captured"] == 1_999)
            try scene.waitUntil("both are told") { scene.receiver.told.count >= 2 }
            #expect(scene.receiver.told(cancelled).map(\.type) == ["payment.cancelled"])
            #expect(scene.receiver.told(paid).map(\.type) == ["payment.succeeded"])
        }
    }

    @Test func whatIsBeingProcessedIsNobodysToChange() async throws {
        try await SandboxScene.with { scene in
            let reference = try scene.made("a")
            let answer = try scene.pay(reference, #"{"outcome":"succeed","afterSeconds":2}"#)
            #expect(answer.status == 200 && answer.text.contains(#""status":"processing""#))
            #expect(!answer.text.contains("captured"))
            let cancelled = try scene.json("POST", "/payments/\(reference)/cancel")
            #expect(cancelled.status == 200 && cancelled.body["status"]?.text == "processing")
            #expect(try scene.pay(reference, #"{"outcome":"decline"}"#).status == 409)
            #expect(try scene.pay(reference, #"{"outcome":"succeed"}"#).status == 200, "the same again")
            #expect(try scene.refund(reference, "r", 1).status == 409)
            #expect(try scene.ask("GET", "/pay/\(reference)").text.contains("Your bank is checking this payment."))
            #expect(scene.receiver.told.isEmpty)
            try scene.waitUntil("it is told") { !scene.receiver.told.isEmpty }
            #expect(try scene.status(of: reference) == "succeeded")
            #expect(try scene.refund(reference, "r", 1).status == 201)
        }
    }

    @Test func whatIsAskedForOnceMoreAfterASwitchedFailureIsDoneOnce() async throws {
        try await SandboxScene.with(["FAILING": "0.5"]) { scene in
            var failures = 0
            for number in 0..<20 {
                while true {
                    let answer = try scene.ask("POST", "/payments", SandboxScene.order("key-\(number)"))
                    if answer.status < 300 { break }
                    #expect(answer.status == 503 && answer["Retry-After"] == "1")
                    failures += 1
                }
            }
            #expect(failures > 3)
            #expect(try scene.count("SELECT count(*) FROM sandbox.payment") == 20)
        }
    }
}
