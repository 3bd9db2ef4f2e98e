import Payments
import Pipeline
import Postgres
import RabbitMQ
import Runtime
import TestSupport
import Testing
import Ticketing
import Wire

/// What an ingress believes of what is posted as a provider's message, and what becomes of it.
@Suite(.serialized) struct WebhookRouteTests {
    @Test func whatIsSignedIsDecidedAndWhatIsNotIsRefusedAndCounted() async throws {
        try await WebhookScene.with { scene in
            let open = try scene.open()
            let body = WebhookScene.paid("msg_1", open.json)
            let before = try scene.journaled(open)
            let good = try WebhookScene.signature(of: body)
            // None; by a stranger; of another body; nothing that can be read.
            let forged = [
                ("", body, "missing-signature"),
                (try WebhookScene.signature(of: body, secret: "guessed"), body, "wrong-signature"),
                (good, body.replacing("2000", with: "2001"), "wrong-signature"),
                ("t=1,v1=zz", body, "wrong-signature"),
            ]
            for (signature, body, outcome) in forged {
                let count = try scene.counted(outcome)
                let answer = try scene.tell(body, signature: signature)
                #expect(answer.status == 400 && answer.code == "invalid-request", "\(answer.text)")
                #expect(try scene.counted(outcome) == count + 1, "\(outcome)")
            }
            // Signed, and yet nothing that the sandbox sends.
            let malformed = try scene.tell("{}")
            #expect(malformed.status == 400)
            #expect(try scene.counted("malformed") == 1)
            #expect(try scene.journaled(open) == before)

            let answer = try scene.tell(body, signature: good)
            #expect(answer.status == 200 && answer["received"] == "1", "\(answer.text)")
            try scene.settle(open)
            #expect(try scene.captured() == 2_000)
            #expect(try scene.counted("taken") == 1)
            #expect(try scene.ingress.drain() == 0)
        }
    }

    @Test func whileTheSecretIsChangedEitherIsBelieved() async throws {
        try await WebhookScene.with { scene in
            let open = try scene.open()
            let body = WebhookScene.paid("msg_1", open.json)
            let second = try WebhookScene.signature(of: body, secret: WebhookScene.secondSecret)
            #expect(try scene.tell(body, signature: second).status == 200)
            try scene.settle(open)
            #expect(try scene.captured() == 2_000)
        }
    }

    @Test func whatWasSignedLongAgoIsStale() async throws {
        try await WebhookScene.with { scene in
            let open = try scene.open()
            let body = WebhookScene.paid("msg_1", open.json)
            for age in [Duration.seconds(310), .seconds(-310)] {
                let answer = try scene.tell(body, signature: try WebhookScene.signature(of: body, age: age))
                #expect(answer.status == 400 && answer.code == "invalid-request", "\(answer.text)")
            }
            #expect(try scene.counted("stale") == 2)
            let late = try WebhookScene.signature(of: body, age: .seconds(240))
            #expect(try scene.tell(body, signature: late).status == 200)
        }
    }

