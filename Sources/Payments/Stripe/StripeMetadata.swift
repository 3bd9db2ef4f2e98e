internal import Ticketing
internal import Wire

/// The ids that are kept beside an object at Stripe: what it is for.
enum StripeMetadata {
    static func add(_ subject: PaymentSubject, to form: inout FormText) {
        form.add("metadata[tenant]", subject.tenant.text)
        form.add("metadata[event]", subject.event.text)
        form.add("metadata[payment]", ScopedId(subject.event, subject.payment).text)
        form.add("metadata[reservation]", ScopedId(subject.event, subject.reservation).text)
    }

    static func add(_ refund: RefundId, of subject: PaymentSubject, to form: inout FormText) {
        add(subject, to: &form)
        form.add("metadata[refund]", ScopedId(subject.event, refund).text)
    }

    /// nil unless all of it is there, and belongs to one event.
    static func subject(_ object: JSONValue) -> PaymentSubject? {
        guard let metadata = object["metadata"],
            let tenant = metadata["tenant"]?.text.flatMap({ TenantId(text: $0) }),
            let event = metadata["event"]?.text.flatMap({ EventId(text: $0) }),
            let payment = metadata["payment"]?.text.flatMap({ ScopedId<Kinds.Payment>(text: $0) }),
            let reservation = metadata["reservation"]?.text.flatMap({ ScopedId<Kinds.Reservation>(text: $0) }),
            payment.event == event, reservation.event == event
        else { return nil }
        return PaymentSubject(tenant: tenant, event: event, payment: payment.id, reservation: reservation.id)
    }

    static func refund(_ object: JSONValue, of subject: PaymentSubject?) -> RefundId? {
        guard let refund = object.at("metadata", "refund")?.text.flatMap({ ScopedId<Kinds.Refund>(text: $0) }),
            refund.event == subject?.event
        else { return nil }
        return refund.id
    }
}
