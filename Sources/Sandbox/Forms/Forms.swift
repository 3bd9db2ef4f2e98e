internal import Runtime
internal import Ticketing
internal import Wire

/// Reads the bodies of requests.
enum Forms {
    static func payment(_ bytes: [UInt8]) throws(Malformed) -> (order: NewPayment, key: String) {
        try read(bytes) { $0.newPayment() }
    }

    static func refund(_ bytes: [UInt8]) throws(Malformed) -> RefundWish { try read(bytes) { $0.refundWish() } }
    static func pay(_ bytes: [UInt8]) throws(Malformed) -> PayWish { try read(bytes) { $0.payWish() } }

    static func dispute(_ bytes: [UInt8]) throws(Malformed) -> StoredDispute.Status {
        try read(bytes) { $0.disputeStatus() }
    }

    /// It says no more than a key, and need not say that.
    static func cancel(_ bytes: [UInt8]) throws(Malformed) {
        guard !bytes.isEmpty else { return }
        let _: Bool = try read(bytes) { $0.cancelWish() }
    }

    private static func read<Value>(_ bytes: [UInt8], _ read: (inout Form) -> Value?) throws(Malformed) -> Value {
        let result: Result<Value, Malformed> = bytes.withUnsafeBytes { bytes in
            var tape = JSONTape()
            do throws(JSONSyntaxError) {
                try tape.parse(bytes)
            } catch {
                return .failure(Malformed([Problem(pointer: "", message: "is not JSON: \(error.message)")]))
            }
            var form = Form(bytes, tape)
            guard let value = read(&form), form.problems.isEmpty else { return .failure(Malformed(form.problems)) }
            return .success(value)
        }
        return try result.get()
    }
}

extension Form {
    private static var amounts: ClosedRange<Int64> { 1...1_000_000_000_000 }
    private static var texts: ClosedRange<Int> { 1...255 }

    fileprivate mutating func newPayment() -> (NewPayment, String)? {
        guard var body = object(0) else { return nil }
        let subject = required("subject", in: &body) { $0.subject($1) }
        let amount = required("amount", in: &body) { $0.integer($1, Self.amounts) }
        let currency = required("currency", in: &body) { $0.currency($1) }
        let key = required("key", in: &body) { $0.text($1, Self.texts) }
        finish(body)
        guard var order = subject, let amount, let currency, let key else { return nil }
        order.amount = amount
        order.currency = currency.description
        return (order, key)
    }

    private mutating func subject(_ node: Int) -> NewPayment? {
        guard var subject = object(node) else { return nil }
        let tenant = required("tenant", in: &subject) { $0.text($1, Self.texts) }
        let event = required("event", in: &subject) { $0.text($1, Self.texts) }
        let payment = required("payment", in: &subject) { $0.text($1, Self.texts) }
        let reservation = required("reservation", in: &subject) { $0.text($1, Self.texts) }
        finish(subject)
        guard let tenant, let event, let payment, let reservation else { return nil }
        return NewPayment(
            tenant: tenant, event: event, payment: payment, reservation: reservation, amount: 0, currency: "")
    }

    fileprivate mutating func refundWish() -> RefundWish? {
        guard var body = object(0) else { return nil }
        let refund = optional("refund", in: &body) { $0.text($1, Self.texts) }
        let amount = required("amount", in: &body) { $0.integer($1, Self.amounts) }
        let currency = required("currency", in: &body) { $0.currency($1) }
        let key = required("key", in: &body) { $0.text($1, Self.texts) }
        finish(body)
        guard let amount, let currency, let key else { return nil }
        return RefundWish(refund: refund, amount: amount, currency: currency.description, key: key)
    }

    fileprivate mutating func payWish() -> PayWish? {
        guard var body = object(0) else { return nil }
        let outcome = required("outcome", in: &body) { $0.choice($1, PayWish.Outcome.self) }
        let after = optional("afterSeconds", in: &body) { $0.integer($1, 0...86_400) }
        let amount = optional("amount", in: &body) { $0.integer($1, Self.amounts) }
        let reason = optional("reason", in: &body) { $0.text($1, 1...100) }
        let copies = optional("copies", in: &body) { $0.count($1, 1...Fate.mostCopies) }
        let isLost = optional("lose", in: &body) { $0.flag($1) }
        let isHeld = optional("reorder", in: &body) { $0.flag($1) }
        let delay = optional("lateSeconds", in: &body) { $0.integer($1, 0...86_400) }
        finish(body)
        guard let outcome else { return nil }
        var wish = PayWish(outcome: outcome)
        wish.after = .seconds(after ?? 0)
        (wish.amount, wish.reason, wish.copies, wish.isLost, wish.isHeld) = (amount, reason, copies, isLost, isHeld)
        wish.delay = delay.map { .seconds($0) }
        return wish
    }

    fileprivate mutating func disputeStatus() -> StoredDispute.Status? {
        guard var body = object(0) else { return nil }
        let status = required("status", in: &body) { $0.choice($1, StoredDispute.Status.self) }
        finish(body)
        return status
    }

    fileprivate mutating func cancelWish() -> Bool? {
        guard var body = object(0) else { return nil }
        _ = optional("key", in: &body) { $0.text($1, Self.texts) }
        finish(body)
        return true
    }

    private mutating func choice<Choice>(_ node: Int, _: Choice.Type) -> Choice?
    where Choice: RawRepresentable<String> & CaseIterable {
        let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        return reading(node, otherwise: "must be one of: \(words)") {
            Choice(rawValue: String(decoding: $0, as: UTF8.self))
        }
    }
}
