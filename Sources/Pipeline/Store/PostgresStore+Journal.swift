internal import Postgres
public import Ticketing

extension PostgresStore {
    public func lookUp(_ ids: [CommandId], partition: Int, at time: Time) throws(StoreError) -> [KnownDecision] {
        guard !ids.isEmpty else { return [] }
        let week = Int32(Keys.week(of: time))
        return try StoreError.catching {
            try connection.query(Self.findDecisions, week, week - 1, PostgresArray(ids) { $0.uuid }).map { row in
                let (id, event, tenant, payload, status, reply) = try row.decode(
                    (PostgresUUID, PostgresUUID, PostgresUUID, [UInt8], Int, [UInt8]).self)
                return KnownDecision(
                    id: CommandId(id), event: EventId(event), tenant: TenantId(tenant), payload: payload,
                    status: status, reply: reply)
            }
        }
    }

    public func journalIds(
        partition: Int, from sequence: UInt64, limit: Int, at time: Time
    ) throws(StoreError) -> JournalPage {
        precondition(limit > 0, "a page has room")
        let week = Int32(Keys.week(of: time))
        return try StoreError.catching {
            let rows = try connection.query(
                Self.listIds, week, week - 1, Int32(partition), Int64(bitPattern: sequence), Int64(limit) + 1)
            var ids: [CommandId] = []
            ids.reserveCapacity(min(rows.count, limit))
            for row in rows.prefix(limit) { ids.append(CommandId(try row.get(1, as: PostgresUUID.self))) }
            guard rows.count > limit else { return JournalPage(ids: ids, next: nil) }
            return JournalPage(ids: ids, next: UInt64(bitPattern: try rows[limit].get(0, as: Int64.self)))
        }
    }

    // Each week is asked for by itself: only then are the keys read in their order, and no more of them than wanted.

    private static let findDecisions: SQL = """
        SELECT found.*
        FROM unnest($3::uuid[]) AS wanted (id), LATERAL (
            SELECT id, event, tenant, payload, status, reply FROM journal WHERE week = $1 AND id = wanted.id
            UNION ALL
            SELECT id, event, tenant, payload, status, reply FROM journal WHERE week = $2 AND id = wanted.id
            OFFSET 0
        ) AS found
        """

    private static let listIds: SQL = """
        SELECT sequence, id FROM (
            (
                SELECT sequence, id FROM journal WHERE week = $1 AND partition = $3 AND sequence >= $4
                ORDER BY sequence LIMIT $5
            ) UNION ALL (
                SELECT sequence, id FROM journal WHERE week = $2 AND partition = $3 AND sequence >= $4
                ORDER BY sequence LIMIT $5
            )
        ) AS weeks
        ORDER BY sequence LIMIT $5
        """
}
