internal import Postgres
internal import Runtime
internal import Ticketing

// Columns as rows. Nothing is believed: what cannot be is thrown, and what contradicts other rows is the loader's to
// find.

extension EventReader {
    func eventRow(_ row: PostgresRow) throws -> EventRow {
        let (tenant, name, description, category, language, duration, venue, city, country, latitude) =
            try row.prefix((PostgresUUID, String, String, String, String, Int?, String, String, String, Int32?).self)
        let (longitude, performers, currency, most, hold, payment, offer, passOvers, status) = try row.suffix(
            from: 10, (Int32?, [String], String, Int, Int64, Int64, Int64, Int, Int16).self)
        var settings = Settings()
        settings.maxTicketsPerBuyer = most
        settings.hold = Seconds(hold)
        settings.payment = Seconds(payment)
        settings.offer = Seconds(offer)
        settings.maxPassOvers = passOvers
        return EventRow(
            event: event, tenant: TenantId(tenant),
            details: EventDetails(
                name: Label(name), description: Label(description), category: Label(category),
                language: Label(language), durationMinutes: duration, venue: Label(venue), city: Label(city),
                country: Label(country), latitude: latitude, longitude: longitude,
                performers: performers.map { Label($0) }),
            currency: try self.currency(currency), settings: settings, status: try word(status, SaleStatus.self))
    }

    func termsRow(_ row: PostgresRow) throws -> TermsRow {
        let (number, names, prices, hours, percents) = try row.decode((Int, [String], [Int64], [Int], [Int]).self)
        return TermsRow(
            number: number, tiers: zip(names, prices).map { TierSpec(name: Label($0), price: $1) },
            policy: zip(hours, percents).map { PolicyStep(hoursBefore: $0, percent: $1) })
    }

    func sections(_ result: PostgresResult) throws -> [ShowNumber: [SectionSpec]] {
        var sections: [ShowNumber: [SectionSpec]] = [:]
        for row in result {
            let (show, name, tier, capacity, names, seats) = try row.decode(
                (Int, String, String, Int?, [String], [Int]).self)
            let rows = zip(names, seats).map { RowSpec(name: Label($0), seats: $1) }
            sections[show, default: []].append(
                SectionSpec(
                    name: Label(name), tier: Label(tier),
                    seating: capacity.map { .general(capacity: $0) } ?? .rows(rows)))
        }
        return sections
    }

    func showRow(
        _ row: PostgresRow, _ sections: inout [ShowNumber: [SectionSpec]]
    ) throws -> (row: ShowRow, version: UInt64) {
        let (number, startsAt, endsAt, salesStart, salesEnd, status, unwindFrom, version) = try row.decode(
            (Int, Timestamp, Timestamp?, Timestamp?, Timestamp?, Int16, Int64?, Int64).self)
        let spec = ShowSpec(
            startsAt: Time(startsAt), endsAt: endsAt.map { Time($0) }, salesStart: salesStart.map { Time($0) },
            salesEnd: salesEnd.map { Time($0) }, sections: sections.removeValue(forKey: number) ?? [])
        let show = ShowRow(
            show: number, spec: spec, status: try word(status, SaleStatus.self),
            unwindFrom: try unwindFrom.map { try place($0) })
        return (show, UInt64(bitPattern: version))
    }

    func reservationRow(_ row: PostgresRow) throws -> ReservationRow {
        let (id, index, show, buyer, places, total, terms, status, isOffer, createdAt, endsAt) = try row.decode(
            (PostgresUUID, Int32, Int, String, [Int32], Int64, Int, Int16, Bool, Timestamp, Timestamp).self)
        return ReservationRow(
            id: ReservationId(id, index), show: show, buyer: Label(buyer),
            places: try distinct(places), total: total, terms: terms,
            status: try word(status, ReservationStatus.self), isOffer: isOffer, createdAt: Time(createdAt),
            endsAt: Time(endsAt))
    }

    func paymentRow(_ row: PostgresRow) throws -> PaymentRow {
        let (id, index, reservation, reservationIndex, attempt, provider, reference) = try row.prefix(
            (PostgresUUID, Int32, PostgresUUID, Int32, Int, String, String?).self)
        let (amount, accept, status, captured, currency, reason) = try row.suffix(
            from: 7, (Int64, Bool, Int16, Int64?, String?, String?).self)
        return PaymentRow(
            id: PaymentId(id, index), reservation: ReservationId(reservation, reservationIndex), attempt: attempt,
            provider: Label(provider), reference: reference.map { Label($0) }, amount: amount,
            acceptEquivalent: accept, status: try word(status, PaymentStatus.self),
            captured: try money(captured, currency), reason: reason.map { Label($0) })
    }

