internal import Postgres

enum DeskSQL {
    static let raiseFence: SQL = """
        UPDATE partition SET epoch = $1 WHERE line = 'desk' AND epoch <= $1
        RETURNING batch_no, batch_at, next_seq, chain
        """

    static let migrationCount: SQL = "SELECT count(*) FROM schema_migration"

    /// Whoever checks the batches finds the key that they are signed with.
    static let insertKey: SQL = """
        INSERT INTO signing_key (public_key)
        SELECT $1 WHERE EXISTS (SELECT FROM partition WHERE line = 'desk' AND epoch = $2)
        ON CONFLICT DO NOTHING
        """

    static let isMade: SQL = "SELECT EXISTS (SELECT FROM partition WHERE line = 'desk')"

    static let prepareWeeks: SQL = "SELECT prepare_weeks()"
    static let prepareWeek: SQL = "SELECT prepare_week($1), prepare_week($1 + 1)"

    static let desk: SQL = """
        SELECT tenant, sub_domain, status, store, classes, minutes_per_ticket, agents, placement,
            soft_assign_seconds, not_before
        FROM desk
        """

    static let tickets: SQL = """
        SELECT id, id_index, class, status, created_at, resolve_by, opened_at, starts_at, agent, ends_at
        FROM ticket WHERE status < 3
        UNION ALL
        SELECT id, id_index, class, status, created_at, resolve_by, opened_at, starts_at, agent, ends_at
        FROM ticket WHERE status IN (3, 4) AND ends_at > $1
        """

    static let allTickets: SQL = """
        SELECT id, id_index, class, status, created_at, resolve_by, opened_at, starts_at, agent, ends_at FROM ticket
        """

    static let ids: SQL = """
        SELECT id FROM (
            (SELECT id FROM journal WHERE week = $1 AND payload <> '' LIMIT $3)
            UNION ALL (SELECT id FROM journal WHERE week = $2 AND payload <> '' LIMIT $3)
        ) AS weeks
        LIMIT $3
        """

    static let decisions: SQL = """
        SELECT found.*
        FROM unnest($3::uuid[]) AS wanted (id), LATERAL (
            SELECT id, event, tenant, payload, status, reply FROM journal WHERE week = $1 AND id = wanted.id
            UNION ALL
            SELECT id, event, tenant, payload, status, reply FROM journal WHERE week = $2 AND id = wanted.id
            OFFSET 0
        ) AS found
        """

    static let insertDesk: SQL = """
        INSERT INTO desk (
            tenant, sub_domain, status, store, classes, minutes_per_ticket, agents, placement, soft_assign_seconds,
            not_before)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """

    static let updateDesk: SQL = """
        WITH changed AS (
            UPDATE desk SET sub_domain = $2, status = $3, store = $4, classes = $5, minutes_per_ticket = $6,
                agents = $7, placement = $8, soft_assign_seconds = $9, not_before = $10
            WHERE tenant = $1 RETURNING 1
        )
        SELECT demand((SELECT count(*) FROM changed), 1, 'desk')
        """

    static let insertTickets: SQL = """
        INSERT INTO ticket (
            id, id_index, class, status, created_at, resolve_by, opened_at, starts_at, agent, ends_at)
        SELECT * FROM unnest(
            $1::uuid[], $2::integer[], $3::text[], $4::smallint[], $5::timestamptz[], $6::timestamptz[],
            $7::timestamptz[], $8::timestamptz[], $9::integer[], $10::timestamptz[])
        """

    static let updateTickets: SQL = """
        WITH changed AS (
            UPDATE ticket AS t
            SET status = r.status, opened_at = r.opened_at, starts_at = r.starts_at, agent = r.agent,
                ends_at = r.ends_at
            FROM unnest(
                $1::uuid[], $2::integer[], $3::smallint[], $4::timestamptz[], $5::timestamptz[], $6::integer[],
                $7::timestamptz[]) AS r (id, id_index, status, opened_at, starts_at, agent, ends_at)
            WHERE t.id = r.id AND t.id_index = r.id_index RETURNING 1
        )
        SELECT demand((SELECT count(*) FROM changed), $8, 'ticket')
        """

    static let insertEffects: SQL = """
        INSERT INTO effect (id, kind, event, tenant, partition, command, trace, body, next_at, created_at)
        SELECT id, kind, $1, $1, $2, command, trace, body, $3, $3
        FROM unnest($4::uuid[], $5::text[], $6::uuid[], $7::text[], $8::jsonb[])
            AS r (id, kind, command, trace, body)
        """

    static let setDue: SQL = "UPDATE due SET at = $1"
}
