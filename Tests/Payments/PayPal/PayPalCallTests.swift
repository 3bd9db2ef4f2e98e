internal import Certificates
internal import HTTPClient
internal import Runtime
internal import TestSupport
internal import Testing
internal import Ticketing
internal import Wire

@testable internal import Payments

/// What PayPal is asked, and what its answers mean: against a stub in PayPal's shapes (see there), not PayPal.
@Suite struct PayPalCallTests {
    private static let id = "5O190127TN364715T"
    private static let folder = "/v2/checkout/orders"

    static func account() throws -> PayPalAccount {
        PayPalAccount(
            client: "client", secret: Secret("hunter2"), webhooks: ["WH-1"], roots: try CertificateRoots([]))
    }

    private func withStub(
        _ body: @escaping @Sendable (PayPalProvider, PayPalStub, ManualTime) throws -> Void
    ) async throws {
        try await onThread {
            let stub = try PayPalStub()
            defer { stub.stop() }
            let client = try HTTPClient()
            defer { client.close() }
            let time = ManualTime()
            var account = try Self.account()
            account.url = stub.url
            account.returnURL = "https://shop.test/back"
            try body(PayPalProvider(account, caller: client, time: time), stub, time)
        }
    }

    // MARK: The way of a payment

    @Test func anOrderIsMadeApprovedCapturedAndRefunded() async throws {
        try await withStub { provider, stub, _ in
            let made = try provider.create(try Sample.order(8_905))
            let page = "https://www.paypal.test/checkoutnow?token=\(Self.id)"
            #expect(made == ProviderPayment(reference: Self.id, state: .open(clientSecret: nil, payUrl: page)))
            let sent = try #require(stub.requests.last)
            #expect(sent.key == "key-1" && sent.authorization == "Bearer token-1")
            #expect(sent.body?["intent"] == "CAPTURE")
            let unit = sent.body?["purchase_units"]?.elements.first
            #expect(unit?["amount"] == ["currency_code": "EUR", "value": "89.05"])
            #expect(unit?["custom_id"] == .string(PayPalCustomId.text(Sample.subject)))
            #expect(sent.body?.at("application_context", "return_url") == "https://shop.test/back")
            #expect(sent.body?.at("application_context", "cancel_url") == nil)

            #expect(try provider.fetch(Self.id).state == .open(clientSecret: nil, payUrl: page))
            #expect(!stub.paths().contains { $0.hasSuffix("capture") })
            stub.set { $0.status = "APPROVED" }
            let money = try Sample.money(8_905)
            #expect(try provider.fetch(Self.id).state == .succeeded(money))
            #expect(stub.requests.last?.path == "\(Self.folder)/\(Self.id)/capture" && stub.requests.last?.key == nil)
            #expect(try provider.fetch(Self.id).state == .succeeded(money))
            #expect(stub.paths().filter { $0.hasSuffix("capture") }.count == 1)
            #expect(try provider.cancel(Self.id, key: "k").state == .succeeded(money))

            let refund = try provider.refund(try Sample.refund(Self.id))
            #expect(refund.state == .succeeded)
            let asked = try #require(stub.requests.last)
            #expect(asked.path == "/v2/payments/captures/3C679366HH908993F/refund" && asked.key == "key-2")
            #expect(asked.body?["amount"] == ["currency_code": "EUR", "value": "9.00"])
            #expect(asked.body?["custom_id"] == .string(PayPalCustomId.text(Sample.refund, of: Sample.subject)))
            // The same again is the same refund.
            #expect(try provider.refund(try Sample.refund(Self.id)) == refund)
            #expect(try provider.fetch(Self.id).refunded == Sample.money(900))
            // All of it with one token.
            #expect(stub.paths().filter { $0 == "/v1/oauth2/token" }.count == 1)
        }
    }

