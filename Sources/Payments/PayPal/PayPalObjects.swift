internal import Ticketing
internal import Wire

/// PayPal's objects, read.
enum PayPalObjects {
    static func money(_ amount: JSONValue?) -> Money? {
        guard let value = amount?["value"]?.text, let code = amount?["currency_code"]?.text else { return nil }
        return PayPalAmount.money(value, code)
    }

    /// An order has one purchase, and that one capture at most: that is how ours are made.
    static func capture(_ order: JSONValue) -> JSONValue? {
        order["purchase_units"]?.elements.first?.at("payments", "captures")?.elements.first
    }

    static func payment(_ order: JSONValue) -> ProviderPayment? {
        guard let reference = order["id"]?.word, let status = order["status"]?.text else { return nil }
        guard let capture = capture(order) else {
            let state: ProviderPayment.State =
                status == "VOIDED" ? .cancelled : .open(clientSecret: nil, payUrl: payURL(order))
            return ProviderPayment(reference: reference, state: state)
        }
        guard let captured = capture["status"]?.text, let money = money(capture["amount"]) else { return nil }
        let state: ProviderPayment.State =
            switch captured {
            case "COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED": .succeeded(money)
            case "DECLINED", "FAILED": .failed(reason: captured)
            // Under way at PayPal: its end will be told.
            default: .open(clientSecret: nil, payUrl: nil)
            }
        return ProviderPayment(
            reference: reference, state: state, refunded: captured == "REFUNDED" ? money : refunded(order, money))
    }

    private static func refunded(_ order: JSONValue, _ captured: Money) -> Money? {
        let refunds = order["purchase_units"]?.elements.first?.at("payments", "refunds")?.elements ?? []
        var sum: Int64 = 0
        for refund in refunds where ["COMPLETED", "PENDING"].contains(refund["status"]?.text) {
            guard let money = money(refund["amount"]), money.currency == captured.currency else { return nil }
            let (more, overflow) = sum.addingReportingOverflow(money.amount)
            if overflow { return nil }
            sum = more
        }
        return Money(sum, captured.currency)
    }

    private static func payURL(_ order: JSONValue) -> String? {
        let links = order["links"]?.elements ?? []
        let link = links.first { ["approve", "payer-action"].contains($0["rel"]?.text) }
        return link?["href"]?.text.flatMap { $0.utf8.count <= 2_048 ? $0 : nil }
    }

    static func refund(_ refund: JSONValue) -> ProviderRefund? {
        guard let reference = refund["id"]?.word, let status = refund["status"]?.text else { return nil }
        return ProviderRefund(reference: reference, state: state(status))
    }

    static func state(_ status: String) -> ProviderRefund.State {
        switch status {
        case "COMPLETED": .succeeded
        case "FAILED", "CANCELLED": .failed(reason: status)
        default: .pending
        }
    }
}
