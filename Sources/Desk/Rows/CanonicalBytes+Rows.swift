extension CanonicalBytes {
    mutating func put(_ row: DeskStoredRow) {
        switch row {
        case .desk(let row):
            put(0 as UInt64)
            put(row)
        case .ticket(let row):
            put(1 as UInt64)
            put(row)
        }
    }

    mutating func put(_ row: DeskRow) {
        put(row.tenant)
        put(row.subDomain)
        put(row.status)
        put(row.store) { $0.put($1) }
        put(row.settings.classes) {
            $0.put($1.name)
            $0.put($1.minutes)
        }
        put(row.settings.minutesPerTicket)
        put(row.settings.agents)
        put(row.settings.placement)
        put(row.settings.softAssignSeconds)
        put(row.notBefore)
    }

    mutating func put(_ row: TicketRow) {
        put(row.id)
        put(row.kind)
        put(row.status)
        put(row.createdAt)
        put(row.resolveBy)
        put(row.openedAt) { $0.put($1) }
        put(row.startsAt)
        put(row.agent) { $0.put($1) }
        put(row.endsAt) { $0.put($1) }
    }

    mutating func put(_ write: DeskWrite) {
        switch write {
        case .insertDesk(let row):
            put(0 as UInt64)
            put(row)
        case .updateDesk(let row):
            put(1 as UInt64)
            put(row)
        case .insertTicket(let row):
            put(2 as UInt64)
            put(row)
        case .updateTicket(let row):
            put(3 as UInt64)
            put(row)
        }
    }

    mutating func put(_ effect: DeskEffect) {
        switch effect {
        case .createDatabase(let subDomain):
            put(0 as UInt64)
            put(subDomain)
        case .notify(let notice, let tickets):
            put(1 as UInt64)
            put(notice)
            put(tickets) { $0.put($1) }
        }
    }
}

extension DeskDecision {
    /// Appends everything that is to be written because of the decision: rows and effects. Two processes that decide
    /// the same append the same bytes, and no two decisions have the same.
    public func appendWrites(to bytes: inout [UInt8]) {
        var canonical = CanonicalBytes(appendingTo: bytes)
        bytes = []
        canonical.put(writes) { $0.put($1) }
        canonical.put(effects) { $0.put($1) }
        bytes = canonical.bytes
    }
}
