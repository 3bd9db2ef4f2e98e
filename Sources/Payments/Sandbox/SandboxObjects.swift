internal import Runtime
internal import Ticketing
internal import Wire

/// A payment as the sandbox writes it, with a refund and a dispute where a message has one.
struct SandboxPayment {
    var reference: String
    var status: String
    var subject: PaymentSubject?
    var money: Money
    var captured: Int64
    var refunded: Int64
    var payUrl: String?
    var reason: String?

    var state: ProviderPayment.State? {
        switch status {
        // What is being processed will be one or the other.
        case "pending", "processing": .open(clientSecret: nil, payUrl: payUrl)
        case "succeeded": .succeeded(Money(captured, money.currency))
        case "failed": .failed(reason: reason ?? "declined")
        case "cancelled": .cancelled
        default: nil
        }
    }
}

struct SandboxRefund {
    var reference: String
    /// Nil for one that is none of ours.
    var refund: RefundId?
    var status: String
    var money: Money
    var reason: String?

    var state: ProviderRefund.State? {
        switch status {
        case "pending": .pending
        case "succeeded": .succeeded
        case "failed": .failed(reason: reason ?? "refused")
        default: nil
        }
    }
}

struct SandboxDispute {
    var reference: String
    var status: String
    var money: Money
}

/// What the sandbox tells.
struct SandboxMessage {
    var id: String
    var type: String
    var payment: SandboxPayment
    var refund: SandboxRefund?
    var dispute: SandboxDispute?
}

/// Reads what the sandbox writes. It may write more than is looked for here.
enum SandboxReader {
    static func payment(_ bytes: [UInt8]) -> SandboxPayment? { read(bytes) { $0.sandboxPayment(0) } }
    static func refund(_ bytes: [UInt8]) -> SandboxRefund? { read(bytes) { $0.sandboxRefund(0) } }
    static func message(_ bytes: [UInt8]) -> SandboxMessage? { read(bytes) { $0.sandboxMessage() } }

    private static func read<Value>(_ bytes: [UInt8], _ read: (inout Form) -> Value?) -> Value? {
        bytes.withUnsafeBytes { bytes in
            var tape = JSONTape()
            guard (try? tape.parse(bytes)) != nil else { return nil }
            var form = Form(bytes, tape)
            let value = read(&form)
            return form.problems.isEmpty ? value : nil
        }
    }
}

extension Form {
    private static var amounts: ClosedRange<Int64> { 0...1_000_000_000_000_000 }

    fileprivate mutating func sandboxMessage() -> SandboxMessage? {
        guard var message = object(0) else { return nil }
        let id = required("id", in: &message) { $0.text($1, 1...100) }
        let type = required("type", in: &message) { $0.text($1, 1...100) }
        let payment = required("payment", in: &message) { $0.sandboxPayment($1) }
        let refund = optional("refund", in: &message) { $0.sandboxRefund($1) }
        let dispute = optional("dispute", in: &message) { $0.sandboxDispute($1) }
        guard let id, let type, let payment else { return nil }
        return SandboxMessage(id: id, type: type, payment: payment, refund: refund, dispute: dispute)
    }

    fileprivate mutating func sandboxPayment(_ node: Int) -> SandboxPayment? {
        guard var payment = object(node) else { return nil }
        let reference = required("reference", in: &payment) { $0.text($1, 1...100) }
        let status = required("status", in: &payment) { $0.text($1, 1...100) }
        let subject = optional("subject", in: &payment) { $0.sandboxSubject($1) }
        let money = sandboxMoney(in: &payment)
        let captured = optional("captured", in: &payment) { $0.integer($1, Self.amounts) }
        let refunded = optional("refunded", in: &payment) { $0.integer($1, Self.amounts) }
        let payUrl = optional("payUrl", in: &payment) { $0.text($1, 1...2_048) }
        let reason = optional("reason", in: &payment) { $0.text($1, 1...255) }
        guard let reference, let status, let money else { return nil }
        return SandboxPayment(
            reference: reference, status: status, subject: subject.flatMap { $0 }, money: money,
            captured: captured ?? 0, refunded: refunded ?? 0, payUrl: payUrl, reason: reason)
    }

    private mutating func sandboxMoney(in object: inout Object) -> Money? {
        let amount = required("amount", in: &object) { $0.integer($1, Self.amounts) }
        let currency = required("currency", in: &object) { $0.currency($1) }
        guard let amount, let currency else { return nil }
        return Money(amount, currency)
    }

    /// Nil within for ids that are none of ours: whoever has the key may have made a payment for something else.
    private mutating func sandboxSubject(_ node: Int) -> PaymentSubject?? {
        guard var subject = object(node) else { return nil }
        let tenant = required("tenant", in: &subject) { $0.text($1, 0...255) }
        let event = required("event", in: &subject) { $0.text($1, 0...255) }
        let payment = required("payment", in: &subject) { $0.text($1, 0...255) }
        let reservation = required("reservation", in: &subject) { $0.text($1, 0...255) }
        guard let tenant, let event, let payment, let reservation else { return nil }
        return .some(PaymentSubject(tenant: tenant, event: event, payment: payment, reservation: reservation))
    }

    fileprivate mutating func sandboxRefund(_ node: Int) -> SandboxRefund? {
        guard var refund = object(node) else { return nil }
        let reference = required("reference", in: &refund) { $0.text($1, 1...100) }
        let ours = optional("refund", in: &refund) { $0.text($1, 0...255) }
        let status = required("status", in: &refund) { $0.text($1, 1...100) }
        let money = sandboxMoney(in: &refund)
        let reason = optional("reason", in: &refund) { $0.text($1, 1...255) }
        guard let reference, let status, let money else { return nil }
        return SandboxRefund(
            reference: reference, refund: ours.flatMap { ScopedId<Kinds.Refund>(text: $0)?.id }, status: status,
            money: money, reason: reason)
    }

    fileprivate mutating func sandboxDispute(_ node: Int) -> SandboxDispute? {
        guard var dispute = object(node) else { return nil }
        let reference = required("reference", in: &dispute) { $0.text($1, 1...100) }
        let status = required("status", in: &dispute) { $0.text($1, 1...100) }
        let money = sandboxMoney(in: &dispute)
        guard let reference, let status, let money else { return nil }
        return SandboxDispute(reference: reference, status: status, money: money)
    }
}

extension PaymentSubject {
    /// nil unless all four are ids, and of the same event.
    fileprivate init?(tenant: String, event: String, payment: String, reservation: String) {
        guard let tenant = TenantId(text: tenant), let event = EventId(text: event),
            let payment = ScopedId<Kinds.Payment>(text: payment), payment.event == event,
            let reservation = ScopedId<Kinds.Reservation>(text: reservation), reservation.event == event
        else { return nil }
        self.init(tenant: tenant, event: event, payment: payment.id, reservation: reservation.id)
    }
}
