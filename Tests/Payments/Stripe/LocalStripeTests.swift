internal import HTTPClient
internal import HTTPServer
internal import Runtime
internal import Sealing
internal import TestSupport
internal import Testing
internal import Ticketing
internal import Wire

@testable internal import Payments

/// The whole way with a peer that others wrote: payments are made, paid, declined, cancelled and refunded at
/// localstripe, and its webhooks come to a listener of ours.
@Suite struct LocalStripeTests {
    private static let secret = "whsec_local"

    /// localstripe, our listener, and a provider between them.
    private final class Scene: Sendable {
        let provider: StripeProvider
        let client: HTTPClient
        let url: String
        private let server: HTTPServer
        private let webhooks: Lock<[Webhook]>

        init(_ peer: Tool.Running) throws {
            let webhooks = Lock<[Webhook]>([])
            self.webhooks = webhooks
            var router = Router()
            router.post("/webhooks") { request in
                let headers = ["stripe-signature": request.header("stripe-signature") ?? ""]
                let webhook = Webhook(headers: headers, body: request.body, receivedAt: SystemTime().wall)
                webhooks.withLock { $0.append(webhook) }
                return Response(.ok)
            }
            server = try HTTPServer(listeners: [Listener("webhooks", port: 0, router: router)])
            client = try HTTPClient()
            var port = ""
            try wait {
                let line = try peer.output().split(separator: "\n").first { $0.hasPrefix("port ") }
                port = line.map { String($0.dropFirst(5)) } ?? ""
                return !port.isEmpty
            }
            url = "http://127.0.0.1:\(port)"
            var account = StripeAccount(
                key: Secret("sk_test_12345"), webhookKeys: [try HMACKey(Array(LocalStripeTests.secret.utf8))])
            account.url = url
            account.methods = .card
            provider = StripeProvider(account, caller: client)
            let (client, url) = (client, url)
            // Its port is there before its loop is.
            try wait { (try? client.send(HTTPCall(.get, url + "/v1/balance"))) != nil }
            try post(
                "/_config/webhooks/test",
                [
                    ("url", "http://127.0.0.1:\(server.port(of: "webhooks"))/webhooks"),
                    ("secret", LocalStripeTests.secret),
                ])
        }

        func stop() {
            client.close()
            server.stop(within: .zero)
        }

        /// What the buyer's browser does.
        @discardableResult
        func post(_ path: String, _ fields: [(String, String)], status: Int = 200) throws -> JSONValue {
            var form = FormText()
            for (name, value) in fields { form.add(name, value) }
            let answer = try client.send(
                HTTPCall(
                    .post, url + path,
                    headers: [
                        ("Authorization", "Bearer sk_test_12345"),
                        ("Content-Type", "application/x-www-form-urlencoded"),
                    ], body: form.bytes))
            #expect(answer.status == status, "\(path): \(String(decoding: answer.body, as: UTF8.self))")
            return (try? JSONValue(parsing: answer.body)) ?? nil
        }

        func pay(_ reference: String, card: String, status: Int = 200) throws {
            let method = try post(
                "/v1/payment_methods",
                [
                    ("type", "card"), ("card[number]", card), ("card[exp_month]", "12"), ("card[exp_year]", "2040"),
                    ("card[cvc]", "123"),
                ])
            let id = try #require(method["id"]?.text)
            try post("/v1/payment_intents/\(reference)", [("payment_method", id)])
            try post("/v1/payment_intents/\(reference)/confirm", [], status: status)
        }

        /// The webhook about this payment, as soon as it is there.
        func webhook(about reference: String) throws -> Webhook {
            var found: Webhook?
            try wait {
                found = webhooks.withLock { webhooks in
                    webhooks.first { String(decoding: $0.body, as: UTF8.self).contains(reference) }
                }
                return found != nil
            }
            return try #require(found)
        }
    }

    private func withScene(_ body: @escaping @Sendable (Scene) throws -> Void) async throws {
        try await onThread {
            let peer = try Tool.start(try Peers.python(), [Peers.script("localstripe_server.py")])
            defer { peer.stop() }
            let scene = try Scene(peer)
            defer { scene.stop() }
            try body(scene)
        }
    }

