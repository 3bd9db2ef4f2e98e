internal import Ticketing

extension CanonicalWriter {
    mutating func put(_ write: Write) {
        switch write {
        case .insertEvent(let row): put(case: 0) { $0.put(row) }
        case .updateEvent(let row): put(case: 1) { $0.put(row) }
        case .insertTerms(let row): put(case: 2) { $0.put(row) }
        case .insertShow(let row): put(case: 3) { $0.put(row) }
        case .updateShow(let row): put(case: 4) { $0.put(row) }
        case .insertClaims(let claims): put(case: 5) { $0.put(claims) }
        case .deleteClaims(let claims): put(case: 6) { $0.put(claims) }
        case .changeClaims(let claims, let kind):
            put(case: 7) {
                $0.put(claims)
                $0.put(kind)
            }
        case .insertReservation(let row): put(case: 8) { $0.put(row) }
        case .updateReservation(let row): put(case: 9) { $0.put(row) }
        case .insertBooking(let row): put(case: 10) { $0.put(row) }
        case .updateBooking(let row): put(case: 11) { $0.put(row) }
        case .insertTickets(let tickets): put(case: 12) { $0.put(tickets) }
        case .endTickets(let tickets): put(case: 13) { $0.put(tickets) }
        case .insertPayment(let row): put(case: 14) { $0.put(row) }
        case .updatePayment(let row): put(case: 15) { $0.put(row) }
        case .insertRefund(let row): put(case: 16) { $0.put(row) }
        case .updateRefund(let row): put(case: 17) { $0.put(row) }
        case .insertEntry(let row): put(case: 18) { $0.put(row) }
        case .updateEntry(let row): put(case: 19) { $0.put(row) }
        case .insertCheckIn(let row): put(case: 20) { $0.put(row) }
        case .insertIncident(let row): put(case: 21) { $0.put(row) }
        }
    }

    private mutating func put(case number: Int, _ body: (inout CanonicalWriter) -> Void) {
        put(number)
        body(&self)
    }

    private mutating func put(_ row: EventRow) {
        put(row.event)
        put(row.tenant)
        let details = row.details
        for label in [details.name, details.description, details.category, details.language] { put(label) }
        for label in [details.venue, details.city, details.country] { put(label) }
        put(details.durationMinutes) { $0.put($1) }
        put(details.latitude) { $0.put(Int64($1)) }
        put(details.longitude) { $0.put(Int64($1)) }
        put(details.performers) { $0.put($1) }
        put(row.currency)
        put(row.settings.maxTicketsPerBuyer)
        for span in [row.settings.hold, row.settings.payment, row.settings.offer] { put(span.count) }
        put(row.settings.maxPassOvers)
        put(row.status)
    }

    private mutating func put(_ row: TermsRow) {
        put(row.number)
        put(row.tiers) {
            $0.put($1.name)
            $0.put($1.price)
        }
        put(row.policy) {
            $0.put($1.hoursBefore)
            $0.put($1.percent)
        }
    }

    private mutating func put(_ row: ShowRow) {
        put(row.show)
        put(row.spec.startsAt)
        for time in [row.spec.endsAt, row.spec.salesStart, row.spec.salesEnd] { put(time) { $0.put($1) } }
        put(row.spec.sections) { writer, section in
            writer.put(section.name)
            writer.put(section.tier)
            switch section.seating {
            case .general(let capacity):
                writer.put(0)
                writer.put(capacity)
            case .rows(let rows):
                writer.put(1)
                writer.put(rows) {
                    $0.put($1.name)
                    $0.put($1.seats)
                }
            }
        }
        put(row.status)
        put(row.unwindFrom) { $0.put(UInt64($1)) }
    }

    private mutating func put(_ row: Claims) {
        put(row.show)
        put(row.places)
        put(row.holder) { $0.put($1) }
        put(row.kind)
    }

    private mutating func put(_ row: ReservationRow) {
        put(row.id)
        put(row.show)
        put(row.buyer)
        put(row.places)
        put(row.total)
        put(row.terms)
        put(row.status)
        put(row.isOffer)
        put(row.createdAt)
        put(row.endsAt)
    }

    private mutating func put(_ row: BookingRow) {
        put(row.id)
        put(row.show)
        put(row.buyer)
        put(row.payment)
        put(row.terms)
        put(row.bookedAt)
        put(row.isMoved)
        put(row.status)
    }

    private mutating func put(_ tickets: Tickets) {
        put(tickets.booking)
        put(tickets.show)
        put(tickets.tickets) {
            $0.put($1.id)
            $0.put(UInt64($1.place))
            $0.put($1.price)
        }
    }

    private mutating func put(_ row: PaymentRow) {
        put(row.id)
        put(row.reservation)
        put(row.attempt)
        put(row.provider)
        put(row.reference) { $0.put($1) }
        put(row.amount)
        put(row.acceptEquivalent)
        put(row.status)
        put(row.captured) { $0.put($1) }
        put(row.reason) { $0.put($1) }
    }

    private mutating func put(_ row: RefundRow) {
        put(row.id)
        put(row.payment)
        put(row.amount)
        put(row.reason)
        put(row.status)
    }

    private mutating func put(_ row: EntryRow) {
        put(row.id)
        put(row.show)
        put(row.tier)
        put(row.buyer)
        put(row.quantity)
        put(row.order)
        put(row.status)
        put(row.passOvers)
        put(row.gatherUntil) { $0.put($1) }
        put(row.reservation) { $0.put($1) }
        put(row.endedAt) { $0.put($1) }
    }

    private mutating func put(_ row: CheckInRow) {
        put(row.ticket)
        put(row.gate)
        put(row.nonce)
        put(row.at)
    }

    private mutating func put(_ row: IncidentRow) {
        put(row.payment)
        put(row.result) { $0.put($1) }
        put(row.at)
    }
}
