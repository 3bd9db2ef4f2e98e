extension EventState {
    /// A ticket is admitted once. The same scan again, known by its nonce, gets the same answer.
    mutating func decide(_ checkIn: CheckIn, _ context: Context) -> Decision {
        guard isName(checkIn.gate), isName(checkIn.nonce) else { return refuse(.notValid, context) }
        if let known = checkIns.slot(of: checkIn.ticket) {
            let row = checkIns[known].row
            guard row.nonce == checkIn.nonce else {
                return refuse(.alreadyAdmitted(at: row.at, gate: row.gate), context)
            }
            return Decision(id: context.commandId, outcome: .admitted(row.ticket, at: row.at, gate: row.gate))
        }
        guard isValid(checkIn.ticket) else { return refuse(.notValid, context) }
        let row = CheckInRow(
            ticket: checkIn.ticket, gate: checkIn.gate, nonce: checkIn.nonce, at: checkIn.at ?? context.now)
        _ = checkIns.insert(CheckedIn(row: row))
        var decision = Decision(
            id: context.commandId, outcome: .admitted(row.ticket, at: row.at, gate: row.gate))
        decision.writes.append(.insertCheckIn(row))
        return decision
    }

    /// Whether a ticket exists, has neither been given back nor lost its show, and nobody disputes what was paid for
    /// it.
    public func isValid(_ ticket: TicketId) -> Bool {
        let (booking, position) = ticket.origin
        guard let slot = reservations.slot(of: ReservationId(booking)) else { return false }
        let reservation = reservations[slot]
        guard reservation.status == .booked, position < reservation.places.count,
            shows[reservation.position].status == .active
        else { return false }
        return shows[reservation.position].places.holder(of: reservation.places[position]) == slot
            && !isDisputed(slot)
    }
}
