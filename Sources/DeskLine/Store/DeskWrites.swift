package import Desk

/// The rows that a batch leaves behind: many decisions may have had their say about one.
package struct DeskWrites {
    package private(set) var desk: (row: DeskRow, isNew: Bool)?
    private var tickets: [(row: TicketRow, isNew: Bool)] = []
    private var places: [DeskTicketId: Int] = [:]

    package init() {}

    package var new: [TicketRow] { tickets.filter(\.isNew).map(\.row) }
    package var changed: [TicketRow] { tickets.filter { !$0.isNew }.map(\.row) }

    package mutating func add(_ write: DeskWrite) {
        switch write {
        case .insertDesk(let row): desk = (row, true)
        case .updateDesk(let row): desk = (row, desk?.isNew ?? false)
        case .insertTicket(let row): put(row, isNew: true)
        case .updateTicket(let row): put(row, isNew: false)
        }
    }

    private mutating func put(_ row: TicketRow, isNew: Bool) {
        if let place = places[row.id] {
            tickets[place].row = row
        } else {
            places[row.id] = tickets.count
            tickets.append((row, isNew))
        }
    }
}
