internal import Ticketing
internal import Wire

/// An event of PayPal's, as a message of ours.
enum PayPalMessage {
    /// The buyer has approved: `fetch` captures the order now.
    static let approved = "CHECKOUT.ORDER.APPROVED"

    static func read(_ body: [UInt8]) throws(WebhookRefusal) -> ProviderMessage {
        guard let event = try? JSONValue(parsing: body), let id = event["id"]?.word,
            let kind = event["event_type"]?.word, let resource = event["resource"]
        else { throw WebhookRefusal(.malformed, "this is no event of PayPal's") }
        guard let (about, news) = content(kind, resource) else {
            throw WebhookRefusal(.malformed, "a \(kind) without what it must have")
        }
        return ProviderMessage(id: id, about: about, news: news)
    }

    /// nil for what cannot be read.
    private static func content(
        _ kind: String, _ resource: JSONValue
    ) -> (ProviderMessage.About, ProviderMessage.News)? {
        switch kind {
        case approved:
            guard let reference = resource["id"]?.word else { return nil }
            let custom = resource["purchase_units"]?.elements.first?["custom_id"]
            return (about(custom, reference), .other(kind: kind))
        case "PAYMENT.CAPTURE.COMPLETED":
            guard let money = PayPalObjects.money(resource["amount"]) else { return nil }
            return (ofCapture(resource), .payment(.succeeded(money)))
        case "PAYMENT.CAPTURE.DENIED", "PAYMENT.CAPTURE.DECLINED":
            let reason = resource.at("status_details", "reason")?.word ?? resource["status"]?.word ?? "DENIED"
            return (ofCapture(resource), .payment(.failed(reason: Label(reason))))
        case "PAYMENT.CAPTURE.REFUNDED": return refund(resource)
        case "CUSTOMER.DISPUTE.CREATED", "CUSTOMER.DISPUTE.RESOLVED", "CUSTOMER.DISPUTE.UPDATED":
            return dispute(resource, kind)
        default:
            return (about(resource["custom_id"], nil), .other(kind: kind))
        }
    }

    private static func about(_ custom: JSONValue?, _ reference: String?) -> ProviderMessage.About {
        let subject = custom?.text.flatMap { PayPalCustomId.parse($0) }?.subject
        return ProviderMessage.About(subject: subject, reference: reference)
    }

    private static func ofCapture(_ capture: JSONValue) -> ProviderMessage.About {
        about(capture["custom_id"], capture.at("supplementary_data", "related_ids", "order_id")?.word)
    }

    /// One of ours has its number behind the payment's ids; one that was made on PayPal's own page has the payment's at
    /// best.
    private static func refund(_ refund: JSONValue) -> (ProviderMessage.About, ProviderMessage.News)? {
        guard let reference = refund["id"]?.word, let money = PayPalObjects.money(refund["amount"]) else { return nil }
        let ids = refund["custom_id"]?.text.flatMap { PayPalCustomId.parse($0) }
        let order = refund.at("supplementary_data", "related_ids", "order_id")?.word
        let about = ProviderMessage.About(subject: ids?.subject, reference: order)
        switch PayPalObjects.state(refund["status"]?.text ?? "COMPLETED") {
        case .succeeded: return (about, .refund(ids?.refund, reference: reference, money, .succeeded))
        case .failed(let reason):
            return (about, .refund(ids?.refund, reference: reference, money, .failed(reason: Label(reason))))
        case .pending: return (about, .other(kind: "PAYMENT.CAPTURE.REFUNDED"))
        }
    }

    /// A dispute knows the capture, by its name and by the ids beside it, and not the order.
    private static func dispute(
        _ dispute: JSONValue, _ kind: String
    ) -> (ProviderMessage.About, ProviderMessage.News)? {
        guard let reference = dispute["dispute_id"]?.word, let money = PayPalObjects.money(dispute["dispute_amount"])
        else { return nil }
        let step: ProviderMessage.Dispute? =
            switch (kind, dispute.at("dispute_outcome", "outcome_code")?.text) {
            case ("CUSTOMER.DISPUTE.CREATED", _): .opened
            case ("CUSTOMER.DISPUTE.RESOLVED", "RESOLVED_BUYER_FAVOUR"), ("CUSTOMER.DISPUTE.RESOLVED", "ACCEPTED"):
                .lost
            case ("CUSTOMER.DISPUTE.RESOLVED", "RESOLVED_SELLER_FAVOUR"),
                ("CUSTOMER.DISPUTE.RESOLVED", "RESOLVED_WITH_PAYOUT"), ("CUSTOMER.DISPUTE.RESOLVED", "DENIED"),
                ("CUSTOMER.DISPUTE.RESOLVED", "CANCELED_BY_BUYER"):
                .won
            default: nil
            }
        let news: ProviderMessage.News = step.map { .dispute(reference: reference, money, $0) } ?? .other(kind: kind)
        let transaction = dispute["disputed_transactions"]?.elements.first
        return (about(transaction?["custom"], transaction?["seller_transaction_id"]?.word), news)
    }
}

extension ProviderMessage {
    /// The provider waits for us: `fetch` of this payment now moves the money. Else the next poll does.
    public var wantsFetch: Bool { news == .other(kind: PayPalMessage.approved) }
}
