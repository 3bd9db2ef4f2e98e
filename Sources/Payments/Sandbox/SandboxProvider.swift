public import HTTPClient
public import Runtime
internal import Ticketing
internal import Wire

/// The provider of our own: `turnstile-sandbox`, over HTTP.
public struct SandboxProvider: PaymentProvider {
    public let name = "sandbox"

    private let url: String
    private let key: Secret
    private let signature: SandboxSignature
    private let caller: any HTTPCaller

    /// - Returns: nil where there is no sandbox: it has neither a key nor a secret then.
    public init?(_ section: SandboxSection, caller: any HTTPCaller) throws {
        guard let key = section.key, let signature = try SandboxSignature(section.webhookSecrets) else { return nil }
        url = section.url
        self.key = key
        self.signature = signature
        self.caller = caller
    }

    // MARK: asking

    public func create(_ order: PaymentOrder) throws(ProviderError) -> ProviderPayment {
        var body = JSONWriter()
        body.beginObject()
        body.object("subject") { writer in
            writer.key("tenant")
            writer.id(order.subject.tenant)
            writer.key("event")
            writer.id(order.subject.event)
            writer.key("payment")
            writer.id(ScopedId(order.subject.event, order.subject.payment))
            writer.key("reservation")
            writer.id(ScopedId(order.subject.event, order.subject.reservation))
        }
        body.money(order.money, key: order.key)
        body.endObject()
        return try payment(try ask(.post, "/payments", body.bytes))
    }

    public func fetch(_ reference: String) throws(ProviderError) -> ProviderPayment {
        try payment(try ask(.get, "/payments/\(try Self.checked(reference))"))
    }

    public func cancel(_ reference: String, key: String) throws(ProviderError) -> ProviderPayment {
        var body = JSONWriter()
        body.beginObject()
        body.key("key")
        body.string(key)
        body.endObject()
        return try payment(try ask(.post, "/payments/\(try Self.checked(reference))/cancel", body.bytes))
    }

    public func refund(_ order: RefundOrder) throws(ProviderError) -> ProviderRefund {
        var body = JSONWriter()
        body.beginObject()
        body.key("refund")
        body.id(ScopedId(order.subject.event, order.refund))
        body.money(order.money, key: order.key)
        body.endObject()
        let answer = try ask(.post, "/payments/\(try Self.checked(order.reference))/refunds", body.bytes)
        guard let refund = SandboxReader.refund(answer), let state = refund.state else { throw Self.unreadable }
        return ProviderRefund(reference: refund.reference, state: state)
    }

    private func payment(_ answer: [UInt8]) throws(ProviderError) -> ProviderPayment {
        guard let payment = SandboxReader.payment(answer), let state = payment.state else { throw Self.unreadable }
        return ProviderPayment(
            reference: payment.reference, state: state, refunded: Money(payment.refunded, payment.money.currency))
    }

    private static let unreadable = ProviderError(.later, "the sandbox answered with something else")

    /// It becomes part of a path.
    private static func checked(_ reference: String) throws(ProviderError) -> String {
        let isOne = reference.utf8.count <= 100 && reference.wholeMatch(of: #/[A-Za-z0-9_]+/#) != nil
        guard isOne else { throw ProviderError(.unknown, "the sandbox has no such references") }
        return reference
    }

    /// - Returns: the body of an answer that says that it was done.
    private func ask(
        _ method: HTTPCall.Method, _ path: String, _ body: [UInt8] = []
    ) throws(ProviderError) -> [UInt8] {
        var headers = [(name: "Authorization", value: "Bearer \(key.exposed)"), ("Accept", "application/json")]
        if !body.isEmpty { headers.append(("Content-Type", "application/json")) }
        let answer: HTTPAnswer
        do throws(HTTPCallError) {
            answer = try caller.send(HTTPCall(method, url + path, headers: headers, body: body))
        } catch {
            throw ProviderError(error.code == .invalid ? .never : .later, "the sandbox: \(error)")
        }
        switch answer.status {
        case 200..<300: return answer.body
        case 404: throw ProviderError(.unknown, Self.reason(answer))
        // A key that is wrong is set right again, and what is too much at once is not later.
        case 401, 403, 408, 425, 429: throw ProviderError(.later, Self.reason(answer))
        case 400..<500: throw ProviderError(.never, Self.reason(answer))
        default: throw ProviderError(.later, Self.reason(answer))
        }
    }

    /// Its code, and nothing that somebody else could have put there.
    private static func reason(_ answer: HTTPAnswer) -> String {
        let code = (try? JSONValue(parsing: answer.body))?["code"]?.text
        let isCode = code.map { $0.utf8.count <= 64 && $0.wholeMatch(of: #/[a-z-]+/#) != nil } ?? false
        return "the sandbox answered \(answer.status)" + (isCode ? " \(code ?? "")" : "")
    }

    // MARK: being told

    public func read(_ webhook: Webhook) throws(WebhookRefusal) -> ProviderMessage {
        try signature.check(
            webhook.headers[SandboxSignature.header], of: webhook.body, at: webhook.receivedAt)
        guard let message = SandboxReader.message(webhook.body), let news = Self.news(message) else {
            throw WebhookRefusal(.malformed, "The body is none of the sandbox's messages.")
        }
        return ProviderMessage(
            id: message.id,
            about: ProviderMessage.About(subject: message.payment.subject, reference: message.payment.reference),
            news: news)
    }

    /// nil for a message that lacks what its type needs.
    private static func news(_ message: SandboxMessage) -> ProviderMessage.News? {
        let payment = message.payment
        switch message.type {
        case "payment.succeeded": return .payment(.succeeded(Money(payment.captured, payment.money.currency)))
        case "payment.failed": return .payment(.failed(reason: Label(payment.reason ?? "declined")))
        case "payment.cancelled": return .payment(.cancelled)
        case "refund.succeeded":
            return message.refund.map { .refund($0.refund, reference: $0.reference, $0.money, .succeeded) }
        case "refund.failed":
            return message.refund.map { refund in
                let reason = Label(refund.reason ?? "refused")
                return .refund(refund.refund, reference: refund.reference, refund.money, .failed(reason: reason))
            }
        case "dispute.opened": return dispute(message, .opened)
        case "dispute.won": return dispute(message, .won)
        case "dispute.lost": return dispute(message, .lost)
        default: return .other(kind: message.type)
        }
    }

    private static func dispute(
        _ message: SandboxMessage, _ dispute: ProviderMessage.Dispute
    ) -> ProviderMessage.News? {
        message.dispute.map { .dispute(reference: $0.reference, $0.money, dispute) }
    }
}

extension JSONWriter {
    fileprivate mutating func money(_ money: Money, key: String) {
        self.key("amount")
        integer(money.amount)
        self.key("currency")
        currency(money.currency)
        self.key("key")
        string(key)
    }
}
