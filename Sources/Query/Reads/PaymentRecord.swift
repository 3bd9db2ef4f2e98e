internal import Payments
internal import Ticketing
internal import Wire

struct PaymentRecord: Sendable {
    let tenant: TenantId
    let id: ScopedId<Kinds.Payment>
    let reservation: ReservationId
    let provider: Label
    let amount: Money
    let status: PaymentStatus
    let reason: Label?
    /// Until when the places are held for it.
    let holdEndsAt: Time?
    /// How it is paid, sealed.
    let access: [UInt8]?

    func write(_ seal: AccessSeal, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("paymentId", id)
        writer.field("reservationId", ScopedId(id.event, reservation))
        writer.field("provider", provider)
        writer.field("total", amount)
        writer.status(status.word)
        if status == .succeeded { writer.field("bookingId", ScopedId(id.event, BookingId(reservation))) }
        if let reason { writer.field("reason", reason) }
        if status == .pending, let access = access.flatMap({ seal.open($0, of: id.id) }) {
            if let secret = access.clientSecret {
                writer.key("clientSecret")
                writer.string(secret)
            }
            if let url = access.payUrl {
                writer.key("payUrl")
                writer.string(url)
            }
        }
        if status == .creating || status == .pending { writer.field("expiresAt", holdEndsAt) }
        writer.endObject()
    }
}

struct EntryRecord: Sendable {
    struct Offer: Sendable {
        let reservation: ReservationId
        let endsAt: Time
    }

    let id: ScopedId<Kinds.Entry>
    let facts: ShowFacts
    let tier: Int
    let buyer: Label
    let quantity: Int
    let status: EntryStatus
    /// 1 for the first who waits; nil for who does not wait any more.
    let position: Int?
    let offer: Offer?

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("entryId", id)
        writer.field("showId", facts.id)
        writer.field("buyer", buyer)
        writer.field("tier", facts.tiers[tier])
        writer.field("quantity", quantity)
        writer.status(status.word)
        if let position { writer.field("position", position) }
        if let offer {
            writer.field("reservationId", ScopedId(id.event, offer.reservation))
            if status == .offered { writer.field("expiresAt", offer.endsAt) }
        }
        writer.endObject()
    }
}
