internal import Pipeline
internal import Runtime
internal import Ticketing
internal import Wire

/// What an effect of the pool `payments` asks for; see `Effect.body`.
enum PaymentWork: Hashable, Sendable {
    case create(PaymentId, reservation: ReservationId, provider: String, Money)
    case cancel(PaymentId, provider: String, reference: String?)
    case refund(RefundId, payment: PaymentId, provider: String, reference: String?, Money)
    /// To be looked at again, since its message may have been lost.
    case fetch(PaymentId, provider: String, reference: String)

    /// - Throws: what cannot be read: it was written by other code than this.
    init(_ request: EffectRequest) throws(UnreadableWork) {
        var tape = JSONTape()
        let result: Result<PaymentWork, UnreadableWork> = request.body.withUnsafeBytes { bytes in
            do throws(JSONSyntaxError) {
                try tape.parse(bytes)
            } catch {
                return .failure(UnreadableWork(description: "\(error.message)"))
            }
            var form = Form(bytes, tape)
            guard let work = Self.read(&form, request.event) else {
                let problems = form.problems.map { "\($0.pointer) \($0.message)" }
                return .failure(UnreadableWork(description: problems.joined(separator: "; ")))
            }
            return .success(work)
        }
        self = try result.get()
    }

    private static func read(_ form: inout Form, _ event: EventId) -> PaymentWork? {
        guard var object = form.object(0) else { return nil }
        let what = form.required("do", in: &object) { $0.text($1, 1...40) }
        let provider = form.required("provider", in: &object) { $0.text($1, 1...100) }
        let reference = form.optional("reference", in: &object) { $0.text($1, 1...255) }
        let payment: PaymentId? = form.required("payment", in: &object) { id(&$0, $1, event) }
        guard let what, let provider, let payment else { return nil }
        switch what {
        case "create-payment":
            let reservation: ReservationId? = form.required("reservation", in: &object) { id(&$0, $1, event) }
            guard let reservation, let money = money(&form, &object) else { return nil }
            return .create(payment, reservation: reservation, provider: provider, money)
        case "cancel-payment": return .cancel(payment, provider: provider, reference: reference)
        case "refund":
            let refund: RefundId? = form.required("refund", in: &object) { id(&$0, $1, event) }
            guard let refund, let money = money(&form, &object) else { return nil }
            return .refund(refund, payment: payment, provider: provider, reference: reference, money)
        case "fetch-payment":
            return reference.map { .fetch(payment, provider: provider, reference: $0) }
        default:
            form.problem(0, "nobody here does “\(what)”")
            return nil
        }
    }

    private static func id<Kind: NamedKind>(_ form: inout Form, _ node: Int, _ event: EventId) -> MintedId<Kind>? {
        guard let text = form.text(node, 1...100), let id = ScopedId<Kind>(text: text), id.event == event else {
            form.problem(node, "is no id of the event's")
            return nil
        }
        return id.id
    }

    private static func money(_ form: inout Form, _ object: inout Form.Object) -> Money? {
        form.required("money", in: &object) { form, node in
            guard var object = form.object(node) else { return nil }
            let amount = form.required("amount", in: &object) { $0.integer($1, 0...Int64(1e15)) }
            let currency = form.required("currency", in: &object) { $0.text($1, 3...3) }
            guard let amount, let currency = currency.flatMap({ Currency($0) }) else { return nil }
            return Money(amount, currency)
        }
    }

    /// The body of `fetch`.
    static func fetchBody(_ payment: ScopedId<Kinds.Payment>, provider: String, reference: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("do")
        writer.word("fetch-payment")
        writer.key("payment")
        writer.id(payment)
        writer.key("provider")
        writer.string(provider)
        writer.key("reference")
        writer.string(reference)
        writer.endObject()
        return writer.bytes
    }
}

struct UnreadableWork: Error, CustomStringConvertible {
    let description: String
}
