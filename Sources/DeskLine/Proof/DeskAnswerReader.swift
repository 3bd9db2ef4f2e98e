internal import Desk
internal import Ticketing
internal import Wire

/// What a desk's answer said, as its reader reads it.
enum DeskTold {
    struct Slot {
        let ticket: DeskTicketId
        let startsAt: Time
        /// Of a ticket; of a slot that is only kept, when it lapses.
        let until: Time
    }

    struct Work {
        let ticket: DeskTicketId
        let agent: Int
    }

    enum Fallen {
        case lapsed([DeskTicketId])
        case minute(at: Time, resolved: [DeskTicketId], began: [Work])
    }

    struct Settings {
        var minutesPerTicket: Int
        var agents: Int
    }
}

/// Reads answers. Keeps its memory for the next.
struct DeskAnswerReader {
    private var tape = JSONTape()

    /// nil where the answer is not as it should be.
    private mutating func read<Value>(
        _ reply: [UInt8], _ body: (inout Form, inout Form.Object) -> Value?
    ) -> Value? {
        reply.withUnsafeBytes { bytes in
            guard (try? tape.parse(bytes)) != nil else { return nil }
            var form = Form(bytes, tape)
            guard var object = form.object(0), let value = body(&form, &object), form.problems.isEmpty else {
                return nil
            }
            return value
        }
    }

    /// That a ticket is open, with its slot and its limit.
    mutating func ticket(_ reply: [UInt8], of tenant: TenantId) -> DeskTold.Slot? {
        read(reply) { form, object in
            guard let ticket = form.required("ticketId", in: &object, { $0.ticket($1, tenant) }),
                let slot = form.required("slot", in: &object, { $0.slot($1, tenant) }), slot.ticket == ticket,
                let resolveBy = form.required("resolveBy", in: &object, { $0.time($1) })
            else { return nil }
            return DeskTold.Slot(ticket: ticket, startsAt: slot.startsAt, until: resolveBy)
        }
    }

    /// That a slot is kept.
    mutating func kept(_ reply: [UInt8], of tenant: TenantId) -> DeskTold.Slot? {
        read(reply) { form, object in
            guard let slot = form.required("slotId", in: &object, { $0.slotId($1, tenant) }),
                let startsAt = form.required("startsAt", in: &object, { $0.time($1) }),
                let heldUntil = form.required("heldUntil", in: &object, { $0.time($1) })
            else { return nil }
            return DeskTold.Slot(ticket: DeskTicketId(slot), startsAt: startsAt, until: heldUntil)
        }
    }

    /// Which ticket was cancelled or resolved.
    mutating func ended(_ reply: [UInt8], of tenant: TenantId) -> DeskTicketId? {
        read(reply) { form, object in form.required("ticketId", in: &object) { $0.ticket($1, tenant) } }
    }

    mutating func settings(_ reply: [UInt8]) -> DeskTold.Settings? {
        read(reply) { form, object in
            guard
                let minutes = form.required(
                    "minutesPerTicket", in: &object, { $0.count($1, 1...DeskBounds.minutesPerTicket) }),
                let agents = form.required("agents", in: &object, { $0.count($1, 1...DeskBounds.agents) })
            else { return nil }
            return DeskTold.Settings(minutesPerTicket: minutes, agents: agents)
        }
    }

    mutating func fallen(_ reply: [UInt8], of tenant: TenantId) -> DeskTold.Fallen? {
        read(reply) { form, object in
            switch form.required("fell", in: &object, { $0.text($1, 1...100) }) {
            case "slots-lapsed":
                let slots = form.required("slots", in: &object) { form, node in
                    form.array(node, 1...DeskBounds.rowsPerDecision) { $0.slotId($1, tenant) }
                }
                return slots.map { .lapsed($0.map { DeskTicketId($0) }) }
            case "minute-began":
                let tickets = 0...DeskBounds.ticketsPerDecision
                guard let at = form.required("at", in: &object, { $0.time($1) }),
                    let resolved = form.required(
                        "resolved", in: &object, { $0.array($1, tickets) { $0.ticket($1, tenant) } }),
                    let began = form.required("began", in: &object, { $0.array($1, tickets) { $0.work($1, tenant) } })
                else { return nil }
                return .minute(at: at, resolved: resolved, began: began)
            default: return nil
            }
        }
    }
}

extension Form {
    fileprivate mutating func ticket(_ node: Int, _ tenant: TenantId) -> DeskTicketId? {
        guard let id = id(node, DeskScopedId<DeskKinds.Ticket>.self), id.tenant == tenant else { return nil }
        return id.id
    }

    fileprivate mutating func slotId(_ node: Int, _ tenant: TenantId) -> DeskSlotId? {
        guard let id = id(node, DeskScopedId<DeskKinds.Slot>.self), id.tenant == tenant else { return nil }
        return id.id
    }

    fileprivate mutating func slot(_ node: Int, _ tenant: TenantId) -> (ticket: DeskTicketId, startsAt: Time)? {
        guard var slot = object(node), let id = required("slotId", in: &slot, { $0.slotId($1, tenant) }),
            let startsAt = required("startsAt", in: &slot, { $0.time($1) })
        else { return nil }
        return (DeskTicketId(id), startsAt)
    }

    fileprivate mutating func work(_ node: Int, _ tenant: TenantId) -> DeskTold.Work? {
        guard var work = object(node), let id = required("ticketId", in: &work, { $0.ticket($1, tenant) }),
            let agent = required("agent", in: &work, { $0.count($1, 0...DeskBounds.agents) })
        else { return nil }
        return DeskTold.Work(ticket: id, agent: agent)
    }
}
