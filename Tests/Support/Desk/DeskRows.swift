package import Desk
package import Postgres
internal import Runtime

/// Rows of a tenant's database, as workers write them.
package enum DeskRows {
    package static func write(_ row: DeskRow, _ session: some PostgresSession) throws {
        let settings = row.settings
        let classes = settings.classes.map { "{\"name\":\"\($0.name.text)\",\"minutes\":\($0.minutes)}" }
        try session.execute(
            """
            INSERT INTO desk (
                tenant, sub_domain, status, store, classes, minutes_per_ticket, agents, placement, soft_assign_seconds,
                not_before)
            VALUES ($1, $2, $3, $4, $5::text::jsonb, $6, $7, $8, $9, $10)
            ON CONFLICT (tenant) DO UPDATE SET status = excluded.status, store = excluded.store,
                classes = excluded.classes, minutes_per_ticket = excluded.minutes_per_ticket,
                agents = excluded.agents, placement = excluded.placement,
                soft_assign_seconds = excluded.soft_assign_seconds, not_before = excluded.not_before
            """, PostgresUUID(high: row.tenant.high, low: row.tenant.low), row.subDomain.text,
            Int16(row.status.rawValue), row.store?.text, "[\(classes.joined(separator: ","))]",
            Int32(settings.minutesPerTicket), Int32(settings.agents), Int16(settings.placement.rawValue),
            Int32(settings.softAssignSeconds), timestamp(row.notBefore))
    }

    package static func write(_ row: TicketRow, _ session: some PostgresSession) throws {
        try session.execute(
            """
            INSERT INTO ticket (
                id, id_index, class, status, created_at, resolve_by, opened_at, starts_at, agent, ends_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            ON CONFLICT (id, id_index) DO UPDATE SET status = excluded.status, opened_at = excluded.opened_at,
                starts_at = excluded.starts_at, agent = excluded.agent, ends_at = excluded.ends_at
            """, PostgresUUID(high: row.id.command.high, low: row.id.command.low), Int32(bitPattern: row.id.index),
            row.kind.text, Int16(row.status.rawValue), timestamp(row.createdAt), timestamp(row.resolveBy),
            row.openedAt.map(timestamp), timestamp(row.startsAt), row.agent.map { Int32($0) },
            row.endsAt.map(timestamp))
    }

    private static func timestamp(_ time: DeskTime) -> Timestamp { Timestamp(microseconds: time.microseconds) }
}