    @Test func aPaymentIsMadePaidAndRefunded() async throws {
        try await withScene { scene in
            let made = try scene.provider.create(try Sample.order())
            guard case .open(.some(let clientSecret), nil) = made.state else {
                Issue.record("\(made)")
                return
            }
            #expect(clientSecret.hasPrefix(made.reference))
            #expect(try scene.provider.fetch(made.reference).state == made.state)

            try scene.pay(made.reference, card: "4242424242424242")
            let message = try scene.provider.read(try scene.webhook(about: made.reference))
            let money = try Sample.money(8_900)
            #expect(message.about == ProviderMessage.About(subject: Sample.subject, reference: made.reference))
            #expect(message.news == .payment(.succeeded(money)))
            let paid = try scene.provider.fetch(made.reference)
            #expect(try paid.state == .succeeded(money) && paid.refunded == Sample.money(0))
            // Too late: the answer says what the buyer did.
            #expect(try scene.provider.cancel(made.reference, key: "k").state == .succeeded(money))

            let refund = try scene.provider.refund(try Sample.refund(made.reference))
            #expect(refund.state == .succeeded && refund.reference.hasPrefix("re_"))
            #expect(try scene.provider.fetch(made.reference).refunded == Sample.money(900))
        }
    }

    @Test func aPaymentIsDeclined() async throws {
        try await withScene { scene in
            let made = try scene.provider.create(try Sample.order())
            try scene.pay(made.reference, card: "4000000000000341", status: 402)
            let message = try scene.provider.read(try scene.webhook(about: made.reference))
            #expect(message.about.subject == Sample.subject)
            #expect(message.news == .payment(.failed(reason: "card_declined")))
            #expect(try scene.provider.fetch(made.reference).state == .failed(reason: "card_declined"))
            let order = try Sample.refund(made.reference)
            #expect(try refusal { () throws(ProviderError) in try scene.provider.refund(order) }.code == .never)
        }
    }

    @Test func aPaymentIsCancelled() async throws {
        try await withScene { scene in
            let made = try scene.provider.create(try Sample.order())
            #expect(try scene.provider.cancel(made.reference, key: "k").state == .cancelled)
            #expect(try scene.provider.cancel(made.reference, key: "k").state == .cancelled)
            #expect(try scene.provider.fetch(made.reference).state == .cancelled)
        }
    }

    @Test func whatItDoesNotKnowIsUnknown() async throws {
        try await withScene { scene in
            let order = try Sample.refund("pi_nothing")
            let provider = scene.provider
            #expect(try refusal { () throws(ProviderError) in try provider.fetch("pi_nothing") }.code == .unknown)
            #expect(
                try refusal { () throws(ProviderError) in try provider.cancel("pi_nothing", key: "k") }.code == .unknown
            )
            #expect(try refusal { () throws(ProviderError) in try provider.refund(order) }.code == .unknown)
        }
    }

    @Test func itsWebhooksAreRefusedWhenTheyAreTouched() async throws {
        try await withScene { scene in
            let made = try scene.provider.create(try Sample.order())
            try scene.pay(made.reference, card: "4242424242424242")
            let webhook = try scene.webhook(about: made.reference)
            #expect(try scene.provider.read(webhook).about.reference == made.reference)
            let value = try JSONValue(parsing: webhook.body)
            for (body, age, code) in [
                (value.bytes, Duration.zero, WebhookRefusal.Code.wrongSignature),
                (Array(webhook.body.dropLast()), .zero, .wrongSignature), (webhook.body, .seconds(400), .stale),
                (
                    Array(String(decoding: webhook.body, as: UTF8.self).replacing("8900", with: "8901").utf8), .zero,
                    .wrongSignature
                ),
            ] {
                let other = Webhook(headers: webhook.headers, body: body, receivedAt: webhook.receivedAt + age)
                #expect(refusal(of: other, by: scene.provider) == code)
            }
        }
    }
}
