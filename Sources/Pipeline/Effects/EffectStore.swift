internal import Postgres
internal import Runtime
internal import Ticketing

/// The rows of one kind's effects, over one session. Belongs to one thread at a time.
struct EffectStore {
    let kind: EffectKind
    let session: PostgresConnection
    /// The runner's number, which stands beside what it has in hand.
    let holder: Int32

    /// Of all runners' locks.
    private static let lockSpace: Int32 = 0x7573_6566

    /// Says that the runner is there, for as long as the session lasts. Shared, so that it does not wait for a session
    /// of its own that the server has not noticed the end of.
    func appear() throws(PostgresError) {
        try session.execute("SELECT pg_advisory_lock_shared($1, $2)", Self.lockSpace, holder)
    }

    /// Runners that have something in hand and are not there.
    func missingHolders() throws(PostgresError) -> [Int32] {
        try session.query(
            """
            SELECT DISTINCT holder FROM effect
            WHERE kind = $1 AND state = 'waiting' AND holder IS NOT NULL AND holder <> $2
                AND NOT EXISTS (
                    SELECT FROM pg_locks
                    WHERE locktype = 'advisory' AND classid = $3::integer::oid AND objid = holder::oid AND objsubid = 2
                        AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
            """, kind.rawValue, holder, Self.lockSpace
        ).values(of: Int32.self)
    }

    /// What they had in hand is due at once.
    func free(from holders: [Int32]) throws(PostgresError) {
        guard !holders.isEmpty else { return }
        try session.execute(
            """
            UPDATE effect SET next_at = now(), holder = NULL
            WHERE kind = $1 AND state = 'waiting' AND holder = ANY ($2)
            """, kind.rawValue, holders)
    }

    /// Takes due effects by making them invisible for a while, and counts the attempts.
    ///
    /// - Parameter except: they are left to others.
    func take(
        _ limit: Int, except: [EffectId] = [], attempts: Int, visibility: Duration
    ) throws(PostgresError) -> EffectTake {
        let rows = try session.query(
            """
            WITH ready AS (
                SELECT id, attempts >= $4 AS is_spent FROM effect
                WHERE kind = $1 AND state = 'waiting' AND next_at <= now() AND NOT id = ANY ($3)
                ORDER BY next_at LIMIT $2 FOR UPDATE SKIP LOCKED
            )
            UPDATE effect SET
                attempts = attempts + CASE WHEN is_spent THEN 0 ELSE 1 END,
                state = CASE WHEN is_spent THEN 'parked' ELSE 'waiting' END,
                next_at = CASE WHEN is_spent THEN next_at ELSE now() + $5 * interval '1 microsecond' END,
                holder = CASE WHEN is_spent THEN NULL ELSE $6::integer END,
                finished_at = CASE WHEN is_spent THEN now() END,
                last_error = CASE WHEN is_spent
                    THEN concat_ws('; ', last_error, 'the last attempt was never heard of again') ELSE last_error END
            FROM ready WHERE effect.id = ready.id
            RETURNING is_spent, effect.id, event, tenant, partition, command, trace, body, attempts, created_at
            """, kind.rawValue, Int64(limit), Self.uuids(except), Int32(clamping: attempts), visibility.microseconds,
            holder)
        var take = EffectTake()
        for row in rows {
            let (isSpent, id, event, tenant, partition, command, trace, body, attempt, createdAt) = try row.decode(
                (
                    Bool, PostgresUUID, PostgresUUID, PostgresUUID, Int32, PostgresUUID, String?, PostgresJSON, Int32,
                    Timestamp
                ).self)
            if isSpent {
                take.spent.append(Self.id(id))
                continue
            }
            take.requests.append(
                EffectRequest(
                    id: Self.id(id), kind: kind, event: Self.id(event), tenant: Self.id(tenant),
                    partition: Int(partition), command: Self.id(command),
                    trace: trace.flatMap { TraceContext(traceparent: $0) }, body: body.bytes, attempt: Int(attempt),
                    createdAt: createdAt))
        }
        if rows.count < limit { take.nextDue = try nextDue(except: except + take.requests.map(\.id)) }
        return take
    }

    private func nextDue(except: [EffectId]) throws(PostgresError) -> Duration? {
        let row = try session.query(
            """
            SELECT (extract(epoch FROM min(next_at) - clock_timestamp()) * 1000000)::bigint FROM effect
            WHERE kind = $1 AND state = 'waiting' AND NOT id = ANY ($2)
            """, kind.rawValue, Self.uuids(except)
        ).one()
        return try row.get(0, as: Int64?.self).map { .microseconds($0) }
    }

    /// Where events are decided that were moved.
    func routes(of events: [EventId]) throws(PostgresError) -> [EventRoute] {
        let rows = try session.query(
            "SELECT event, partition, version FROM event_route WHERE event = ANY ($1)", Self.uuids(events))
        return try rows.decode((PostgresUUID, Int32, Int64).self).map { event, partition, version in
            EventRoute(event: Self.id(event), partition: Int(partition), version: UInt64(clamping: version))
        }
    }

