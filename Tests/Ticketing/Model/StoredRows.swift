import Testing

@testable import Ticketing

/// A database in miniature: takes the writes of decisions as a real one would, refusing what it would refuse.
struct StoredRows {
    private struct PlaceKey: Hashable {
        let show: ShowNumber
        let place: UInt32
    }
    private struct Holder: Hashable {
        let holder: ReservationId?
        var kind: ClaimKind
    }

    private var event: EventRow?
    private var terms: [TermsRow] = []
    private var shows: [ShowNumber: ShowRow] = [:]
    private var versions: [ShowNumber: UInt64] = [:]
    private var claims: [PlaceKey: Holder] = [:]
    private var reservations: [ReservationId: ReservationRow] = [:]
    private var bookings: [BookingId: BookingRow] = [:]
    private var tickets: [TicketId: UInt32] = [:]
    private var payments: [PaymentId: PaymentRow] = [:]
    private var refunds: [RefundId: RefundRow] = [:]
    private var entries: [EntryId: EntryRow] = [:]
    private var checkIns: [TicketId: CheckInRow] = [:]
    private var incidents: [PaymentId: IncidentRow] = [:]

    mutating func apply(_ decision: Decision) {
        #expect(decision.rowCount <= Bounds.rowsPerDecision)
        if decision.isRefused {
            #expect(decision.writes.isEmpty && decision.effects.isEmpty && decision.changes.isEmpty)
        }
        for write in decision.writes { apply(write) }
        for change in decision.changes {
            let version = versions[change.show] ?? 0
            #expect(change.version == version || change.version == version + 1, "a gap in a show's versions")
            versions[change.show] = change.version
        }
    }

    private mutating func apply(_ write: Write) {
        switch write {
        case .insertEvent(let row), .updateEvent(let row): event = row
        case .insertTerms(let row):
            #expect(row.number == terms.count)
            terms.append(row)
        case .insertShow(let row): insert(row, row.show, \.shows)
        case .updateShow(let row): update(row, row.show, \.shows)
        case .insertReservation(let row): insert(row, row.id, \.reservations)
        case .updateReservation(let row): update(row, row.id, \.reservations)
        case .insertBooking(let row): insert(row, row.id, \.bookings)
        case .updateBooking(let row): update(row, row.id, \.bookings)
        case .insertPayment(let row): insert(row, row.id, \.payments)
        case .updatePayment(let row): update(row, row.id, \.payments)
        case .insertRefund(let row): insert(row, row.id, \.refunds)
        case .updateRefund(let row): update(row, row.id, \.refunds)
        case .insertEntry(let row): insert(row, row.id, \.entries)
        case .updateEntry(let row): update(row, row.id, \.entries)
        case .insertCheckIn(let row): insert(row, row.ticket, \.checkIns)
        case .insertIncident(let row): insert(row, row.payment, \.incidents)
        case .insertTickets(let new):
            for ticket in new.tickets { insert(ticket.place, ticket.id, \.tickets) }
        case .endTickets(let old):
            for ticket in old.tickets { #expect(tickets.removeValue(forKey: ticket.id) == ticket.place) }
        case .insertClaims(let new):
            for place in new.places {
                insert(Holder(holder: new.holder, kind: new.kind), PlaceKey(show: new.show, place: place), \.claims)
            }
        case .deleteClaims(let old):
            for place in old.places {
                let former = claims.removeValue(forKey: PlaceKey(show: old.show, place: place))
                #expect(former == Holder(holder: old.holder, kind: old.kind), "a claim of somebody else")
            }
        case .changeClaims(let old, let kind):
            for place in old.places {
                let key = PlaceKey(show: old.show, place: place)
                #expect(claims[key] == Holder(holder: old.holder, kind: old.kind), "a claim of somebody else")
                claims[key]?.kind = kind
            }
        }
    }

    private mutating func insert<Key, Row>(_ row: Row, _ key: Key, _ table: WritableKeyPath<Self, [Key: Row]>) {
        #expect(self[keyPath: table].updateValue(row, forKey: key) == nil, "inserted twice: \(row)")
    }

    private mutating func update<Key, Row>(_ row: Row, _ key: Key, _ table: WritableKeyPath<Self, [Key: Row]>) {
        #expect(self[keyPath: table].updateValue(row, forKey: key) != nil, "updated before it was there: \(row)")
    }

    /// A state made of the rows, in whatever order a dictionary has them.
    func load(at time: Time) throws -> EventState {
        var loader = try Loader(try #require(event), terms: terms, at: time)
        for show in shows.keys.sorted() {
            if let row = shows[show] { try loader.add(.show(row, version: versions[show] ?? 0)) }
        }
        for row in reservations.values { try loader.add(.reservation(row)) }
        for row in payments.values { try loader.add(.payment(row)) }
        for row in refunds.values { try loader.add(.refund(row)) }
        for row in bookings.values { try loader.add(.booking(row)) }
        for row in entries.values { try loader.add(.entry(row)) }
        for (key, holder) in claims {
            try loader.add(
                .claims(
                    Claims(
                        show: key.show, places: PlaceList(from: key.place, count: 1), holder: holder.holder,
                        kind: holder.kind)))
        }
        for row in checkIns.values { try loader.add(.checkIn(row)) }
        for row in incidents.values { try loader.add(.incident(row)) }
        return try loader.finish()
    }

    /// Places that somebody has, and tickets: what the map and the gate see.
    var ticketCount: Int { tickets.count }
}

/// The bytes themselves, to compare them.
struct Bytes: DigestSink, Hashable {
    var bytes: [UInt8] = []
    mutating func write(_ more: UnsafeRawBufferPointer) { bytes.append(contentsOf: more) }
}

extension EventState {
    var bytes: Bytes {
        var bytes = Bytes()
        digestInput(into: &bytes)
        return bytes
    }
}
