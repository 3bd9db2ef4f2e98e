public import HTTPClient
public import Runtime
internal import Ticketing
internal import Wire

/// PayPal: a payment is an order, which the buyer approves on PayPal's page. Approved is not paid: the money moves when
/// the order is captured, and that `fetch` does.
///
/// PayPal does once what it is asked under one key, for six hours at least.
public struct PayPalProvider: PaymentProvider {
    public var name: String { "paypal" }

    private let account: PayPalAccount
    private let session: PayPalSession
    private let signatures: PayPalSignatures

    public init(_ account: PayPalAccount, caller: any HTTPCaller, time: any TimeSource = SystemTime()) {
        self.account = account
        session = PayPalSession(account, caller: caller, time: time)
        signatures = PayPalSignatures(account, caller: caller)
    }

    public func create(_ order: PaymentOrder) throws(ProviderError) -> ProviderPayment {
        var body: [JSONMember] = [
            JSONMember("intent", "CAPTURE"),
            JSONMember(
                "purchase_units",
                [
                    [
                        "custom_id": .string(PayPalCustomId.text(order.subject)),
                        "amount": try amount(order.money),
                    ]
                ]),
        ]
        var page: [JSONMember] = [
            JSONMember("user_action", "PAY_NOW"), JSONMember("shipping_preference", "NO_SHIPPING"),
        ]
        if let url = account.returnURL { page.append(JSONMember("return_url", .string(url))) }
        if let url = account.cancelURL { page.append(JSONMember("cancel_url", .string(url))) }
        body.append(JSONMember("application_context", .object(page)))
        let made = try good(try session.send(.post, "/v2/checkout/orders", .object(body), key: order.key))
        return try payment(made)
    }

    public func fetch(_ reference: String) throws(ProviderError) -> ProviderPayment {
        let order = try self.order(reference)
        guard order["status"]?.text == "APPROVED", PayPalObjects.capture(order) == nil else {
            return try payment(order)
        }
        return try capture(reference, approved: order)
    }

    /// Without a key: an order is captured once, and a refusal for now must not be the answer for hours.
    private func capture(_ reference: String, approved order: JSONValue) throws(ProviderError) -> ProviderPayment {
        let reply = try session.send(.post, "\(try path(of: reference))/capture", .object([]))
        if reply.isGood { return try payment(try good(reply)) }
        let issue = reply.answer.status == 422 ? PayPalFailure.issue(reply.body) : nil
        switch issue {
        // Somebody else was faster.
        case "ORDER_ALREADY_CAPTURED": return try payment(try self.order(reference))
        case "ORDER_NOT_APPROVED", "PAYER_ACTION_REQUIRED": return try payment(order)
        case .some(let issue) where PayPalFailure.declines.contains(issue):
            return ProviderPayment(reference: reference, state: .failed(reason: issue))
        default: throw PayPalFailure.error(reply.answer, reply.body)
        }
    }

    /// PayPal has nothing to be told: an order that nobody captures takes no money, and ends by itself within hours.
    public func cancel(_ reference: String, key: String) throws(ProviderError) -> ProviderPayment {
        let payment: ProviderPayment
        do throws(ProviderError) { payment = try self.payment(try order(reference)) } catch
            where error.code == .unknown
        {
            return ProviderPayment(reference: reference, state: .cancelled)
        }
        guard case .open(_, let payUrl) = payment.state else { return payment }
        // Without a page to pay on, it is captured, and PayPal has not decided yet.
        if payUrl == nil { throw ProviderError(.later, "the payment is under way") }
        return ProviderPayment(reference: reference, state: .cancelled)
    }

    public func refund(_ order: RefundOrder) throws(ProviderError) -> ProviderRefund {
        // What is refunded is the capture, whose name the order knows.
        guard let capture = PayPalObjects.capture(try self.order(order.reference))?["id"]?.text.flatMap(pathPart) else {
            throw ProviderError(.never, "nothing was captured")
        }
        let body: JSONValue = [
            "amount": try amount(order.money),
            "custom_id": .string(PayPalCustomId.text(order.refund, of: order.subject)),
        ]
        let reply = try session.send(.post, "/v2/payments/captures/\(capture)/refund", body, key: order.key)
        guard let refund = PayPalObjects.refund(try good(reply)) else { throw .unreadable("refund") }
        return refund
    }

    public func read(_ webhook: Webhook) throws(WebhookRefusal) -> ProviderMessage {
        try signatures.check(webhook)
        return try PayPalMessage.read(webhook.body)
    }

    // MARK: Calls

    private func amount(_ money: Money) throws(ProviderError) -> JSONValue {
        guard money.amount > 0, let value = PayPalAmount.text(money) else {
            throw ProviderError(.never, "PayPal takes no such amount of \(money.currency)")
        }
        return ["currency_code": .string(money.currency.description), "value": .string(value)]
    }

    private func path(of reference: String) throws(ProviderError) -> String {
        guard let order = pathPart(reference) else { throw ProviderError(.unknown, "no name of an order") }
        return "/v2/checkout/orders/\(order)"
    }

    private func order(_ reference: String) throws(ProviderError) -> JSONValue {
        try good(try session.send(.get, try path(of: reference)))
    }

    private func good(_ reply: PayPalSession.Reply) throws(ProviderError) -> JSONValue {
        guard reply.isGood else { throw PayPalFailure.error(reply.answer, reply.body) }
        guard let body = reply.body else { throw .unreadable("JSON") }
        return body
    }

    private func payment(_ order: JSONValue) throws(ProviderError) -> ProviderPayment {
        guard let payment = PayPalObjects.payment(order) else { throw .unreadable("order") }
        return payment
    }
}
