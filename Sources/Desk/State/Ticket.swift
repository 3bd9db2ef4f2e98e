/// A ticket as it lives in memory, or a slot that is kept for one.
struct Ticket: Sendable {
    var row: TicketRow

    var id: DeskTicketId { row.id }

    /// The minute before which its work has to end.
    var deadline: Int { row.resolveBy.minute }
    var start: Int { row.startsAt.minute }

    /// The first minute that it can begin in. A kept slot's begins after it has lapsed, if nobody takes it.
    var release: Int {
        if row.status == .held { return row.endsAt?.nextMinute ?? start }
        return (row.openedAt ?? row.createdAt).minute + 1
    }

    var turn: Turn { Turn(createdAt: row.createdAt, id: row.id) }
}

/// Who comes first of two for whom nothing else decides: the one who came first.
struct Turn: Comparable, Sendable {
    let createdAt: DeskTime
    let id: DeskTicketId

    static func < (left: Turn, right: Turn) -> Bool {
        left.createdAt == right.createdAt ? left.id < right.id : left.createdAt < right.createdAt
    }
}
