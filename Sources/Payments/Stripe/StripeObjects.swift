internal import Ticketing
internal import Wire

/// Stripe's objects, read.
enum StripeObjects {
    /// A PaymentIntent.
    static func payment(_ intent: JSONValue) -> ProviderPayment? {
        guard let reference = intent["id"]?.word, let status = intent["status"]?.text else { return nil }
        let state: ProviderPayment.State
        switch status {
        case "succeeded":
            guard let money = captured(intent) else { return nil }
            state = .succeeded(money)
        case "canceled": state = .cancelled
        case "requires_payment_method" where isObject(intent["last_payment_error"]):
            state = .failed(reason: failure(intent))
        default:
            // To be paid, or being paid: its end will be told.
            state = .open(clientSecret: intent["client_secret"]?.word, payUrl: nil)
        }
        return ProviderPayment(reference: reference, state: state, refunded: refunded(intent))
    }

    /// What an intent brought: what was received, which only older peers leave out.
    static func captured(_ intent: JSONValue) -> Money? {
        guard let number = (intent["amount_received"] ?? intent["amount"])?.wholeNumber else { return nil }
        return intent["currency"]?.text.flatMap { StripeAmount.money(number, $0) }
    }

    /// Why it was not paid: a code of Stripe's, never its words, which are for the buyer.
    static func failure(_ intent: JSONValue) -> String {
        let error = intent["last_payment_error"]
        return error?["decline_code"]?.word ?? error?["code"]?.word ?? error?["type"]?.word ?? "payment_failed"
    }

    private static func refunded(_ intent: JSONValue) -> Money? {
        // There only where it was asked for: else a name stands in its place.
        guard let charge = intent["latest_charge"], let number = charge["amount_refunded"]?.wholeNumber else {
            return nil
        }
        return charge["currency"]?.text.flatMap { StripeAmount.money(number, $0) }
    }

    static func refund(_ refund: JSONValue) -> ProviderRefund? {
        guard let reference = refund["id"]?.word, let status = refund["status"]?.text else { return nil }
        return ProviderRefund(reference: reference, state: state(status, of: refund))
    }

    static func state(_ status: String, of refund: JSONValue) -> ProviderRefund.State {
        switch status {
        case "succeeded": .succeeded
        case "failed", "canceled": .failed(reason: refund["failure_reason"]?.word ?? status)
        default: .pending
        }
    }

    private static func isObject(_ value: JSONValue?) -> Bool {
        if case .object = value { true } else { false }
    }
}
