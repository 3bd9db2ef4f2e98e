// What the outside reads.
extension DeskState {
    public func ticketRow(_ id: DeskTicketId) -> TicketRow? { ticket(id).map { tickets[$0].row } }

    /// Tickets and kept slots that no agent works on yet.
    public var waitingCount: Int { waiting.count + holds.count }
    public var workingCount: Int { working.count }

    /// When work on a waiting ticket begins, as things stand. Unlike what was told it follows whatever moved since.
    public func forecast(_ id: DeskTicketId) -> DeskTime? {
        guard let slot = ticket(id) else { return nil }
        let ticket = tickets[slot]
        guard ticket.row.status == .open, settings.placement == .deadline else { return ticket.row.startsAt }
        let start = min(plan.forecast(deadline: ticket.deadline, more: 0), ticket.deadline - plan.length)
        return DeskTime(minute: max(plan.base, start))
    }

    /// Whether a command has made a ticket, or a slot, that is known still.
    public func hasTicket(of command: DeskCommandId) -> Bool {
        tickets.slot(of: DeskTicketId(command: command, index: 0)) != nil
    }

    /// About how many bytes of memory it takes.
    public var footprint: Int { 6_000 + tickets.count * 320 }
}
