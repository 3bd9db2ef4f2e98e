internal import Desk
internal import Pipeline
internal import Postgres
internal import Runtime
internal import Ticketing

/// What is stored of a desk, in its tenant's own database.
struct DeskReader {
    let session: any PostgresSession

    /// Nil where there is none, or only a slot that was kept for one.
    func ticket(_ id: DeskTicketId) throws -> TicketRow? {
        let row = try session.query(
            """
            SELECT id, id_index, class, status, created_at, resolve_by, opened_at, starts_at, agent, ends_at
            FROM ticket WHERE id = $1 AND id_index = $2 AND status BETWEEN 1 AND 4
            """, id.uuid, id.number
        ).oneOrNone()
        return try row.map { try forecast([Self.ticket($0)]) }?.first
    }

    /// Newest first.
    func tickets(_ filter: DeskTicketFilter, _ page: Page) throws -> (items: [TicketRow], next: Cursor?) {
        var after: (createdAt: Timestamp, id: DeskTicketId)?
        if case .deskTickets(let createdAt, let id) = page.after {
            after = (Timestamp(microseconds: createdAt), id)
        }
        let found = try session.query(
            """
            SELECT id, id_index, class, status, created_at, resolve_by, opened_at, starts_at, agent, ends_at
            FROM ticket
            WHERE status BETWEEN 1 AND 4 AND ($1::smallint IS NULL OR status = $1)
                AND ($2::text IS NULL OR class = $2)
                AND ($3::timestamptz IS NULL OR created_at < $3
                    OR (created_at = $3 AND (id, id_index) > ($4::uuid, $5::integer)))
            ORDER BY created_at DESC, id, id_index LIMIT $6
            """, filter.status.map { Int16($0.rawValue) }, filter.kind?.text, after?.createdAt, after?.id.uuid,
            after?.id.number, Int64(page.limit + 1)
        ).map(Self.ticket)
        let items = try forecast(Array(found.prefix(page.limit)))
        let next = items.last.map { Cursor.deskTickets(createdAt: $0.createdAt.microseconds, $0.id) }
        return (items, found.count > page.limit ? next : nil)
    }

    /// Where slots may move, a ticket that waits begins when it will as things stand, not when it was told at first.
    func forecast(_ tickets: [TicketRow]) throws -> [TicketRow] {
        guard tickets.contains(where: { $0.status == .open }), let settings = try settings(),
            settings.placement == .deadline
        else { return tickets }
        var forecast = DeskForecast(settings, at: DeskTime(SystemTime().wall))
        for row in try session.query(
            """
            SELECT date_trunc('minute', resolve_by), count(*), NULL::timestamptz FROM ticket WHERE status < 2 GROUP BY 1
            UNION ALL
            SELECT NULL, 0, ends_at FROM ticket WHERE status = 2
            """)
        {
            let (limit, count, end) = try row.decode((Timestamp?, Int64, Timestamp?).self)
            if let limit { forecast.wait(Int(count), for: DeskTime(limit)) }
            if let end { forecast.work(until: DeskTime(end)) }
        }
        return tickets.map { ticket in
            guard ticket.status == .open else { return ticket }
            var moved = ticket
            moved.startsAt = forecast.start(for: ticket.resolveBy)
            return moved
        }
    }

    private static func ticket(_ row: PostgresRow) throws -> TicketRow {
        let (id, index, kind, status, createdAt, resolveBy, openedAt, startsAt, agent, endsAt) = try row.decode(
            (
                PostgresUUID, Int32, String, Int16, Timestamp, Timestamp, Timestamp?, Timestamp, Int32?, Timestamp?
            ).self)
        guard let status = UInt8(exactly: status).flatMap(TicketStatus.init) else {
            throw BrokenRow("\(status) is no status of a ticket")
        }
        return TicketRow(
            id: DeskTicketId(id, index), kind: DeskName(kind), status: status, createdAt: DeskTime(createdAt),
            resolveBy: DeskTime(resolveBy), openedAt: openedAt.map { DeskTime($0) }, startsAt: DeskTime(startsAt),
            agent: agent.map { Int($0) }, endsAt: endsAt.map { DeskTime($0) })
    }

    /// Nil where nothing was decided there yet.
    func settings() throws -> DeskSettings? {
        let row = try session.query(
            """
            SELECT ARRAY(
                    SELECT kind ->> 'name' FROM jsonb_array_elements(classes) WITH ORDINALITY AS c (kind, place)
                    ORDER BY place),
                ARRAY(
                    SELECT (kind ->> 'minutes')::integer
                    FROM jsonb_array_elements(classes) WITH ORDINALITY AS c (kind, place) ORDER BY place),
                minutes_per_ticket, agents, placement, soft_assign_seconds
            FROM desk
            """
        ).oneOrNone()
        guard let row else { return nil }
        let (names, limits, minutesPerTicket, agents, placement, seconds) = try row.decode(
            ([String], [Int32], Int32, Int32, Int16, Int32).self)
        guard let placement = UInt8(exactly: placement).flatMap(DeskPlacement.init) else {
            throw BrokenRow("\(placement) is no placement")
        }
        return DeskSettings(
            classes: zip(names, limits).map { DeskSettings.Class(name: DeskName($0), minutes: Int($1)) },
            minutesPerTicket: Int(minutesPerTicket), agents: Int(agents), placement: placement,
            softAssignSeconds: Int(seconds))
    }
}

extension DeskMintedId {
    fileprivate var uuid: PostgresUUID { PostgresUUID(high: command.high, low: command.low) }
    fileprivate var number: Int32 { Int32(bitPattern: index) }

    fileprivate init(_ uuid: PostgresUUID, _ number: Int32) {
        self.init(command: DeskCommandId(high: uuid.high, low: uuid.low), index: UInt32(bitPattern: number))
    }
}

extension DeskTime {
    fileprivate init(_ timestamp: Timestamp) { self.init(microseconds: timestamp.microseconds) }
}
