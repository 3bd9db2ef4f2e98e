extension CanonicalBytes {
    mutating func put(_ row: Row) {
        switch row {
        case .event(let row): put(case: 0) { $0.put(row) }
        case .terms(let row): put(case: 1) { $0.put(row) }
        case .show(let row, let version):
            put(case: 2) {
                $0.put(row)
                $0.put(version)
            }
        case .reservation(let row): put(case: 3) { $0.put(row) }
        case .payment(let row): put(case: 4) { $0.put(row) }
        case .refund(let row): put(case: 5) { $0.put(row) }
        case .booking(let row): put(case: 6) { $0.put(row) }
        case .entry(let row): put(case: 7) { $0.put(row) }
        case .claims(let row): put(case: 8) { $0.put(row) }
        case .checkIn(let row): put(case: 9) { $0.put(row) }
        case .incident(let row): put(case: 10) { $0.put(row) }
        case .dispute(let row): put(case: 11) { $0.put(row) }
        }
    }

    mutating func put(_ row: EventRow) {
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

    mutating func put(_ row: TermsRow) {
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

    mutating func put(_ row: ShowRow) {
        put(row.show)
        put(row.spec.startsAt)
        for time in [row.spec.endsAt, row.spec.salesStart, row.spec.salesEnd] { put(time) { $0.put($1) } }
        put(row.spec.sections) { bytes, section in
            bytes.put(section.name)
            bytes.put(section.tier)
            switch section.seating {
            case .general(let capacity):
                bytes.put(true)
                bytes.put(capacity)
            case .rows(let rows):
                bytes.put(false)
                bytes.put(rows) {
                    $0.put($1.name)
                    $0.put($1.seats)
                }
            }
        }
        put(row.status)
        put(row.unwindFrom) { $0.put(UInt64($1)) }
    }

    mutating func put(_ row: ReservationRow) {
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

    mutating func put(_ row: PaymentRow) {
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

    mutating func put(_ row: RefundRow) {
        put(row.id)
        put(row.payment)
        put(row.amount)
        put(row.reason)
        put(row.status)
        // The reason says whether there is one: other refunds have the bytes that they always had.
        guard row.reason == .byProvider, let origin = row.origin else { return }
        put(origin.reference)
        put(origin.currency)
    }

    mutating func put(_ row: DisputeRow) {
        put(row.payment)
        put(row.reference)
        put(row.money)
        put(row.status)
    }

    mutating func put(_ row: BookingRow) {
        put(row.id)
        put(row.show)
        put(row.buyer)
        put(row.payment)
        put(row.terms)
        put(row.bookedAt)
        put(row.isMoved)
        put(row.status)
    }

    mutating func put(_ row: EntryRow) {
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

    mutating func put(_ row: Claims) {
        put(row.show)
        put(row.places)
        put(row.holder) { $0.put($1) }
        put(row.kind)
    }

    mutating func put(_ row: CheckInRow) {
        put(row.ticket)
        put(row.gate)
        put(row.nonce)
        put(row.at)
    }

    mutating func put(_ row: IncidentRow) {
        put(row.payment)
        put(row.result) { $0.put($1) }
        put(row.at)
    }
}
