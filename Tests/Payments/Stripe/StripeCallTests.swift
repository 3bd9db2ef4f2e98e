internal import HTTPClient
internal import Runtime
internal import Sealing
internal import Testing
internal import Ticketing
internal import Wire

@testable internal import Payments

/// What Stripe is asked, and what its answers mean.
@Suite struct StripeCallTests {
    static let intent = """
        {"id": "pi_1", "object": "payment_intent", "amount": 8900, "amount_received": 0, "currency": "eur",
         "client_secret": "pi_1_secret_x", "status": "requires_payment_method", "last_payment_error": null,
         "latest_charge": null, "metadata": {}}
        """

    private func provider(
        _ caller: ScriptedCaller, _ change: (inout StripeAccount) -> Void = { _ in }
    ) throws -> StripeProvider {
        var account = StripeAccount(key: Secret("sk_test_1"), webhookKeys: [try HMACKey(Array("whsec_1".utf8))])
        account.url = "http://stripe.test"
        change(&account)
        return StripeProvider(account, caller: caller)
    }

    private func intent(_ change: (String, String)...) -> String {
        change.reduce(Self.intent) { $0.replacing($1.0, with: $1.1) }
    }

    // MARK: Requests

    @Test func createAsksForAnIntent() throws {
        let caller = ScriptedCaller((200, Self.intent))
        let payment = try provider(caller).create(try Sample.order())
        #expect(payment.reference == "pi_1" && payment.refunded == nil)
        #expect(payment.state == .open(clientSecret: "pi_1_secret_x", payUrl: nil))
        let call = try #require(caller.calls.first)
        #expect(call.method == .post && call.url == "http://stripe.test/v1/payment_intents")
        #expect(call["Authorization"] == "Bearer sk_test_1" && call["Idempotency-Key"] == "key-1")
        #expect(call["Content-Type"] == "application/x-www-form-urlencoded")
        #expect(call["Stripe-Version"] == "2024-06-20")
        let tenant = Sample.tenant.text
        #expect(
            call.text.hasPrefix(
                "amount=8900&currency=eur&automatic_payment_methods%5Benabled%5D=true&metadata%5Btenant%5D=\(tenant)&"))
        #expect(call.text.contains("metadata%5Bpayment%5D=\(Sample.paymentText)&metadata%5Breservation%5D=rsv_"))
    }

    @Test func cardsAloneWhereTheAccountSaysSo() throws {
        let caller = ScriptedCaller((200, Self.intent))
        _ = try provider(caller) { $0.methods = .card }.create(try Sample.order())
        #expect(caller.calls[0].text.contains("&payment_method_types%5B%5D=card&"))
        #expect(!caller.calls[0].text.contains("automatic"))
    }

    @Test func refundNamesItsPaymentAndItself() throws {
        let caller = ScriptedCaller((200, #"{"id": "re_1", "status": "pending", "amount": 900}"#))
        let refund = try provider(caller).refund(try Sample.refund("pi_1"))
        #expect(refund == ProviderRefund(reference: "re_1", state: .pending))
        let call = caller.calls[0]
        #expect(call.url == "http://stripe.test/v1/refunds" && call["Idempotency-Key"] == "key-2")
        #expect(call.text.hasPrefix("payment_intent=pi_1&amount=900&metadata"))
        #expect(call.text.hasSuffix("metadata%5Brefund%5D=\(Sample.refundText)"))
    }

    @Test(arguments: [
        ("EUR", 8_900, 8_900), ("JPY", 500, 500), ("KWD", 5_120, 5_120), ("ISK", 5, 500), ("UGX", 5, 500),
        ("MGA", 500, 5), ("HUF", 12_345, 12_345), ("XOF", 7, 7),
    ])
    func amountsAreAsStripeCountsThem(currency: String, ours: Int64, theirs: Int64) throws {
        let money = try Sample.money(ours, currency)
        #expect(StripeAmount.number(money) == theirs)
        #expect(StripeAmount.money(theirs, currency.lowercased()) == money)
        let caller = ScriptedCaller((200, Self.intent))
        _ = try provider(caller).create(try Sample.order(ours, currency))
        #expect(caller.calls[0].text.hasPrefix("amount=\(theirs)&currency=\(currency.lowercased())&"))
    }

    @Test(arguments: [("KWD", 5_123), ("MGA", 501), ("EUR", 0), ("EUR", -1), ("ISK", Int64.max)])
    func amountsThatStripeDoesNotTake(currency: String, amount: Int64) throws {
        let caller = ScriptedCaller((200, Self.intent))
        let provider = try provider(caller)
        let (order, refund) = (try Sample.order(amount, currency), try Sample.refund("pi_1", amount, currency))
        #expect(try refusal { () throws(ProviderError) in try provider.create(order) }.code == .never)
        #expect(try refusal { () throws(ProviderError) in try provider.refund(refund) }.code == .never)
        #expect(caller.calls.isEmpty)
    }

    @Test(arguments: ["", "../refunds", "pi_1/cancel", "pi 1", "pi_1?x", "pi_ü", String(repeating: "a", count: 256)])
    func namesThatBreakOutAreUnknown(reference: String) throws {
        let caller = ScriptedCaller((200, Self.intent))
        let provider = try provider(caller)
        let order = try Sample.refund(reference)
        #expect(try refusal { () throws(ProviderError) in try provider.fetch(reference) }.code == .unknown)
        #expect(try refusal { () throws(ProviderError) in try provider.cancel(reference, key: "k") }.code == .unknown)
        #expect(try refusal { () throws(ProviderError) in try provider.refund(order) }.code == .unknown)
        #expect(caller.calls.isEmpty)
    }

    // MARK: Answers

    @Test func fetchSaysWhatStripeSays() throws {
        let charge = #"{"id": "ch_1", "amount_refunded": 900, "currency": "eur"}"#
        let error = #"{"type": "card_error", "code": "card_declined", "decline_code": "insufficient_funds"}"#
        let eur = try Sample.money(8_900)
        let cases: [(String, ProviderPayment.State, Int64?)] = [
            (
                intent(
                    ("requires_payment_method", "succeeded"), (#""amount_received": 0"#, #""amount_received": 8900"#),
                    (#""latest_charge": null"#, #""latest_charge": \#(charge)"#)), .succeeded(eur), 900
            ),
            (intent(("requires_payment_method", "succeeded"), (#""amount_received": 0,"#, "")), .succeeded(eur), nil),
            (intent(("requires_payment_method", "canceled")), .cancelled, nil),
            (intent(("requires_payment_method", "processing")), .open(clientSecret: "pi_1_secret_x", payUrl: nil), nil),
            (
                intent(("requires_payment_method", "requires_action")),
                .open(clientSecret: "pi_1_secret_x", payUrl: nil), nil
            ),
            (
                intent((#""last_payment_error": null"#, #""last_payment_error": \#(error)"#)),
                .failed(reason: "insufficient_funds"), nil
            ),
        ]
        for (body, state, refunded) in cases {
            let caller = ScriptedCaller((200, body))
            let payment = try provider(caller).fetch("pi_1")
            #expect(payment.state == state)
            #expect(try payment.refunded == refunded.map { try Sample.money($0) })
            #expect(caller.calls[0].url == "http://stripe.test/v1/payment_intents/pi_1?expand%5B%5D=latest_charge")
            #expect(caller.calls[0]["Idempotency-Key"] == nil)
        }
    }

    @Test(arguments: [
        (400, #"{"error": {"type": "invalid_request_error", "param": "amount"}}"#, ProviderError.Code.never),
        (400, #"{"error": {"type": "idempotency_error"}}"#, .never),
        (400, #"{"error": {"type": "invalid_request_error", "code": "resource_missing"}}"#, .unknown),
        (401, #"{"error": {"type": "invalid_request_error"}}"#, .later), (402, "{}", .never), (403, "{}", .later),
        (404, "{}", .unknown), (409, "{}", .later), (424, "{}", .later), (429, "{}", .later), (500, "", .later),
        (502, "<html>", .later), (503, "{}", .later), (302, "", .later), (200, "<html>", .later), (200, "{}", .later),
        (200, #"{"id": "pi_1"}"#, .later),
    ])
    func refusals(status: Int, body: String, code: ProviderError.Code) throws {
        let provider = try provider(ScriptedCaller((status, body)))
        let (order, refund) = (try Sample.order(), try Sample.refund("pi_1"))
        #expect(try refusal { () throws(ProviderError) in try provider.create(order) }.code == code)
        #expect(try refusal { () throws(ProviderError) in try provider.fetch("pi_1") }.code == code)
        #expect(try refusal { () throws(ProviderError) in try provider.refund(refund) }.code == code)
    }

    @Test func stripeMaySayThatItPasses() throws {
        let provider = try provider(
            ScriptedCaller { _ in
                HTTPAnswer(status: 400, headers: [("stripe-should-retry", "true")], body: Array("{}".utf8))
            })
        #expect(try refusal { () throws(ProviderError) in try provider.fetch("pi_1") }.code == .later)
    }

    @Test func withoutAnAnswerItIsForLater() throws {
        for code in HTTPCallError.Code.allCases {
            let provider = try provider(
                ScriptedCaller { _ throws(HTTPCallError) in throw HTTPCallError(code, "x", mayHaveArrived: true) })
            let error = try refusal { () throws(ProviderError) in try provider.fetch("pi_1") }
            #expect(error.code == (code == .invalid ? .never : .later))
        }
    }

    @Test func noWordsOfStripesAreKept() throws {
        let body = #"""
            {"error": {"type": "card_error", "code": "card_declined", "param": "amount",
             "message": "Jane Doe's key sk_test_1 is wrong"}}
            """#
        let provider = try provider(ScriptedCaller((402, body)))
        let error = try refusal { () throws(ProviderError) in try provider.fetch("pi_1") }
        #expect(error.reason == "402 card_error card_declined amount")
    }

    // MARK: Cancel

    @Test func cancelIsSentWithoutAKey() throws {
        let caller = ScriptedCaller((200, intent(("requires_payment_method", "canceled"))))
        #expect(try provider(caller).cancel("pi_1", key: "k").state == .cancelled)
        #expect(caller.calls[0].url == "http://stripe.test/v1/payment_intents/pi_1/cancel")
        #expect(caller.calls[0]["Idempotency-Key"] == nil && caller.calls.count == 1)
    }

    @Test func aFasterBuyerIsTold() throws {
        let refused = (400, #"{"error": {"code": "payment_intent_unexpected_state"}}"#)
        let paid = intent(
            ("requires_payment_method", "succeeded"), (#""amount_received": 0"#, #""amount_received": 8900"#))
        let eur = try Sample.money(8_900)
        #expect(try provider(ScriptedCaller(refused, (200, paid))).cancel("pi_1", key: "k").state == .succeeded(eur))
        let cancelled = (200, intent(("requires_payment_method", "canceled")))
        #expect(try provider(ScriptedCaller(refused, cancelled)).cancel("pi_1", key: "k").state == .cancelled)
        // Neither one nor the other yet.
        let processing = (200, intent(("requires_payment_method", "processing")))
        let underWay = try provider(ScriptedCaller(refused, processing))
        #expect(try refusal { () throws(ProviderError) in try underWay.cancel("pi_1", key: "k") }.code == .later)
        let missing = try provider(ScriptedCaller((404, "{}")))
        #expect(try refusal { () throws(ProviderError) in try missing.cancel("pi_1", key: "k") }.code == .unknown)
    }

    @Test(arguments: [
        ("succeeded", "", ProviderRefund.State.succeeded), ("pending", "", .pending), ("requires_action", "", .pending),
        ("failed", #", "failure_reason": "lost_or_stolen_card""#, .failed(reason: "lost_or_stolen_card")),
        ("canceled", "", .failed(reason: "canceled")),
    ])
    func refundsAre(status: String, more: String, state: ProviderRefund.State) throws {
        let caller = ScriptedCaller((200, #"{"id": "re_1", "status": "\#(status)"\#(more)}"#))
        #expect(try provider(caller).refund(try Sample.refund("pi_1")).state == state)
    }
}
