internal import Pipeline
internal import Postgres
internal import Ticketing

/// What the journal has of a command.
struct JournaledDecision: Sendable {
    let id: CommandId
    let status: Int
    let reply: [UInt8]
    let payload: [UInt8]

    /// Those of these commands that are decided.
    ///
    /// - Parameter weeks: in which of the journal's weeks to look for each.
    static func find(
        _ wanted: [(id: CommandId, week: Int)], on session: any PostgresSession
    ) throws -> [JournaledDecision] {
        guard !wanted.isEmpty else { return [] }
        let ids = wanted.map(\.id.uuid)
        let weeks = wanted.map { Int32($0.week) }
        return try session.query(Self.statement, ids, weeks).map { row in
            let (id, status, reply, payload) = try row.decode((PostgresUUID, Int, [UInt8], [UInt8]).self)
            return JournaledDecision(
                id: CommandId(id), status: status, reply: reply, payload: payload)
        }
    }

    // Each by its own key: whatever the planner thinks of the journal's size.
    private static let statement: SQL = """
        SELECT found.*
        FROM unnest($1::uuid[], $2::integer[]) AS wanted (id, week), LATERAL (
            SELECT id, status, reply, payload FROM journal WHERE week = wanted.week AND id = wanted.id
            OFFSET 0
        ) AS found
        """

    /// The first week that is kept; nil for an empty journal.
    static func firstWeek(on session: any PostgresSession) throws -> Int? {
        let week: Int32? = try session.query(
            """
            SELECT min(substring(inhrelid::regclass::text FROM '_w(-?[0-9]+)$')::integer)
            FROM pg_inherits WHERE inhparent = 'journal'::regclass
            """
        ).one().get(0)
        return week.map { Int($0) }
    }
}
