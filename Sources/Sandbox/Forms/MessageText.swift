internal import Runtime
internal import Ticketing
internal import Wire

/// What is told of a payment: its JSON is written once, so that each delivery has the same bytes.
struct MessageText: Sendable {
    enum Kind: Hashable, Sendable {
        case paymentSucceeded, paymentFailed, paymentCancelled, refundSucceeded, refundFailed
        case dispute(StoredDispute.Status)
    }

    let kind: Kind
    let payment: StoredPayment
    let refund: StoredRefund?

    init(_ kind: Kind, _ payment: StoredPayment, refund: StoredRefund? = nil) {
        self.kind = kind
        self.payment = payment
        self.refund = refund
    }

    var type: String {
        switch kind {
        case .paymentSucceeded: "payment.succeeded"
        case .paymentFailed: "payment.failed"
        case .paymentCancelled: "payment.cancelled"
        case .refundSucceeded: "refund.succeeded"
        case .refundFailed: "refund.failed"
        case .dispute(let status): "dispute.\(status.rawValue)"
        }
    }

    func json(id: String, at time: Timestamp) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("id")
        writer.string(id)
        writer.key("type")
        writer.string(type)
        writer.key("createdAt")
        writer.time(Time(microseconds: time.microseconds))
        writer.key("payment")
        writer.payment(payment, payUrl: nil)
        if let refund {
            writer.key("refund")
            writer.refund(refund)
        }
        if case .dispute = kind, let dispute = payment.dispute {
            writer.key("dispute")
            writer.dispute(dispute, currency: payment.order.currency)
        }
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

extension JSONWriter {
    /// - Parameter payUrl: nil where it is nobody's business.
    mutating func payment(_ payment: StoredPayment, payUrl: String?) {
        beginObject()
        key("reference")
        string(payment.reference)
        key("status")
        string(payment.status.rawValue)
        if let payUrl {
            key("payUrl")
            string(payUrl)
        }
        object("subject") { writer in
            for (name, id) in [
                ("tenant", payment.order.tenant), ("event", payment.order.event), ("payment", payment.order.payment),
                ("reservation", payment.order.reservation),
            ] as [(StaticString, String)] {
                writer.key(name)
                writer.string(id)
            }
        }
        money(payment.order.amount, payment.order.currency)
        // What is being processed is nobody's business before it is in effect.
        if payment.status == .succeeded {
            key("captured")
            integer(payment.captured)
            key("refunded")
            integer(payment.refunded)
        }
        if payment.status == .failed, let reason = payment.reason {
            key("reason")
            string(reason)
        }
        if let dispute = payment.dispute {
            key("dispute")
            self.dispute(dispute, currency: payment.order.currency)
        }
        key("createdAt")
        time(Time(microseconds: payment.createdAt.microseconds))
        endObject()
    }

    mutating func refund(_ refund: StoredRefund) {
        beginObject()
        key("reference")
        string(refund.reference)
        if let id = refund.refund {
            key("refund")
            string(id)
        }
        key("status")
        string(refund.status.rawValue)
        money(refund.amount, refund.currency)
        if refund.status == .failed, let reason = refund.reason {
            key("reason")
            string(reason)
        }
        endObject()
    }

    mutating func dispute(_ dispute: StoredDispute, currency: String) {
        beginObject()
        key("reference")
        string(dispute.reference)
        key("status")
        string(dispute.status.rawValue)
        money(dispute.amount, currency)
        endObject()
    }

    private mutating func money(_ amount: Int64, _ currency: String) {
        key("amount")
        integer(amount)
        key("currency")
        string(currency)
    }
}