    @Test func cancelReportsAndCapturesNothing() async throws {
        try await withStub { provider, stub, _ in
            _ = try provider.create(try Sample.order())
            #expect(try provider.cancel(Self.id, key: "k").state == .cancelled)
            stub.set { $0.status = "APPROVED" }
            #expect(try provider.cancel(Self.id, key: "k").state == .cancelled)
            #expect(!stub.paths().contains { $0.hasSuffix("capture") })
            // What PayPal has forgotten, nobody pays.
            #expect(try provider.cancel("9X", key: "k").state == .cancelled)
            stub.set { state in
                state.status = "COMPLETED"
                state.captures = [PayPalStub.capture(state, status: "PENDING")]
            }
            #expect(try refusal { () throws(ProviderError) in try provider.cancel(Self.id, key: "k") }.code == .later)
        }
    }

    @Test func captureMayFail() async throws {
        try await withStub { provider, stub, _ in
            _ = try provider.create(try Sample.order())
            stub.set { $0.status = "APPROVED" }
            let path = "\(Self.folder)/\(Self.id)/capture"
            stub.set { $0.instead[path] = (422, PayPalStub.refusal("INSTRUMENT_DECLINED")) }
            #expect(try provider.fetch(Self.id).state == .failed(reason: "INSTRUMENT_DECLINED"))
            stub.set { $0.instead[path] = (422, PayPalStub.refusal("PAYER_ACTION_REQUIRED")) }
            guard case .open = try provider.fetch(Self.id).state else {
                Issue.record("not open")
                return
            }
            for (status, body, code) in [
                (422, PayPalStub.refusal("SOMETHING_NEW"), ProviderError.Code.never), (500, nil, .later),
                (429, ["name": "RATE_LIMIT_REACHED"], .later), (404, ["name": "RESOURCE_NOT_FOUND"], .unknown),
            ] as [(Int, JSONValue, ProviderError.Code)] {
                stub.set { $0.instead[path] = (status, body) }
                let error = try refusal { () throws(ProviderError) in try provider.fetch(Self.id) }
                #expect(error.code == code && !error.reason.contains("Jane"))
            }
            // Somebody else has captured it in between.
            stub.set { state in
                state.captures = []
                state.instead[path] = (422, PayPalStub.refusal("ORDER_ALREADY_CAPTURED"))
            }
            #expect(try provider.fetch(Self.id).reference == Self.id)
        }
    }

    @Test(arguments: [
        ("COMPLETED", true, Int64?.some(0)), ("PARTIALLY_REFUNDED", true, 0), ("REFUNDED", true, 8_900),
        ("PENDING", false, 0), ("DECLINED", false, 0), ("FAILED", false, 0),
    ])
    func capturesAre(status: String, isPaid: Bool, refunded: Int64?) async throws {
        try await withStub { provider, stub, _ in
            _ = try provider.create(try Sample.order())
            stub.set { state in
                state.status = "COMPLETED"
                state.captures = [PayPalStub.capture(state, status: status)]
            }
            let payment = try provider.fetch(Self.id)
            let money = try Sample.money(8_900)
            switch status {
            case "PENDING": #expect(payment.state == .open(clientSecret: nil, payUrl: nil))
            case "DECLINED", "FAILED": #expect(payment.state == .failed(reason: status))
            default: #expect(isPaid && payment.state == .succeeded(money))
            }
            #expect(try payment.refunded == refunded.map { try Sample.money($0) })
        }
    }

    @Test func whatWasNeverCapturedIsNotRefunded() async throws {
        try await withStub { provider, _, _ in
            _ = try provider.create(try Sample.order())
            let order = try Sample.refund(Self.id)
            #expect(try refusal { () throws(ProviderError) in try provider.refund(order) }.code == .never)
            let missing = try Sample.refund("9X")
            #expect(try refusal { () throws(ProviderError) in try provider.refund(missing) }.code == .unknown)
        }
    }

    // MARK: Tokens

