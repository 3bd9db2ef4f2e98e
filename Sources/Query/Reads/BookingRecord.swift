internal import API
internal import Ticketing
internal import Wire

struct BookingRecord: Sendable {
    struct Ticket: Sendable {
        let id: TicketId
        let place: UInt32
        let price: Int64
        let endedAt: Time?
        let admittedAt: Time?
        let gate: Label?
    }

    let id: ScopedId<Kinds.Booking>
    let facts: ShowFacts
    let event: EventRow
    /// Of the purchase.
    let terms: TermsRow
    let buyer: Label
    let bookedAt: Time
    /// Its places are others than those first reserved.
    let isMoved: Bool
    let status: BookingStatus
    let total: Int64
    let payment: PaymentId
    /// What was paid and not given back.
    let paid: Int64
    /// Until it is settled, nobody is let in, and nothing is given back.
    let isDisputed: Bool
    /// In the order of their ids.
    let tickets: [Ticket]

    func write(to writer: inout JSONWriter, _ seal: TicketSeal, at now: Time) {
        writer.beginObject()
        writer.field("bookingId", id)
        writer.object("event") {
            $0.field("eventId", id.event)
            $0.details(event.details)
        }
        writer.object("show") {
            $0.field("showId", facts.id)
            $0.field("startsAt", facts.startsAt)
            $0.field("endsAt", facts.endsAt)
        }
        writer.field("buyer", buyer)
        writer.field("bookedAt", bookedAt)
        writer.array("tickets", tickets) { writer, ticket in write(ticket, to: &writer, seal) }
        writer.field("total", Money(total, facts.currency))
        writer.status(status == .booked ? "booked" : "cancelled")
        writer.field("paymentId", ScopedId(id.event, payment))
        if isMoved { writer.field("moved", true) }
        if isDisputed { writer.field("disputed", true) }
        writer.object("refundable") { writer in
            let refund = refundable(at: now)
            writer.field("amount", Money(refund.amount, facts.currency))
            writer.key("until")
            if let until = refund.until { writer.time(until) } else { writer.raw("null") }
        }
        writer.endObject()
    }

    func refundable(at now: Time) -> RefundTerms {
        guard status == .booked, !isDisputed else { return .nothing }
        return RefundTerms(
            policy: terms.policy, startsAt: facts.startsAt,
            worth: tickets.reduce(0) { $0 + ($1.endedAt == nil ? $1.price : 0) }, paid: paid, isFree: total == 0,
            at: now)
    }

    private func write(_ ticket: Ticket, to writer: inout JSONWriter, _ seal: TicketSeal) {
        let id = ScopedId(id.event, ticket.id)
        writer.beginObject()
        writer.field("ticketId", id)
        if let name = facts.layout.name(ofNumber: ticket.place) {
            writer.key("seat")
            writer.seat(name)
            writer.field("tier", facts.tiers[facts.layout.tier(of: Int(ticket.place) - 1)])
        }
        writer.field("price", Money(ticket.price, facts.currency))
        writer.status(
            ticket.endedAt != nil
                ? "ended" : ticket.admittedAt != nil ? "admitted" : isDisputed ? "blocked" : "valid")
        if let admittedAt = ticket.admittedAt {
            writer.object("admission") {
                $0.field("at", admittedAt)
                if let gate = ticket.gate { $0.field("gate", gate) }
            }
        }
        writer.key("code")
        writer.string(seal.text(of: TicketCode(ticket: id, show: facts.id.number, place: ticket.place)))
        writer.key("qr")
        writer.string("/v1/tickets/\(id.text)/qr.svg")
        writer.endObject()
    }
}

struct TicketRecord: Sendable {
    let id: ScopedId<Kinds.Ticket>
    let facts: ShowFacts
    let place: UInt32
    let hasEnded: Bool
}
