internal import Runtime
internal import Sealing
internal import Ticketing
internal import Wire

/// Work that a decision asks for, as it is stored.
struct EffectRow {
    /// Two halves of a UUID.
    let id: (high: UInt64, low: UInt64)
    let kind: EffectKind
    let event: EventId
    let tenant: TenantId
    let partition: Int
    let command: CommandId
    let trace: String?
    let body: [UInt8]
    let at: Time

    init(
        _ effect: Effect, index: Int, of command: CommandId, in entry: Entry, partition: Int, at time: Time
    ) {
        id = Self.id(of: command, index: index)
        kind = effect.kind
        event = entry.event
        tenant = entry.tenant
        self.partition = partition
        self.command = command
        trace = entry.trace?.traceparent
        body = effect.body(of: entry.event)
        at = time
    }

    /// The first 16 bytes of SHA-256 over the command's 16 bytes and the effect's place in its decision (4 bytes, big
    /// end first), marked as a UUID of version 8: the same decision asks for the same work, however often it is made.
    static func id(of command: CommandId, index: Int) -> (high: UInt64, low: UInt64) {
        let digest = SHA256.hash { hash in
            withUnsafeBytes(of: command.high.bigEndian) { hash.update($0) }
            withUnsafeBytes(of: command.low.bigEndian) { hash.update($0) }
            withUnsafeBytes(of: UInt32(truncatingIfNeeded: index).bigEndian) { hash.update($0) }
        }
        return digest.withUnsafeBytes { bytes in
            let high = UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
            let low = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            return (high & ~0xF000 | 0x8000, low & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000)
        }
    }
}

extension Effect {
    /// What is to be done, for whoever does it:
    ///
    ///     {"do":"create-payment","payment":"pay_…","reservation":"rsv_…","provider":"…",
    ///      "money":{"amount":1999,"currency":"EUR"}}
    ///     {"do":"cancel-payment","payment":"pay_…","provider":"…","reference":"…"}
    ///     {"do":"refund","refund":"rfd_…","payment":"pay_…","provider":"…","reference":"…","money":{…}}
    ///     {"do":"report-incident","payment":"pay_…","money":{…}}
    ///
    /// A reference that is not known, and money of which nothing is known, are left out.
    func body(of event: EventId) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("do")
        switch self {
        case .createPayment(let payment, let reservation, let provider, let money):
            writer.word("create-payment")
            writer.member("payment", ScopedId(event, payment))
            writer.member("reservation", ScopedId(event, reservation))
            writer.member("provider", provider)
            writer.member("money", money)
        case .cancelPayment(let payment, let provider, let reference):
            writer.word("cancel-payment")
            writer.member("payment", ScopedId(event, payment))
            writer.member("provider", provider)
            writer.member("reference", reference)
        case .refund(let refund, let payment, let provider, let reference, let money):
            writer.word("refund")
            writer.member("refund", ScopedId(event, refund))
            writer.member("payment", ScopedId(event, payment))
            writer.member("provider", provider)
            writer.member("reference", reference)
            writer.member("money", money)
        case .reportIncident(let payment, let money):
            writer.word("report-incident")
            writer.member("payment", ScopedId(event, payment))
            writer.member("money", money)
        }
        writer.endObject()
        return writer.bytes
    }
}

extension JSONWriter {
    fileprivate mutating func member(_ name: StaticString, _ id: some TextId) {
        key(name)
        self.id(id)
    }

    fileprivate mutating func member(_ name: StaticString, _ label: Label?) {
        guard let label else { return }
        key(name)
        self.label(label)
    }

    fileprivate mutating func member(_ name: StaticString, _ money: Money?) {
        guard let money else { return }
        key(name)
        self.money(money)
    }
}
