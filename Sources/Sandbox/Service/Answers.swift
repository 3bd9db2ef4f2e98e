internal import HTTPServer
internal import Wire

/// What the sandbox answers with.
struct Answers: Sendable {
    /// Where buyers find it.
    let url: String

    func payment(_ payment: StoredPayment, isNew: Bool = false) -> Response {
        var writer = JSONWriter()
        writer.payment(payment, payUrl: "\(url)/pay/\(payment.reference)")
        return json(writer, isNew)
    }

    func refund(_ refund: StoredRefund, isNew: Bool) -> Response {
        var writer = JSONWriter()
        writer.refund(refund)
        return json(writer, isNew)
    }

    private func json(_ writer: consuming JSONWriter, _ isNew: Bool) -> Response {
        Response(isNew ? .created : .ok, .json, .bytes(writer.bytes), headers: ["Cache-Control": "no-store"])
    }
}