    @Test func aTokenIsRenewedBeforeItEndsAndWhenItIsRefused() async throws {
        try await withStub { provider, stub, time in
            _ = try provider.create(try Sample.order())
            time.advance(by: .seconds(32_400 - 61))
            _ = try provider.fetch(Self.id)
            #expect(stub.state.withLock { $0.tokens } == 1)
            time.advance(by: .seconds(1))
            _ = try provider.fetch(Self.id)
            #expect(stub.state.withLock { $0.tokens } == 2)
            // PayPal takes it back: the call is made again with another.
            stub.set { $0.tokens = 7 }
            #expect(try provider.fetch(Self.id).reference == Self.id)
            #expect(stub.state.withLock { $0.tokens } == 8)
        }
    }

    @Test func aRefusedLoginIsForLater() async throws {
        try await withStub { provider, stub, _ in
            stub.set { $0.instead["/v1/oauth2/token"] = (401, ["error": "invalid_client"]) }
            let order = try Sample.order()
            let error = try refusal { () throws(ProviderError) in try provider.create(order) }
            #expect(error == ProviderError(.later, "no token: 401 invalid_client"))
            let login = try #require(stub.requests.first?.authorization)
            // client:hunter2
            #expect(login == "Basic Y2xpZW50Omh1bnRlcjI=")
        }
    }

    @Test func longKeysAreShortened() async throws {
        try await withStub { provider, stub, _ in
            let long = String(repeating: "k", count: 109)
            _ = try provider.create(try Sample.order(key: long))
            #expect(stub.requests.last?.key?.utf8.count == 64)
            _ = try provider.create(try Sample.order(key: String(long.dropLast())))
            #expect(stub.requests.last?.key == String(long.dropLast()))
        }
    }

    // MARK: Amounts and ids

    @Test(arguments: [
        ("EUR", 8_905, "89.05"), ("EUR", 5, "0.05"), ("EUR", 100, "1.00"), ("JPY", 500, "500"), ("HUF", 12_300, "123"),
        ("TWD", 100, "1"), ("KWD", 1_234, "1.234"), ("USD", Int64.max, "92233720368547758.07"),
    ])
    func amountsAreWritten(currency: String, amount: Int64, text: String) throws {
        let money = try Sample.money(amount, currency)
        #expect(PayPalAmount.text(money) == text)
        #expect(PayPalAmount.money(text, currency) == money)
    }

    @Test func amountsThatPayPalDoesNotTake() throws {
        #expect(PayPalAmount.text(try Sample.money(12_345, "HUF")) == nil)
        #expect(PayPalAmount.text(try Sample.money(-1)) == nil)
        for (text, amount) in [("1", Int64(100)), ("1.5", 150), ("1.500", 150), ("007.10", 710), ("0", 0), ("5.", 500)]
        {
            #expect(try PayPalAmount.money(text, "EUR") == Sample.money(amount), "\(text)")
        }
        #expect(try PayPalAmount.money("500.00", "JPY") == Sample.money(500, "JPY"))
        for text in [
            "", ".5", "-1", "1.505", "1e3", "1,5", "1.5.0", " 1", "99999999999999999999", "922337203685477580.08",
        ] {
            #expect(PayPalAmount.money(text, "EUR") == nil, "\(text)")
        }
        #expect(PayPalAmount.money("1", "euro") == nil)
    }

    @Test func idsFitBesideAnOrder() throws {
        let text = PayPalCustomId.text(Sample.subject)
        #expect(text.utf8.count == 100)
        let parsed = try #require(PayPalCustomId.parse(text))
        #expect(parsed.subject == Sample.subject && parsed.refund == nil)
        let refund = PayPalCustomId.text(Sample.refund, of: Sample.subject)
        #expect(refund.utf8.count == 106 && refund.hasPrefix(text))
        let both = try #require(PayPalCustomId.parse(refund))
        #expect(both.subject == Sample.subject && both.refund == Sample.refund)
        // Of another payment: then only the payment is named.
        #expect(
            PayPalCustomId.text(RefundId(command: CommandId(high: 1, low: 1), index: 1), of: Sample.subject) == text)
        for other in [
            "", "order-1", String(text.dropLast()), text + "0", String(repeating: "!", count: 100),
            String(repeating: "z", count: 100), refund.dropLast() + "-",
        ] {
            #expect(PayPalCustomId.parse(String(other)) == nil, "\(other)")
        }
    }
}
