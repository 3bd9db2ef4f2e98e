internal import Ticketing
internal import Wire

struct ReservationRecord: Sendable {
    let id: ScopedId<Kinds.Reservation>
    let facts: ShowFacts
    let terms: TermsRow
    let buyer: Label
    let places: [UInt32]
    let total: Int64
    let status: ReservationStatus
    let endsAt: Time

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("reservationId", id)
        writer.field("showId", facts.id)
        writer.field("buyer", buyer)
        writer.array("seats", places) { writer, place in
            guard let name = facts.layout.name(ofNumber: place) else { return }
            let tier = facts.layout.tier(of: Int(place) - 1)
            writer.beginObject()
            writer.key("seat")
            writer.seat(name)
            writer.field("tier", facts.tiers[tier])
            writer.field("price", Money(terms.tiers[tier].price, facts.currency))
            writer.endObject()
        }
        writer.field("total", Money(total, facts.currency))
        writer.status(status.word)
        writer.field("expiresAt", endsAt)
        if status == .booked { writer.field("bookingId", ScopedId(id.event, BookingId(id.id))) }
        writer.endObject()
    }
}
