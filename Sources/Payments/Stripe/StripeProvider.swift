public import HTTPClient
internal import Runtime
internal import Ticketing
internal import Wire

/// Stripe: a payment is a PaymentIntent, which the buyer pays in a form of Stripe's within the shop's page.
///
/// Stripe does once what it is asked under one key, for a day at least.
public struct StripeProvider: PaymentProvider {
    public var name: String { "stripe" }

    private let account: StripeAccount
    private let caller: any HTTPCaller

    public init(_ account: StripeAccount, caller: any HTTPCaller) {
        self.account = account
        self.caller = caller
    }

    public func create(_ order: PaymentOrder) throws(ProviderError) -> ProviderPayment {
        var form = FormText()
        try addMoney(order.money, to: &form)
        form.add("currency", StripeAmount.code(order.money.currency))
        switch account.methods {
        case .automatic: form.add("automatic_payment_methods[enabled]", "true")
        case .card: form.add("payment_method_types[]", "card")
        }
        StripeMetadata.add(order.subject, to: &form)
        return try payment(try post("/v1/payment_intents", form, key: order.key))
    }

    public func fetch(_ reference: String) throws(ProviderError) -> ProviderPayment {
        // With the charge, which says what went back.
        try payment(try send(.get, try path(of: reference) + "?expand%5B%5D=latest_charge"))
    }

    public func cancel(_ reference: String, key: String) throws(ProviderError) -> ProviderPayment {
        let path = try path(of: reference)
        do throws(ProviderError) {
            // Without the key: cancelled twice is cancelled, and a refusal for now must not be the answer for the day.
            return try payment(try post("\(path)/cancel", FormText(), key: nil))
        } catch  where error.code == .never {
            // It was paid or cancelled before.
            let payment = try fetch(reference)
            if case .open = payment.state { throw ProviderError(.later, "the payment is under way: \(error.reason)") }
            return payment
        }
    }

    public func refund(_ order: RefundOrder) throws(ProviderError) -> ProviderRefund {
        guard let intent = pathPart(order.reference) else { throw ProviderError(.unknown, "no name of an intent") }
        var form = FormText()
        form.add("payment_intent", intent)
        try addMoney(order.money, to: &form)
        StripeMetadata.add(order.refund, of: order.subject, to: &form)
        guard let refund = StripeObjects.refund(try post("/v1/refunds", form, key: order.key)) else {
            throw .unreadable("refund")
        }
        return refund
    }

    public func read(_ webhook: Webhook) throws(WebhookRefusal) -> ProviderMessage {
        try StripeSignature.check(webhook, account.webhookKeys, tolerance: account.tolerance)
        return try StripeMessage.read(webhook.body)
    }

    // MARK: Calls

    private func addMoney(_ money: Money, to form: inout FormText) throws(ProviderError) {
        guard money.amount > 0, let number = StripeAmount.number(money) else {
            throw ProviderError(.never, "Stripe takes no such amount of \(money.currency)")
        }
        form.add("amount", "\(number)")
    }

    private func path(of reference: String) throws(ProviderError) -> String {
        guard let intent = pathPart(reference) else { throw ProviderError(.unknown, "no name of an intent") }
        return "/v1/payment_intents/\(intent)"
    }

    private func payment(_ answer: JSONValue) throws(ProviderError) -> ProviderPayment {
        guard let payment = StripeObjects.payment(answer) else { throw .unreadable("payment intent") }
        return payment
    }

    private func post(_ path: String, _ form: FormText, key: String?) throws(ProviderError) -> JSONValue {
        try send(.post, path, form: form, key: key)
    }

    private func send(
        _ method: HTTPCall.Method, _ path: String, form: FormText? = nil, key: String? = nil
    ) throws(ProviderError) -> JSONValue {
        var call = HTTPCall(method, account.url + path, body: form?.bytes ?? [])
        call.headers = [
            ("Authorization", "Bearer \(account.key.exposed)"), ("Stripe-Version", StripeAccount.version),
            ("Accept", "application/json"),
        ]
        if form != nil { call.headers.append(("Content-Type", "application/x-www-form-urlencoded")) }
        if let key { call.headers.append(("Idempotency-Key", key)) }
        let answer: HTTPAnswer
        do throws(HTTPCallError) { answer = try caller.send(call) } catch { throw ProviderError(error) }
        let body = try? JSONValue(parsing: answer.body)
        guard answer.status == 200 else { throw StripeFailure.error(answer, body) }
        guard let body else { throw .unreadable("JSON") }
        return body
    }
}
