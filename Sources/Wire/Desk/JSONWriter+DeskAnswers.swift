internal import Desk
internal import Ticketing

// What each outcome answers, by API.md. Outcomes that nobody asked for, because something fell due, have a form, too:
// the journal keeps them.
extension JSONWriter {
    mutating func answer(_ decision: DeskDecision, _ tenant: TenantId) {
        switch decision.outcome {
        case .refused(let refusal): problem(refusal)
        case .accountRequested(let subDomain):
            field("clientId", tenant)
            field("subDomain", subDomain)
            status(AccountStatus.active.word)
        case .accountReady(let store):
            field("clientId", tenant)
            field("store", store)
            status(AccountStatus.active.word)
        case .settingsChanged:
            // The outcome does not repeat them: they stand in the row that it writes.
            for case .updateDesk(let row) in decision.writes { settings(row.settings) }
        case .created(let promised):
            ticket(promised, tenant)
            status(TicketStatus.open.word)
        case .softAssigned(let promised, let heldUntil):
            slot(promised, tenant)
            field("heldUntil", heldUntil)
        case .allocated(let promised):
            // Without a status: whoever allocates again may find it in the midst of work, or resolved.
            ticket(promised, tenant)
        case .cancelled(let id):
            field("ticketId", DeskScopedId(tenant, id))
            status(TicketStatus.cancelled.word)
        case .resolved(let id):
            field("ticketId", DeskScopedId(tenant, id))
            status(TicketStatus.resolved.word)
        case .slotsLapsed(let slots):
            key("fell")
            word("slots-lapsed")
            array("slots", slots) { $0.id(DeskScopedId(tenant, $1)) }
        case .minuteBegan(let minute):
            key("fell")
            word("minute-began")
            self.minute(minute, tenant)
        }
    }

    private mutating func ticket(_ promised: Promised, _ tenant: TenantId) {
        field("ticketId", DeskScopedId(tenant, promised.ticket))
        field("ticketType", promised.kind)
        object("slot") { $0.slot(promised, tenant) }
        field("resolveBy", promised.resolveBy)
    }

    private mutating func slot(_ promised: Promised, _ tenant: TenantId) {
        field("slotId", DeskScopedId(tenant, promised.slot))
        field("startsAt", promised.startsAt)
    }

    private mutating func minute(_ minute: MinuteBegan, _ tenant: TenantId) {
        field("at", minute.at)
        array("resolved", minute.resolved) { $0.id(DeskScopedId(tenant, $1)) }
        array("began", minute.began) { writer, work in
            writer.beginObject()
            writer.field("ticketId", DeskScopedId(tenant, work.ticket))
            writer.field("agent", work.agent)
            writer.endObject()
        }
    }
}
