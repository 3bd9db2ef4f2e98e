// How a ticket's place among the others changes: the tables and the plan change together here, and nowhere else.
extension DeskState {
    /// Takes up a slot or ticket that no agent works on yet.
    mutating func enqueue(_ slot: Slot) {
        let ticket = tickets[slot]
        if ticket.row.status == .held {
            holds.set(slot, at: ticket.row.endsAt?.microseconds ?? 0, tie: ticket.turn)
        } else {
            wait(slot)
        }
        plan.add(ticket, isHeld: ticket.row.status == .held)
    }

    /// The turn of a ticket that may begin.
    mutating func wait(_ slot: Slot) {
        let ticket = tickets[slot]
        let at = settings.placement == .earliest ? ticket.start : ticket.deadline
        waiting.set(slot, at: Int64(at), tie: ticket.turn)
    }

    /// Its minutes are free again.
    mutating func withdraw(_ slot: Slot) {
        let ticket = tickets[slot]
        waiting.remove(slot)
        holds.remove(slot)
        plan.remove(ticket, isHeld: ticket.row.status == .held)
    }

    mutating func begin(_ slot: Slot, agent: Int, minute: Int) {
        waiting.remove(slot)
        idle.remove(agent)
        let end = minute + settings.minutesPerTicket
        plan.begin(tickets[slot], until: end)
        tickets.change(slot) {
            $0.row.status = .working
            $0.row.startsAt = DeskTime(minute: minute)
            $0.row.agent = agent
            $0.row.endsAt = DeskTime(minute: end)
        }
        working.set(slot, at: Int64(end), tie: agent)
    }

    /// Its agent has no work from `minute` on; the end that was planned if nil.
    mutating func giveBack(_ slot: Slot, from minute: Int? = nil) {
        let row = tickets[slot].row
        guard let agent = row.agent, let end = row.endsAt?.minute else { preconditionFailure("no agent works on it") }
        working.remove(slot)
        plan.end(until: end, from: minute ?? end)
        // The agents may have become fewer since.
        if agent < settings.agents { idle.insert(agent) }
    }

    mutating func finish(_ slot: Slot, as status: TicketStatus, at time: DeskTime) {
        tickets.change(slot) {
            $0.row.status = status
            $0.row.endsAt = time
        }
        forgettable.append(slot)
    }

    /// A ticket by its id, unless it is unknown or ended long ago. A slot that is only kept is none.
    func ticket(_ id: DeskTicketId) -> Slot? {
        guard let slot = tickets.slot(of: id), tickets[slot].row.status != .held, isKnown(slot) else { return nil }
        return slot
    }

    /// It depends on the time alone, so that it does not matter when the memory is given back.
    func isKnown(_ slot: Slot) -> Bool {
        let row = tickets[slot].row
        guard !row.status.isLive, let endedAt = row.endsAt else { return true }
        return time < endedAt.adding(seconds: DeskBounds.rememberedSeconds)
    }

    /// Gives back the memory of some tickets that are not known any more.
    mutating func forget() {
        for _ in 0..<DeskBounds.forgottenPerDecision {
            guard let slot = forgettable.first, !isKnown(slot) else { return }
            tickets.remove(slot)
            forgettable.removeFirst()
        }
    }
}
