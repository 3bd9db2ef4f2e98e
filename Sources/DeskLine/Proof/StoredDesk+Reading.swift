internal import Desk
internal import Pipeline
internal import Postgres
internal import Runtime
internal import Ticketing

extension StoredDesk {
    /// Reads them in the session's snapshot. Rows that nothing of ours has written are found.
    static func read(in session: any PostgresSession, _ found: inout Findings) throws -> StoredDesk {
        var stored = StoredDesk()
        do {
            stored.desk = try session.query(DeskSQL.desk).oneOrNone().map { try DeskRows.desk($0) }
            let due: Timestamp? = try session.query("SELECT at FROM due").one().get(0)
            stored.due = due.map { DeskTime($0) }
            try session.stream(DeskSQL.allTickets) { row in
                let ticket = try DeskRows.ticket(row)
                stored.tickets[ticket.id] = ticket
            }
        } catch let error as BrokenDesk {
            found.add(Finding(.state, error.description))
        }
        return stored
    }
}
