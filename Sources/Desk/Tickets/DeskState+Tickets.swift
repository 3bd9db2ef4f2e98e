extension DeskState {
    mutating func decideCreate(_ kind: DeskName, _ context: DeskContext) -> DeskDecision {
        promise(kind, context, heldUntil: nil)
    }

    mutating func decideValidate(_ kind: DeskName, _ context: DeskContext) -> DeskDecision {
        promise(kind, context, heldUntil: context.now.adding(seconds: settings.softAssignSeconds))
    }

    /// Promises a place to a ticket, or to whoever takes the slot by `heldUntil`; that slot begins no earlier.
    private mutating func promise(
        _ kind: DeskName, _ context: DeskContext, heldUntil: DeskTime?
    ) -> DeskDecision {
        guard let limit = settings.limit(of: kind) else { return refuse(.noSuchClass, context) }
        let id = DeskTicketId(command: context.commandId, index: 0)
        precondition(tickets.slot(of: id) == nil, "a command is decided once")
        let resolveBy = context.now.adding(minutes: limit)
        let release = max(nextMinute, heldUntil?.nextMinute ?? nextMinute)
        let place = plan.place(from: release, deadline: resolveBy.minute)
        guard place.fits else {
            return refuse(.slaCannotBeMet(earliest: DeskTime(minute: place.start)), context)
        }
        let row = TicketRow(
            id: id, kind: kind, status: heldUntil == nil ? .open : .held, createdAt: context.now, resolveBy: resolveBy,
            openedAt: heldUntil == nil ? context.now : nil, startsAt: DeskTime(minute: place.start), endsAt: heldUntil)
        enqueue(tickets.insert(Ticket(row: row)))
        let promised = Promised(slot: DeskSlotId(id), kind: kind, startsAt: row.startsAt, resolveBy: resolveBy)
        var decision = DeskDecision(id: context.commandId, outcome: .created(promised))
        if let heldUntil { decision.outcome = .softAssigned(promised, heldUntil: heldUntil) }
        decision.writes = [.insertTicket(row)]
        return decision
    }

    /// Whoever takes a slot twice gets the same ticket, as long as that is known and was not cancelled.
    mutating func decideAllocate(_ id: DeskSlotId, _ kind: DeskName, _ context: DeskContext) -> DeskDecision {
        guard let slot = tickets.slot(of: DeskTicketId(id)), isKnown(slot), tickets[slot].row.status != .cancelled
        else { return refuse(.slotLapsed, context) }
        let held = tickets[slot]
        guard held.row.kind == kind else { return refuse(.invalid(.ticketType), context) }
        if held.row.status == .held {
            holds.remove(slot)
            plan.open(held)
            tickets.change(slot) {
                $0.row.status = .open
                $0.row.openedAt = context.now
                $0.row.endsAt = nil
            }
            wait(slot)
        }
        let row = tickets[slot].row
        var decision = DeskDecision(
            id: context.commandId,
            outcome: .allocated(Promised(slot: id, kind: kind, startsAt: row.startsAt, resolveBy: row.resolveBy)))
        if held.row.status == .held { decision.writes = [.updateTicket(row)] }
        return decision
    }

    mutating func decideCancel(_ id: DeskTicketId, _ context: DeskContext) -> DeskDecision {
        guard let slot = ticket(id) else { return refuse(.noSuchTicket, context) }
        if tickets[slot].row.status == .resolved { return refuse(.alreadyResolved, context) }
        var decision = DeskDecision(id: context.commandId, outcome: .cancelled(id))
        if tickets[slot].row.status != .cancelled { decision.writes = end(slot, as: .cancelled) }
        return decision
    }

    mutating func decideResolve(_ id: DeskTicketId, _ context: DeskContext) -> DeskDecision {
        guard let slot = ticket(id) else { return refuse(.noSuchTicket, context) }
        if tickets[slot].row.status == .cancelled { return refuse(.alreadyCancelled, context) }
        var decision = DeskDecision(id: context.commandId, outcome: .resolved(id))
        if tickets[slot].row.status != .resolved {
            decision.writes = end(slot, as: .resolved)
            decision.effects = [.notify(.resolved, [id])]
        }
        return decision
    }

    /// Ends a ticket before its time: its minutes that have not begun are free again.
    private mutating func end(_ slot: Slot, as status: TicketStatus) -> [DeskWrite] {
        guard tickets[slot].row.status == .working else {
            withdraw(slot)
            finish(slot, as: status, at: time)
            return [.updateTicket(tickets[slot].row)]
        }
        giveBack(slot, from: nextMinute)
        finish(slot, as: status, at: time)
        // The agent is idle, but this minute has begun.
        row.notBefore = DeskTime(minute: nextMinute)
        return [.updateTicket(tickets[slot].row), .updateDesk(row)]
    }
}
