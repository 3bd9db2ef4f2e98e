// The rows of `CanonicalBytes+Rows.swift`, in the same order.
extension CanonicalReader {
    mutating func row() throws(LoadError) -> Row {
        switch try number() {
        case 0: .event(try event())
        case 1: .terms(try terms())
        case 2: .show(try show(), version: try number())
        case 3: .reservation(try reservation())
        case 4: .payment(try payment())
        case 5: .refund(try refund())
        case 6: .booking(try booking())
        case 7: .entry(try entry())
        case 8: .claims(try claims())
        case 9: .checkIn(CheckInRow(ticket: try minted(), gate: try label(), nonce: try label(), at: try time()))
        case 10:
            .incident(
                IncidentRow(
                    payment: try minted(), result: try optional { (reader) throws(LoadError) in try reader.money() },
                    at: try time()))
        case 11:
            .dispute(
                DisputeRow(
                    payment: try minted(), reference: try label(), money: try money(), status: try word()))
        default: throw LoadError(.impossible, in: "snapshot")
        }
    }

    private mutating func event() throws(LoadError) -> EventRow {
        let (id, tenant): (EventId, TenantId) = (try id(), try id())
        var details = EventDetails(name: try label())
        details.description = try label()
        details.category = try label()
        details.language = try label()
        details.venue = try label()
        details.city = try label()
        details.country = try label()
        details.durationMinutes = try optional { (reader) throws(LoadError) in try reader.integer() }
        details.latitude = try optional { (reader) throws(LoadError) in try reader.small() }
        details.longitude = try optional { (reader) throws(LoadError) in try reader.small() }
        details.performers = try list { (reader) throws(LoadError) in try reader.label() }
        let currency = try currency()
        var settings = Settings()
        settings.maxTicketsPerBuyer = try integer()
        settings.hold = try seconds()
        settings.payment = try seconds()
        settings.offer = try seconds()
        settings.maxPassOvers = try integer()
        return EventRow(
            event: id, tenant: tenant, details: details, currency: currency, settings: settings, status: try word())
    }

    private mutating func terms() throws(LoadError) -> TermsRow {
        TermsRow(
            number: try integer(),
            tiers: try list { (reader) throws(LoadError) in
                TierSpec(name: try reader.label(), price: Int64(try reader.integer()))
            },
            policy: try list { (reader) throws(LoadError) in
                PolicyStep(hoursBefore: try reader.integer(), percent: try reader.integer())
            })
    }

    private mutating func show() throws(LoadError) -> ShowRow {
        let number = try integer()
        var spec = ShowSpec(startsAt: try time(), sections: [])
        spec.endsAt = try optional { (reader) throws(LoadError) in try reader.time() }
        spec.salesStart = try optional { (reader) throws(LoadError) in try reader.time() }
        spec.salesEnd = try optional { (reader) throws(LoadError) in try reader.time() }
        spec.sections = try list { (reader) throws(LoadError) in
            let (name, tier) = (try reader.label(), try reader.label())
            guard try reader.flag() else {
                let rows = try reader.list { (reader) throws(LoadError) in
                    RowSpec(name: try reader.label(), seats: try reader.integer())
                }
                return SectionSpec(name: name, tier: tier, rows: rows)
            }
            return SectionSpec(name: name, tier: tier, capacity: try reader.integer())
        }
        return ShowRow(
            show: number, spec: spec, status: try word(),
            unwindFrom: try optional { (reader) throws(LoadError) in try reader.small() })
    }

    private mutating func reservation() throws(LoadError) -> ReservationRow {
        ReservationRow(
            id: try minted(), show: try integer(), buyer: try label(), places: try places(),
            total: Int64(try integer()), terms: try integer(), status: try word(), isOffer: try flag(),
            createdAt: try time(), endsAt: try time())
    }

    private mutating func payment() throws(LoadError) -> PaymentRow {
        PaymentRow(
            id: try minted(), reservation: try minted(), attempt: try integer(), provider: try label(),
            reference: try optional { (reader) throws(LoadError) in try reader.label() },
            amount: Int64(try integer()), acceptEquivalent: try flag(), status: try word(),
            captured: try optional { (reader) throws(LoadError) in try reader.money() },
            reason: try optional { (reader) throws(LoadError) in try reader.label() })
    }

    private mutating func refund() throws(LoadError) -> RefundRow {
        var row = RefundRow(
            id: try minted(), payment: try minted(), amount: Int64(try integer()), reason: try word(),
            status: try word())
        if row.reason == .byProvider {
            row.origin = RefundRow.Origin(reference: try label(), currency: try currency())
        }
        return row
    }

    private mutating func booking() throws(LoadError) -> BookingRow {
        BookingRow(
            id: try minted(), show: try integer(), buyer: try label(), payment: try minted(), terms: try integer(),
            bookedAt: try time(), isMoved: try flag(), status: try word())
    }

    private mutating func entry() throws(LoadError) -> EntryRow {
        EntryRow(
            id: try minted(), show: try integer(), tier: try integer(), buyer: try label(), quantity: try integer(),
            order: try number(), status: try word(), passOvers: try integer(),
            gatherUntil: try optional { (reader) throws(LoadError) in try reader.time() },
            reservation: try optional { (reader) throws(LoadError) in try reader.minted() },
            endedAt: try optional { (reader) throws(LoadError) in try reader.time() })
    }

    private mutating func claims() throws(LoadError) -> Claims {
        Claims(
            show: try integer(), places: try places(),
            holder: try optional { (reader) throws(LoadError) in try reader.minted() }, kind: try word())
    }
}
