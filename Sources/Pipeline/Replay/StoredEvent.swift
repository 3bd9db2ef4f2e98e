internal import Postgres
internal import Ticketing

/// An event as the tables hold it, whichever partition has it.
enum StoredEvent {
    /// nil where there is no such event.
    ///
    /// - Parameter time: of the newest decision about it.
    /// - Throws: `LoadError`, or `BrokenRow`, for rows that make no state.
    static func load(_ event: EventId, at time: Time, in session: any PostgresSession) throws -> EventState? {
        let reader = EventReader(event, at: time, in: session)
        guard let head = try reader.head() else { return nil }
        var loader = try Loader(head.row, terms: head.terms, at: time)
        try reader.rows(behind: head) { try loader.add($0) }
        return try loader.finish()
    }
}
