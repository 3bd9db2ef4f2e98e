/// Where a ticket lies in its table. It holds until the ticket is removed, and never leaves this module.
typealias Slot = UInt32

/// Tickets by id and by slot. Slots are used again, so the table is as large as it ever had to be at once.
struct Tickets: Sendable {
    private var records: [Ticket?] = []
    private var vacant: [Slot] = []
    /// Only ever asked for one id: its order differs between processes.
    private var index: [DeskTicketId: Slot] = [:]

    var count: Int { index.count }

    subscript(slot: Slot) -> Ticket {
        _read {
            guard let ticket = records[Int(slot)] else { preconditionFailure("no ticket there") }
            yield ticket
        }
    }

    mutating func change(_ slot: Slot, _ body: (inout Ticket) -> Void) {
        guard var ticket = records[Int(slot)] else { preconditionFailure("no ticket there") }
        body(&ticket)
        records[Int(slot)] = ticket
    }

    func slot(of id: DeskTicketId) -> Slot? { index[id] }

    /// The ticket's id must be new.
    mutating func insert(_ ticket: Ticket) -> Slot {
        let slot: Slot
        if let reused = vacant.popLast() {
            slot = reused
            records[Int(slot)] = ticket
        } else {
            slot = Slot(records.count)
            records.append(ticket)
        }
        let former = index.updateValue(slot, forKey: ticket.id)
        precondition(former == nil, "two tickets with one id")
        return slot
    }

    mutating func remove(_ slot: Slot) {
        index[self[slot].id] = nil
        records[Int(slot)] = nil
        vacant.append(slot)
    }

    /// Slots in the order of their ids: the one order that depends on nothing else.
    var sortedSlots: [Slot] {
        records.indices.filter { records[$0] != nil }.map { Slot($0) }.sorted { self[$0].id < self[$1].id }
    }
}
