internal import Ticketing

/// The rows of all decisions of a group, folded: each row is written once.
struct GroupWrites {
    var events = RowTable<Int, EventRow>("event")
    var terms = RowTable<Int, TermsRow>("event_terms")
    var shows = RowTable<ShowNumber, ShowRow>("show")
    var changes = ChangeTable()
    var claims = ClaimTable()
    var reservations = RowTable<ReservationId, ReservationRow>("reservation")
    var payments = RowTable<PaymentId, PaymentRow>("payment")
    var refunds = RowTable<RefundId, RefundRow>("refund")
    var disputes = RowTable<DisputeId, DisputeRow>("dispute")
    var bookings = RowTable<BookingId, BookingRow>("booking")
    var tickets = RowTable<TicketId, TicketRow>("ticket")
    var entries = RowTable<EntryId, EntryRow>("waitlist_entry")
    var checkIns = RowTable<TicketId, CheckInRow>("check_in")
    var incidents = RowTable<PaymentId, IncidentRow>("incident")
    var effects: [EffectRow] = []

    /// One ticket of a booking.
    struct TicketRow {
        let booking: BookingId
        let show: ShowNumber
        let ticket: Tickets.Ticket
        var endedAt: Time?
        /// It had ended before this group.
        var wasEnded = false
    }

    /// A provider's name for a dispute, within a payment.
    struct DisputeId: Hashable, Comparable, Sendable {
        let payment: PaymentId
        let reference: Label

        init(_ row: DisputeRow) {
            payment = row.payment
            reference = row.reference
        }

        static func < (left: Self, right: Self) -> Bool {
            left.payment == right.payment ? left.reference < right.reference : left.payment < right.payment
        }
    }

    mutating func removeAll() {
        events.removeAll()
        terms.removeAll()
        shows.removeAll()
        changes.removeAll()
        claims.removeAll()
        reservations.removeAll()
        payments.removeAll()
        refunds.removeAll()
        disputes.removeAll()
        bookings.removeAll()
        tickets.removeAll()
        entries.removeAll()
        checkIns.removeAll()
        incidents.removeAll()
        effects.removeAll(keepingCapacity: true)
    }

    /// Adds what the decisions of a batch write, behind what the group's batches before it do.
    mutating func add(_ batch: Batch) throws(Contradiction) {
        for entry in batch.entries {
            switch entry.verdict {
            case .decided(let decision), .fellDue(let decision): try add(decision, of: entry, in: batch)
            case .movedOut, .movedIn, .parked: break
            }
        }
    }

    private mutating func add(_ decision: Decision, of entry: Entry, in batch: Batch) throws(Contradiction) {
        for write in decision.writes { try add(write, event: entry.event, at: batch.at) }
        for change in decision.changes { try changes.add(change, event: entry.event) }
        for (index, effect) in decision.effects.enumerated() {
            effects.append(
                EffectRow(
                    effect, index: index, of: decision.id, in: entry, partition: batch.partition, at: batch.at))
        }
    }

    private mutating func add(_ write: Write, event: EventId, at time: Time) throws(Contradiction) {
        switch write {
        case .insertClaims(let claims): try self.claims.insert(claims, event: event)
        case .insertReservation(let row): try reservations.insert(row, event: event, id: row.id)
        case .deleteClaims(let claims): try self.claims.delete(claims, event: event)
        case .changeClaims(let claims, let kind): try self.claims.change(claims, to: kind, event: event)
        case .updateReservation(let row): reservations.update(row, event: event, id: row.id)
        case .insertEvent(let row): try events.insert(row, event: event, id: 0)
        case .updateEvent(let row): events.update(row, event: event, id: 0)
        case .insertTerms(let row): try terms.insert(row, event: event, id: row.number)
        case .insertShow(let row): try shows.insert(row, event: event, id: row.show)
        case .updateShow(let row): shows.update(row, event: event, id: row.show)
        case .insertBooking(let row): try bookings.insert(row, event: event, id: row.id)
        case .updateBooking(let row): bookings.update(row, event: event, id: row.id)
        case .insertTickets(let tickets): try insert(tickets, event: event)
        case .endTickets(let tickets): end(tickets, event: event, at: time)
        case .renewTickets(let tickets): renew(tickets, event: event)
        case .insertPayment(let row): try payments.insert(row, event: event, id: row.id)
        case .updatePayment(let row): payments.update(row, event: event, id: row.id)
        case .insertRefund(let row): try refunds.insert(row, event: event, id: row.id)
        case .updateRefund(let row): refunds.update(row, event: event, id: row.id)
        case .insertDispute(let row): try disputes.insert(row, event: event, id: DisputeId(row))
        case .updateDispute(let row): disputes.update(row, event: event, id: DisputeId(row))
        case .insertEntry(let row): try entries.insert(row, event: event, id: row.id)
        case .updateEntry(let row): entries.update(row, event: event, id: row.id)
        case .insertCheckIn(let row): try checkIns.insert(row, event: event, id: row.ticket)
        case .insertIncident(let row): try incidents.insert(row, event: event, id: row.payment)
        case .updateIncident(let row): incidents.update(row, event: event, id: row.payment)
        }
    }

    private mutating func insert(_ tickets: Tickets, event: EventId) throws(Contradiction) {
        for ticket in tickets.tickets {
            try self.tickets.insert(
                TicketRow(booking: tickets.booking, show: tickets.show, ticket: ticket), event: event, id: ticket.id)
        }
    }

    private mutating func end(_ tickets: Tickets, event: EventId, at time: Time) {
        for ticket in tickets.tickets {
            let isKnown = self.tickets.change(event: event, id: ticket.id) { $0.endedAt = time }
            guard !isKnown else { continue }
            self.tickets.update(
                TicketRow(booking: tickets.booking, show: tickets.show, ticket: ticket, endedAt: time), event: event,
                id: ticket.id)
        }
    }

    private mutating func renew(_ tickets: Tickets, event: EventId) {
        for ticket in tickets.tickets {
            let isKnown = self.tickets.change(event: event, id: ticket.id) { $0.endedAt = nil }
            guard !isKnown else { continue }
            self.tickets.update(
                TicketRow(booking: tickets.booking, show: tickets.show, ticket: ticket, wasEnded: true), event: event,
                id: ticket.id)
        }
    }
}