    /// Writes down what attempts came to. Doing it twice is no harm.
    ///
    /// - Returns: effects that are not done, since their event has moved.
    func settle(_ settlements: [EffectSettlement]) throws(PostgresError) -> [EffectId] {
        var done: [(id: EffectId, route: Int64?)] = []
        var later: [(id: EffectId, attempt: Int32, pause: Int64, reason: String)] = []
        var parked: [(id: EffectId, attempt: Int32, reason: String)] = []
        for settlement in settlements {
            let attempt = Int32(clamping: settlement.attempt)
            switch settlement.verdict {
            case .done(let route): done.append((settlement.id, route.map { Int64(clamping: $0) }))
            case .later(let pause, let reason):
                later.append((settlement.id, attempt, pause.microseconds, Self.fit(reason)))
            case .parked(let reason): parked.append((settlement.id, attempt, Self.fit(reason)))
            }
        }
        if !later.isEmpty {
            try session.execute(
                """
                UPDATE effect SET next_at = now() + pause * interval '1 microsecond', holder = NULL, last_error = reason
                FROM unnest($1::uuid[], $2::integer[], $3::bigint[], $4::text[]) AS failed (id, attempt, pause, reason)
                WHERE effect.id = failed.id AND state = 'waiting' AND attempts = attempt
                """, PostgresArray(later) { Self.uuid($0.id) }, PostgresArray(later) { $0.attempt },
                PostgresArray(later) { $0.pause }, PostgresArray(later) { $0.reason })
        }
        if !parked.isEmpty {
            try session.execute(
                """
                UPDATE effect SET state = 'parked', holder = NULL, finished_at = now(), last_error = reason
                FROM unnest($1::uuid[], $2::integer[], $3::text[]) AS failed (id, attempt, reason)
                WHERE effect.id = failed.id AND state = 'waiting' AND attempts = attempt
                """, PostgresArray(parked) { Self.uuid($0.id) }, PostgresArray(parked) { $0.attempt },
                PostgresArray(parked) { $0.reason })
        }
        return done.isEmpty ? [] : try finish(done)
    }

    private func finish(_ done: [(id: EffectId, route: Int64?)]) throws(PostgresError) -> [EffectId] {
        // The route is read after the commands were confirmed. A move writes it before the event's old partition gets
        // its last word, so where it has not changed, the commands came before that.
        let finished = try session.execute(
            """
            UPDATE effect SET state = 'done', holder = NULL, finished_at = now(), last_error = NULL
            FROM unnest($1::uuid[], $2::bigint[]) AS finished (id, route)
            WHERE effect.id = finished.id AND state <> 'done' AND (
                route IS NULL
                OR route = coalesce((SELECT version FROM event_route WHERE event_route.event = effect.event), 0))
            """, PostgresArray(done) { Self.uuid($0.id) }, PostgresArray(done) { $0.route })
        guard finished < done.count else { return [] }
        let rest = try session.query(
            "SELECT id FROM effect WHERE id = ANY ($1) AND state <> 'done'", PostgresArray(done) { Self.uuid($0.id) })
        return try rest.values(of: PostgresUUID.self).map { Self.id($0) }
    }

    /// No number is larger than this: from here on it means "or more".
    static let mostCounted = 100_000

    func counts() throws(PostgresError) -> EffectCounts {
        let row = try session.query(
            """
            SELECT waiting.count, parked.count,
                coalesce((extract(epoch FROM now() - waiting.oldest) * 1000000)::bigint, 0)
            FROM
                (SELECT count(*), min(created_at) AS oldest FROM (
                    SELECT created_at FROM effect WHERE kind = $1 AND state = 'waiting' LIMIT $2
                ) AS counted) AS waiting,
                (SELECT count(*) FROM (
                    SELECT FROM effect WHERE kind = $1 AND state = 'parked' LIMIT $2
                ) AS counted) AS parked
            """, kind.rawValue, Int64(Self.mostCounted)
        ).one()
        let (waiting, parked, oldest) = try row.decode((Int64, Int64, Int64).self)
        return EffectCounts(waiting: Int(waiting), parked: Int(parked), oldestWaiting: .microseconds(oldest))
    }

    /// As much of a reason as is kept, in a form that the database takes.
    private static func fit(_ reason: String) -> String {
        let limit = 1_000
        var text = reason.utf8.contains(0) ? String(reason.split(separator: "\0").joined(separator: " ")) : reason
        guard text.utf8.count > limit else { return text }
        text = String(decoding: text.utf8.prefix(limit), as: UTF8.self)
        return text + "…"
    }

    static func uuid<Kind>(_ id: Id<Kind>) -> PostgresUUID { PostgresUUID(high: id.high, low: id.low) }
    private static func id<Kind>(_ uuid: PostgresUUID) -> Id<Kind> { Id(high: uuid.high, low: uuid.low) }
    private static func uuids<Kind>(_ ids: [Id<Kind>]) -> [PostgresUUID] { ids.map { uuid($0) } }
}
