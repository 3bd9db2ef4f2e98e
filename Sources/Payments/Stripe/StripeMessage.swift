internal import Ticketing
internal import Wire

/// An event of Stripe's, as a message of ours.
enum StripeMessage {
    static func read(_ body: [UInt8]) throws(WebhookRefusal) -> ProviderMessage {
        guard let event = try? JSONValue(parsing: body), let id = event["id"]?.word, let kind = event["type"]?.word,
            let object = event.at("data", "object")
        else { throw WebhookRefusal(.malformed, "this is no event of Stripe's") }
        guard let (about, news) = content(kind, object) else {
            throw WebhookRefusal(.malformed, "a \(kind) without what it must have")
        }
        return ProviderMessage(id: id, about: about, news: news)
    }

    /// nil for what cannot be read.
    private static func content(
        _ kind: String, _ object: JSONValue
    ) -> (ProviderMessage.About, ProviderMessage.News)? {
        switch kind {
        case "payment_intent.succeeded":
            guard let money = StripeObjects.captured(object) else { return nil }
            return payment(object, .succeeded(money))
        case "payment_intent.payment_failed":
            return payment(object, .failed(reason: Label(StripeObjects.failure(object))))
        case "payment_intent.canceled": return payment(object, .cancelled)
        case "refund.created", "refund.updated", "refund.failed", "charge.refund.updated": return refund(object, kind)
        case "charge.refunded": return refundedCharge(object)
        case "charge.dispute.created", "charge.dispute.closed", "charge.dispute.funds_withdrawn":
            return dispute(object, kind)
        default:
            return (about(object, reference: nil), .other(kind: kind))
        }
    }

    private static func about(_ object: JSONValue, reference: JSONValue?) -> ProviderMessage.About {
        ProviderMessage.About(subject: StripeMetadata.subject(object), reference: reference?.word)
    }

    private static func payment(
        _ intent: JSONValue, _ result: PaymentResult
    ) -> (ProviderMessage.About, ProviderMessage.News)? {
        guard intent["id"]?.word != nil else { return nil }
        return (about(intent, reference: intent["id"]), .payment(result))
    }

    /// One of ours names the refund in its metadata. One that was made on Stripe's own page has none, and is found by
    /// the payment.
    private static func refund(
        _ refund: JSONValue, _ kind: String
    ) -> (ProviderMessage.About, ProviderMessage.News)? {
        guard let reference = refund["id"]?.word, let status = refund["status"]?.text,
            let number = refund["amount"]?.wholeNumber, let currency = refund["currency"]?.text,
            let money = StripeAmount.money(number, currency)
        else { return nil }
        let about = about(refund, reference: refund["payment_intent"])
        let id = StripeMetadata.refund(refund, of: about.subject)
        switch StripeObjects.state(status, of: refund) {
        case .succeeded: return (about, .refund(id, reference: reference, money, .succeeded))
        case .failed(let reason):
            return (about, .refund(id, reference: reference, money, .failed(reason: Label(reason))))
        case .pending: return (about, .other(kind: kind))
        }
    }

    /// It names its refunds in older versions of the interface alone; in later ones each refund has a message of its
    /// own, which says more.
    private static func refundedCharge(_ charge: JSONValue) -> (ProviderMessage.About, ProviderMessage.News)? {
        guard let newest = charge.at("refunds", "data")?.elements.first else {
            return (about(charge, reference: charge["payment_intent"]), .other(kind: "charge.refunded"))
        }
        guard let (about, news) = refund(newest, "charge.refunded") else { return nil }
        // The charge has the payment's metadata where the refund has none.
        let known = ProviderMessage.About(
            subject: about.subject ?? StripeMetadata.subject(charge),
            reference: about.reference ?? charge["payment_intent"]?.word)
        return (known, news)
    }

    private static func dispute(
        _ dispute: JSONValue, _ kind: String
    ) -> (ProviderMessage.About, ProviderMessage.News)? {
        guard let reference = dispute["id"]?.word, let status = dispute["status"]?.text,
            let number = dispute["amount"]?.wholeNumber, let currency = dispute["currency"]?.text,
            let money = StripeAmount.money(number, currency)
        else { return nil }
        let step: ProviderMessage.Dispute? =
            switch (kind, status) {
            // A question of the buyer's bank, which takes no money; nor does its end.
            case ("charge.dispute.created", _) where status.hasPrefix("warning_"): nil
            case ("charge.dispute.closed", "won"): .won
            case ("charge.dispute.closed", "lost"): .lost
            case ("charge.dispute.closed", _): nil
            default: .opened
            }
        let news: ProviderMessage.News = step.map { .dispute(reference: reference, money, $0) } ?? .other(kind: kind)
        return (about(dispute, reference: dispute["payment_intent"]), news)
    }
}