    func refundRow(_ row: PostgresRow) throws -> RefundRow {
        let (id, index, payment, paymentIndex, amount, reason, status, reference, currency) = try row.decode(
            (PostgresUUID, Int32, PostgresUUID, Int32, Int64, Int16, Int16, String?, String?).self)
        var origin: RefundRow.Origin?
        if let reference, let currency {
            origin = RefundRow.Origin(reference: Label(reference), currency: try self.currency(currency))
        }
        return RefundRow(
            id: RefundId(id, index), payment: PaymentId(payment, paymentIndex), amount: amount,
            reason: try word(reason, RefundReason.self), status: try word(status, RefundStatus.self), origin: origin)
    }

    func disputeRow(_ row: PostgresRow) throws -> DisputeRow {
        let (payment, index, reference, amount, currency, status) = try row.decode(
            (PostgresUUID, Int32, String, Int64, String, Int16).self)
        return DisputeRow(
            payment: PaymentId(payment, index), reference: Label(reference),
            money: Money(amount, try self.currency(currency)), status: try word(status, DisputeStatus.self))
    }

    func bookingRow(_ row: PostgresRow) throws -> BookingRow {
        let (id, index, show, buyer, payment, paymentIndex, terms, bookedAt, isMoved, status) = try row.decode(
            (PostgresUUID, Int32, Int, String, PostgresUUID, Int32, Int, Timestamp, Bool, Int16).self)
        return BookingRow(
            id: BookingId(id, index), show: show, buyer: Label(buyer), payment: PaymentId(payment, paymentIndex),
            terms: terms, bookedAt: Time(bookedAt), isMoved: isMoved, status: try word(status, BookingStatus.self))
    }

    func entryRow(_ row: PostgresRow) throws -> EntryRow {
        let (id, index, show, tier, buyer, quantity, order) = try row.prefix(
            (PostgresUUID, Int32, Int, Int, String, Int, Int64).self)
        let (status, passOvers, gatherUntil, reservation, reservationIndex, endedAt) = try row.suffix(
            from: 7, (Int16, Int, Timestamp?, PostgresUUID?, Int32?, Timestamp?).self)
        return EntryRow(
            id: EntryId(id, index), show: show, tier: tier, buyer: Label(buyer), quantity: quantity,
            order: UInt64(bitPattern: order), status: try word(status, EntryStatus.self), passOvers: passOvers,
            gatherUntil: gatherUntil.map { Time($0) }, reservation: ReservationId(reservation, reservationIndex),
            endedAt: endedAt.map { Time($0) })
    }

    func checkInRow(_ row: PostgresRow) throws -> CheckInRow {
        let (ticket, index, gate, nonce, at) = try row.decode((PostgresUUID, Int32, String, String, Timestamp).self)
        return CheckInRow(ticket: TicketId(ticket, index), gate: Label(gate), nonce: Label(nonce), at: Time(at))
    }

    func incidentRow(_ row: PostgresRow) throws -> IncidentRow {
        let (payment, index, amount, currency, at) = try row.decode(
            (PostgresUUID, Int32, Int64?, String?, Timestamp).self)
        return IncidentRow(payment: PaymentId(payment, index), result: try money(amount, currency), at: Time(at))
    }

    private func currency(_ code: String) throws -> Currency {
        guard let currency = Currency(code) else { throw BrokenRow(description: "“\(code)” is no currency") }
        return currency
    }

    private func money(_ amount: Int64?, _ code: String?) throws -> Money? {
        guard let amount, let code else { return nil }
        return Money(amount, try currency(code))
    }

    private func place(_ number: Int64) throws -> UInt32 {
        guard let place = UInt32(exactly: number) else { throw BrokenRow(description: "\(number) is no place") }
        return place
    }

    private func distinct(_ places: [Int32]) throws -> PlaceList {
        let numbers = try places.map { try place(Int64($0)) }
        guard Set(numbers).count == numbers.count else { throw BrokenRow(description: "a place is there twice") }
        return PlaceList(numbers)
    }
}

extension PostgresRow {
    /// The first columns, where there are more than one tuple is good for.
    fileprivate func prefix<each Column: PostgresDecodable>(_ type: (repeat each Column).Type) throws -> (
        repeat each Column
    ) {
        try suffix(from: 0, type)
    }

    fileprivate func suffix<each Column: PostgresDecodable>(
        from first: Int, _: (repeat each Column).Type
    ) throws -> (repeat each Column) {
        var column = first - 1
        func next<Value: PostgresDecodable>(_: Value.Type) throws -> Value {
            column += 1
            return try get(column)
        }
        return (repeat try next((each Column).self))
    }
}
