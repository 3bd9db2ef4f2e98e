internal import Pipeline
internal import Postgres
internal import Runtime
internal import Ticketing
internal import Wire

// What was reserved, bought, paid and waited for. Rows that contradict each other are left out: there is nothing good
// to be told of them.
extension RecordsReader {
    func reservations(_ rows: PostgresResult, _ found: inout [Lookup: Record]) throws {
        let rows = try rows.map { row in
            let (event, id, index, show, buyer, places, total, terms, status, endsAt) = try row.decode(
                (PostgresUUID, PostgresUUID, Int32, Int32, String, [Int32], Int64, Int32, Int16, Timestamp).self)
            return (
                id: ScopedId<Kinds.Reservation>(event, id, index), show: try ShowId(event, show), buyer: buyer,
                places: places, total: total,
                terms: FactsCache.TermsKey(event: EventId(event), number: Int(terms)),
                status: try word(status, ReservationStatus.self), endsAt: endsAt
            )
        }
        let facts = try facts(of: rows.map(\.show))
        let terms = try terms(rows.map(\.terms))
        for row in rows {
            guard let facts = facts[row.show], let terms = terms[row.terms] else { continue }
            found[.reservation(row.id)] = .reservation(
                ReservationRecord(
                    id: row.id, facts: facts, terms: terms, buyer: Label(row.buyer),
                    places: row.places.map { UInt32(clamping: $0) }, total: row.total, status: row.status,
                    endsAt: Time(row.endsAt)))
        }
    }

    func bookings(
        _ rows: PostgresResult, _ tickets: PostgresResult, _ events: EventRows, _ found: inout [Lookup: Record]
    ) throws {
        let tickets = try ticketsByBooking(tickets)
        let rows = try rows.map { row in
            let (
                event, id, index, show, buyer, payment, paymentIndex, terms, bookedAt, isMoved, status, total, paid,
                isDisputed
            ) = try row.decode(
                (
                    PostgresUUID, PostgresUUID, Int32, Int32, String, PostgresUUID, Int32, Int32, Timestamp, Bool,
                    Int16, Int64, Int64, Bool
                ).self)
            return (
                id: ScopedId<Kinds.Booking>(event, id, index), show: try ShowId(event, show), buyer: buyer,
                payment: PaymentId(payment, paymentIndex),
                terms: FactsCache.TermsKey(event: EventId(event), number: Int(terms)), bookedAt: bookedAt,
                isMoved: isMoved, status: try word(status, BookingStatus.self), total: total, paid: paid,
                isDisputed: isDisputed
            )
        }
        let facts = try facts(of: rows.map(\.show))
        let terms = try terms(rows.map(\.terms))
        for row in rows {
            guard let facts = facts[row.show], let terms = terms[row.terms], let event = events[row.id.event] else {
                continue
            }
            found[.booking(row.id)] = .booking(
                BookingRecord(
                    id: row.id, facts: facts, event: event.row, terms: terms, buyer: Label(row.buyer),
                    bookedAt: Time(row.bookedAt), isMoved: row.isMoved, status: row.status, total: row.total,
                    payment: row.payment, paid: row.paid, isDisputed: row.isDisputed && row.status == .booked,
                    tickets: tickets[row.id] ?? []))
        }
    }

    private func ticketsByBooking(
        _ rows: PostgresResult
    ) throws -> [ScopedId<Kinds.Booking>: [BookingRecord.Ticket]] {
        var tickets: [ScopedId<Kinds.Booking>: [BookingRecord.Ticket]] = [:]
        for row in rows {
            let (event, booking, bookingIndex, id, index, place, price, endedAt, admittedAt, gate) = try row.decode(
                (
                    PostgresUUID, PostgresUUID, Int32, PostgresUUID, Int32, Int32, Int64, Timestamp?, Timestamp?,
                    String?
                ).self)
            tickets[ScopedId(event, booking, bookingIndex), default: []].append(
                BookingRecord.Ticket(
                    id: TicketId(id, index), place: UInt32(clamping: place), price: price,
                    endedAt: endedAt.map { Time($0) }, admittedAt: admittedAt.map { Time($0) },
                    gate: gate.map { Label($0) }))
        }
        return tickets
    }

    func payments(_ rows: PostgresResult, _ found: inout [Lookup: Record]) throws {
        for row in rows {
            let (
                event, id, index, reservation, reservationIndex, provider, amount, status, reason, tenant, code, endsAt,
                access
            ) = try row.decode(
                (
                    PostgresUUID, PostgresUUID, Int32, PostgresUUID, Int32, String, Int64, Int16, String?,
                    PostgresUUID, String, Timestamp?, [UInt8]?
                ).self)
            guard let currency = Currency(code) else { throw BrokenRow("“\(code)” is no currency") }
            let scoped = ScopedId<Kinds.Payment>(event, id, index)
            found[.payment(scoped)] = .payment(
                PaymentRecord(
                    tenant: TenantId(tenant), id: scoped, reservation: ReservationId(reservation, reservationIndex),
                    provider: Label(provider), amount: Money(amount, currency),
                    status: try word(status), reason: reason.map { Label($0) },
                    holdEndsAt: endsAt.map { Time($0) }, access: access))
        }
    }

    func entries(_ rows: PostgresResult, _ found: inout [Lookup: Record]) throws {
        let rows = try rows.map { row in
            let (event, id, index, show, tier, buyer, quantity, status, order, offer, offerIndex, endsAt) =
                try row.decode(
                    (
                        PostgresUUID, PostgresUUID, Int32, Int32, Int32, String, Int32, Int16, Int64, PostgresUUID?,
                        Int32?, Timestamp?
                    ).self)
            return (
                id: ScopedId<Kinds.Entry>(event, id, index), show: try ShowId(event, show), tier: Int(tier),
                buyer: buyer, quantity: Int(quantity), status: try word(status, EntryStatus.self), order: order,
                offer: ReservationId(offer, offerIndex), endsAt: endsAt
            )
        }
        let facts = try facts(of: rows.map(\.show))
        let waiting = rows.filter { $0.status == .waiting }
        let places = try lines.places(
            of: waiting.map { (WaitingLines.Key(show: $0.show, tier: $0.tier), $0.order) }, in: session)
        let placeById = Dictionary(zip(waiting.map(\.id), places)) { first, _ in first }
        for row in rows {
            guard let facts = facts[row.show], facts.tiers.indices.contains(row.tier) else { continue }
            let offer = row.offer.flatMap { offer in
                row.endsAt.map { EntryRecord.Offer(reservation: offer, endsAt: Time($0)) }
            }
            found[.entry(row.id)] = .entry(
                EntryRecord(
                    id: row.id, facts: facts, tier: row.tier, buyer: Label(row.buyer), quantity: row.quantity,
                    status: row.status, position: placeById[row.id], offer: offer))
        }
    }

    func tickets(_ rows: PostgresResult, _ found: inout [Lookup: Record]) throws {
        let rows = try rows.map { row in
            let (event, id, index, show, place, hasEnded) = try row.decode(
                (PostgresUUID, PostgresUUID, Int32, Int32, Int32, Bool).self)
            return (
                id: ScopedId<Kinds.Ticket>(event, id, index), show: try ShowId(event, show),
                place: UInt32(clamping: place), hasEnded: hasEnded
            )
        }
        let facts = try facts(of: rows.map(\.show))
        for row in rows {
            guard let facts = facts[row.show] else { continue }
            found[.ticket(row.id)] = .ticket(
                TicketRecord(id: row.id, facts: facts, place: row.place, hasEnded: row.hasEnded))
        }
    }
}