    @Test func aFloodOfForgeriesIsNotListenedToAndTheProviderIs() async throws {
        try await WebhookScene.with { scene in
            let open = try scene.open()
            let body = WebhookScene.paid("msg_1", open.json)
            var limited: ShopClient.Answer?
            for number in 0..<60 where limited == nil {
                // Whatever it says that it passes on, the gateway's word about it is the last.
                let origin = "198.51.100.\(number), 192.0.2.66"
                let answer = try scene.tell(body, signature: "t=1,v1=00", from: origin)
                if answer.status == 429 { limited = answer } else { #expect(answer.status == 400) }
            }
            let answer = try #require(limited, "a forger may go on for ever")
            #expect(answer.code == "rate-limited")
            #expect((answer[header: "Retry-After"].flatMap { Int($0) } ?? 0) >= 1)
            #expect(try scene.counted("limited") == 1)
            #expect(try scene.tell(body, from: "192.0.2.1").status == 200)
            // It cannot have somebody else limited in its stead.
            let framed = try scene.tell(body, signature: "t=1,v1=00", from: "192.0.2.1, 192.0.2.66")
            #expect(framed.status == 429)
            try scene.settle(open)
            #expect(try scene.captured() == 2_000)
        }
    }

    @Test func theSameMessageIsDecidedOnce() async throws {
        try await WebhookScene.with { scene in
            let open = try scene.open()
            let body = WebhookScene.paid("msg_1", open.json)
            let before = try scene.journaled(open)
            for _ in 0..<2 { #expect(try scene.tell(body).status == 200) }
            try scene.settle(open)
            for _ in 0..<2 { #expect(try scene.tell(body).status == 200) }
            try scene.settle(open)
            // It and what settled twice.
            #expect(try scene.journaled(open) == before + 3)
            #expect(try scene.captured() == 2_000)
            #expect(try scene.shop.seats.count("SELECT count(*) FROM ledger WHERE what = 'captured'") == 1)
            #expect(try scene.shop.seats.count("SELECT count(*) FROM refund") == 0)
        }
    }

    @Test func aMessageAboutNothingIsKept() async throws {
        try await WebhookScene.with { scene in
            let body = WebhookScene.paid("msg_1", nil, reference: "sp_nobody")
            for _ in 0..<2 {
                let answer = try scene.tell(body)
                #expect(answer.status == 200 && answer["received"] == "1", "\(answer.text)")
            }
            let strays = try scene.shop.seats.withConnection { connection in
                try connection.query("SELECT message, news, reference, amount, currency FROM stray_message")
                    .decode((String, String, String, Int64, String).self)
            }
            #expect(strays.count == 1)
            let stray = try #require(strays.first)
            #expect(stray == ("msg_1", "payment-succeeded", "sp_nobody", 2_000, "EUR"))
            #expect(try scene.counted("stray") == 2)
            // Ids that are none say nothing; its name for the payment might.
            let others = WebhookScene.paid(
                "msg_2", #"{"tenant":"x","event":"x","payment":"x","reservation":"x"}"#, reference: "sp_nobody")
            #expect(try scene.tell(others).status == 200)
            #expect(try scene.shop.seats.count("SELECT count(*) FROM stray_message") == 2)
        }
    }

    /// Its ids are of an event that is there, and nobody here has made such a payment.
    @Test func moneyOfAPaymentThatIsNotThereIsAnIncident() async throws {
        try await WebhookScene.with { scene in
            let open = try scene.open()
            let unknown = ScopedId<Kinds.Payment>(
                open.subject.event, PaymentId(command: CommandId(high: 0xBAD, low: 1), index: 0))
            let known = ScopedId(open.subject.event, open.subject.payment)
            let body = WebhookScene.paid("msg_1", open.json.replacing(known.text, with: unknown.text))
            #expect(try scene.tell(body).status == 200)
            try scene.settle(open)
            #expect(try scene.captured() == 0)
            #expect(try scene.shop.seats.count("SELECT count(*) FROM incident WHERE amount = 2000") == 1)
            #expect(
                try scene.shop.seats.count(
                    "SELECT count(*) FROM ledger WHERE what = 'incident' AND target = 'incidents' AND amount = 2000")
                    == 1)
        }
    }

    @Test func aMessageWithoutIdsFindsItsPaymentByItsName() async throws {
        try await WebhookScene.with { scene in
            let open = try scene.open()
            let subject = open.subject
            try scene.shop.seats.withConnection { connection in
                _ = try connection.execute(
                    """
                    INSERT INTO provider_payment (
                        event, payment, payment_index, tenant, reservation, reservation_index, provider, reference)
                    VALUES ($1, $2, $3, $4, $5, $6, 'sandbox', 'sp_known')
                    """, subject.event.uuid, subject.payment.uuid, subject.payment.number, subject.tenant.uuid,
                    subject.reservation.uuid, subject.reservation.number)
            }
            #expect(try scene.tell(WebhookScene.paid("msg_1", nil, reference: "sp_known")).status == 200)
            try scene.settle(open)
            #expect(try scene.captured() == 2_000)
            #expect(try scene.counted("stray") == 0)
        }
    }

    @Test func whatIsOfNoInterestTooLargeOrOfNobody() async throws {
        try await WebhookScene.with { scene in
            let body = WebhookScene.paid("msg_1", nil)
            let other = body.replacing("payment.succeeded", with: "payment.pondered")
            let ignored = try scene.tell(other)
            #expect(ignored.status == 200 && ignored["ignored"] == "1", "\(ignored.text)")
            #expect(try scene.counted("ignored") == 1)
            let large = try scene.tell(body + String(repeating: " ", count: 256 << 10), signature: "t=1,v1=00")
            #expect(large.status == 413 && large.code == "body-too-large", "\(large.text)")
            for name in ["nobody", "stripe", "Sandbox"] {
                let answer = try scene.tell(body, at: name)
                #expect(answer.status == 404 && answer.code == "not-found", "\(name): \(answer.text)")
            }
            #expect(try scene.provider.get("/v1/webhooks/sandbox").status == 405)
            #expect(try scene.shop.seats.count("SELECT count(*) FROM stray_message") == 0)
        }
    }

    @Test func whileTheBrokerIsAwayTheProviderIsToSendAgain() async throws {
        try await ShopScene.with { shop in
            let server = try ConnectionSettings(url: shop.seats.brokerURL).port
            let proxy = try FaultProxy(to: server)
            defer { proxy.stop() }
            let url = shop.seats.brokerURL.replacing(":\(server)/", with: ":\(proxy.port)/")
            let scene = try WebhookScene(shop, ["TURNSTILE_RABBITMQ_URL": url])
            let open = try scene.open()
            let body = WebhookScene.paid("msg_1", open.json)
            proxy.refuse()
            try shop.seats.waitUntil("the ingress knows") { try scene.provider.get("/readyz").status == 503 }
            let answer = try scene.tell(body)
            #expect(answer.status == 503 && answer[header: "Retry-After"] != nil, "\(answer.text)")
            #expect(try scene.captured() == 0)
            proxy.forward()
            try shop.seats.waitUntil("the message is taken") { try scene.tell(body).status == 200 }
            try shop.seats.waitUntil("the money is there") { try scene.captured() == 2_000 }
        }
    }

    /// What is about nothing is only taken when it is safely kept.
    @Test func aStrayMessageIsNotTakenWhileTheDatabaseIsAway() async throws {
        try await ShopScene.with { shop in
            let server = try #require(shop.seats.database.hosts.first?.port)
            let proxy = try FaultProxy(to: try #require(UInt16(exactly: server)))
            defer { proxy.stop() }
            let url = shop.seats.databaseURL.replacing(":\(server)/", with: ":\(proxy.port)/")
            let scene = try WebhookScene(shop, ["TURNSTILE_POSTGRES_URL": url])
            let body = WebhookScene.paid("msg_1", nil, reference: "sp_nobody")
            proxy.refuse()
            let answer = try scene.tell(body)
            #expect(answer.status == 503 && answer[header: "Retry-After"] != nil, "\(answer.text)")
            proxy.forward()
            try shop.seats.waitUntil("the message is taken") { try scene.tell(body).status == 200 }
            #expect(try shop.seats.count("SELECT count(*) FROM stray_message") == 1)
        }
    }
}
