internal import Ticketing
internal import Wire

/// The ids that PayPal keeps beside an order, a capture and a refund: `custom_id`, which has room for 127 characters.
/// So they stand without their prefixes, and the event once:
///
///     tenant event payment reservation     100 digits
///     … and of a refund its number          106 digits
enum PayPalCustomId {
    private static let tenantDigits = TenantId.digits
    private static let eventDigits = EventId.digits
    private static let mintedDigits = ScopedId<Kinds.Payment>.digits - EventId.digits
    private static let commandDigits = CommandIdDigits.count
    private static let subjectDigits = tenantDigits + eventDigits + 2 * mintedDigits
    private static let refundDigits = mintedDigits - commandDigits

    private enum CommandIdDigits {
        /// An id of 16 bytes has as many digits as any other.
        static let count = EventId.digits
    }

    static func text(_ subject: PaymentSubject) -> String {
        String(decoding: bytes(subject), as: UTF8.self)
    }

    /// Of a refund only its number: its payment's command is in it already.
    static func text(_ refund: RefundId, of subject: PaymentSubject) -> String {
        var bytes = bytes(subject)
        if refund.command == subject.payment.command {
            var digits: [UInt8] = []
            ScopedId(subject.event, refund).appendDigits(to: &digits)
            bytes += digits.suffix(refundDigits)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func bytes(_ subject: PaymentSubject) -> [UInt8] {
        var bytes: [UInt8] = []
        subject.tenant.appendDigits(to: &bytes)
        ScopedId(subject.event, subject.payment).appendDigits(to: &bytes)
        var reservation: [UInt8] = []
        ScopedId(subject.event, subject.reservation).appendDigits(to: &reservation)
        return bytes + reservation.dropFirst(eventDigits)
    }

    /// nil for anything but what `text` makes.
    static func parse(_ text: String) -> (subject: PaymentSubject, refund: RefundId?)? {
        let bytes = Array(text.utf8)
        guard [subjectDigits, subjectDigits + refundDigits].contains(bytes.count) else { return nil }
        let event = bytes[tenantDigits..<tenantDigits + eventDigits]
        let payment = bytes[tenantDigits..<tenantDigits + eventDigits + mintedDigits]
        let reservation = bytes[(tenantDigits + eventDigits + mintedDigits)..<subjectDigits]
        guard let tenant = id(TenantId.self, bytes.prefix(tenantDigits)),
            let scoped = id(ScopedId<Kinds.Payment>.self, payment),
            let held = id(ScopedId<Kinds.Reservation>.self, event + reservation)
        else { return nil }
        let subject = PaymentSubject(tenant: tenant, event: scoped.event, payment: scoped.id, reservation: held.id)
        guard bytes.count > subjectDigits else { return (subject, nil) }
        let command = payment.dropFirst(eventDigits).prefix(commandDigits)
        guard let refund = id(ScopedId<Kinds.Refund>.self, event + command + bytes.suffix(refundDigits)) else {
            return nil
        }
        return (subject, refund.id)
    }

    private static func id<Id: TextId>(_ type: Id.Type, _ digits: some Collection<UInt8>) -> Id? {
        Array(digits).withUnsafeBytes { $0.count == Id.digits ? Id(digits: $0[...]) : nil }
    }
}
