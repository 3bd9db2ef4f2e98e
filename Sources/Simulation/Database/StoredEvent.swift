internal import Ticketing

/// One event's rows in a database in miniature: takes the writes of decisions as a real one would, refusing what it
/// would refuse.
struct StoredEvent {
    /// What a constraint of the database says no to.
    struct Violation: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }

    struct PlaceKey: Hashable {
        let show: ShowNumber
        let place: UInt32
    }

    struct DisputeKey: Hashable {
        let payment: PaymentId
        let reference: Label

        init(_ row: DisputeRow) { (payment, reference) = (row.payment, row.reference) }
    }

    private(set) var event: EventRow?
    private(set) var terms: [TermsRow] = []
    private(set) var shows: [ShowRow] = []
    private(set) var versions: [ShowNumber: UInt64] = [:]
    private(set) var claims: [PlaceKey: Claims] = [:]
    private(set) var reservations: [ReservationId: ReservationRow] = [:]
    private(set) var bookings: [BookingId: BookingRow] = [:]
    /// Those that are valid.
    private(set) var tickets: [TicketId: UInt32] = [:]
    private var everTickets: Set<TicketId> = []
    private(set) var payments: [PaymentId: PaymentRow] = [:]
    private(set) var refunds: [RefundId: RefundRow] = [:]
    private(set) var disputes: [DisputeKey: DisputeRow] = [:]
    private(set) var entries: [EntryId: EntryRow] = [:]
    private(set) var checkIns: [TicketId: CheckInRow] = [:]
    private(set) var incidents: [PaymentId: IncidentRow] = [:]

    mutating func apply(_ decision: Decision) throws(Violation) {
        guard decision.rowCount <= Bounds.rowsPerDecision else { throw Violation("too many rows in one decision") }
        if decision.isRefused, !decision.writes.isEmpty || !decision.effects.isEmpty || !decision.changes.isEmpty {
            throw Violation("a refusal that writes")
        }
        for write in decision.writes { try apply(write) }
        // One version for all that a decision changes of a show, and that is the next one.
        let before = versions
        for change in decision.changes {
            let version = before[change.show] ?? 0
            guard change.version == version + 1 else {
                throw Violation("version \(change.version) of a show comes after \(version)")
            }
            versions[change.show] = change.version
        }
    }

    private mutating func apply(_ write: Write) throws(Violation) {
        switch write {
        case .insertEvent(let row):
            guard event == nil else { throw Violation("an event inserted twice") }
            event = row
        case .updateEvent(let row):
            guard event != nil else { throw Violation("an event updated before it was there") }
            event = row
        case .insertTerms(let row):
            guard row.number == terms.count else { throw Violation("terms out of order") }
            terms.append(row)
        case .insertShow(let row):
            guard row.show == shows.count + 1 else { throw Violation("a show out of order") }
            shows.append(row)
        case .updateShow(let row):
            guard shows.indices.contains(row.show - 1) else { throw Violation("a show updated before it was there") }
            shows[row.show - 1] = row
        case .insertReservation(let row): try insert(row, row.id, \.reservations)
        case .updateReservation(let row): try update(row, row.id, \.reservations)
        case .insertBooking(let row): try insert(row, row.id, \.bookings)
        case .updateBooking(let row): try update(row, row.id, \.bookings)
        case .insertPayment(let row): try insert(row, row.id, \.payments)
        case .updatePayment(let row): try update(row, row.id, \.payments)
        case .insertRefund(let row): try insert(row, row.id, \.refunds)
        case .updateRefund(let row): try update(row, row.id, \.refunds)
        case .insertDispute(let row): try insert(row, DisputeKey(row), \.disputes)
        case .updateDispute(let row): try update(row, DisputeKey(row), \.disputes)
        case .insertEntry(let row): try insert(row, row.id, \.entries)
        case .updateEntry(let row): try update(row, row.id, \.entries)
        case .insertCheckIn(let row): try insert(row, row.ticket, \.checkIns)
        case .insertIncident(let row): try insert(row, row.payment, \.incidents)
        case .updateIncident(let row): try update(row, row.payment, \.incidents)
        case .insertTickets(let new):
            for ticket in new.tickets {
                if !everTickets.insert(ticket.id).inserted { throw Violation("a ticket inserted twice") }
                try insert(ticket.place, ticket.id, \.tickets)
            }
        case .renewTickets(let old):
            for ticket in old.tickets {
                guard everTickets.contains(ticket.id) else { throw Violation("renewed before it was there") }
                try insert(ticket.place, ticket.id, \.tickets)
            }
        case .endTickets(let old):
            for ticket in old.tickets {
                guard tickets.removeValue(forKey: ticket.id) == ticket.place else { throw Violation("no such ticket") }
            }
        case .insertClaims, .deleteClaims, .changeClaims: try applyClaims(write)
        }
    }

    /// A place is taken by whoever inserts its row first, and changes hands only if it is in the hands named.
    private mutating func applyClaims(_ write: Write) throws(Violation) {
        switch write {
        case .insertClaims(let new):
            for place in new.places {
                var row = new
                row.places = PlaceList(from: place, count: 1)
                try insert(row, PlaceKey(show: new.show, place: place), \.claims)
            }
        case .deleteClaims(let old):
            for place in old.places { claims[try key(of: place, in: old)] = nil }
        case .changeClaims(let old, let kind):
            for place in old.places { claims[try key(of: place, in: old)]?.kind = kind }
        default: break
        }
    }

    private func key(of place: UInt32, in expected: Claims) throws(Violation) -> PlaceKey {
        let key = PlaceKey(show: expected.show, place: place)
        guard let row = claims[key], row.holder == expected.holder, row.kind == expected.kind else {
            throw Violation("a claim of somebody else")
        }
        return key
    }

    private mutating func insert<Key, Row>(
        _ row: Row, _ key: Key, _ table: WritableKeyPath<Self, [Key: Row]>
    ) throws(Violation) {
        if self[keyPath: table].updateValue(row, forKey: key) != nil { throw Violation("inserted twice: \(row)") }
    }

    private mutating func update<Key, Row>(
        _ row: Row, _ key: Key, _ table: WritableKeyPath<Self, [Key: Row]>
    ) throws(Violation) {
        if self[keyPath: table].updateValue(row, forKey: key) == nil {
            throw Violation("updated before it was there: \(row)")
        }
    }

    /// A state made of the rows; in whatever order a dictionary has them, it is the same.
    func load(at time: Time) throws -> EventState {
        guard let event else { throw Violation("no such event") }
        var loader = try Loader(event, terms: terms, at: time)
        for row in shows { try loader.add(.show(row, version: versions[row.show] ?? 0)) }
        for row in reservations.values { try loader.add(.reservation(row)) }
        for row in payments.values { try loader.add(.payment(row)) }
        for row in refunds.values { try loader.add(.refund(row)) }
        for row in disputes.values { try loader.add(.dispute(row)) }
        for row in bookings.values { try loader.add(.booking(row)) }
        for row in entries.values { try loader.add(.entry(row)) }
        for row in claims.values { try loader.add(.claims(row)) }
        for row in checkIns.values { try loader.add(.checkIn(row)) }
        for row in incidents.values { try loader.add(.incident(row)) }
        return try loader.finish()
    }
}

/// A state's bytes themselves, to compare them.
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
