internal import Postgres
internal import Runtime

// What is to be told.
extension SandboxStore {
    /// Held by the one process that sends, for as long as its session lives.
    private static let lock: Int64 = 0x7362_785f_7365_6e64

    /// Whether this session is the one that sends.
    static func becomeSender(_ connection: PostgresConnection) throws -> Bool {
        try connection.query("SELECT pg_try_advisory_lock($1)", lock).one().get(0)
    }

    /// What is due and not under way, the longest due first.
    static func due(
        atMost most: Int, besides underWay: [Int64], _ connection: PostgresConnection
    ) throws -> [Delivery] {
        try connection.query(
            """
            SELECT id, attempts, body FROM sandbox.webhook
            WHERE next_at <= now() AND id <> ALL ($1) ORDER BY next_at, id LIMIT $2
            """, underWay, Int64(most)
        ).map { row in
            Delivery(id: try row.get(0), attempts: Int(try row.get(1, as: Int32.self)), body: try row.get(2))
        }
    }

    /// How long nothing is due that is not under way; nil where nothing waits.
    static func pause(besides underWay: [Int64], _ connection: PostgresConnection) throws -> Duration? {
        try connection.query(
            """
            SELECT (extract(epoch FROM min(next_at) - clock_timestamp()) * 1000000)::bigint FROM sandbox.webhook
            WHERE next_at IS NOT NULL AND id <> ALL ($1)
            """, underWay
        ).one().get(0, as: Int64?.self).map { .microseconds(max($0, 0)) }
    }

    /// Writes down what came of deliveries, and lets go of what waited for one of them.
    ///
    /// - Parameter patience: after so long an undelivered one is given up.
    static func settle(
        _ results: [DeliveryResult], patience: Duration, _ connection: PostgresConnection
    ) throws {
        let delivered = results.filter(\.isDelivered).map(\.id)
        try connection.transaction { transaction in
            try transaction.execute(
                """
                UPDATE sandbox.webhook AS w SET
                    attempts = w.attempts + 1,
                    is_held = false,
                    copies = CASE WHEN r.is_delivered THEN w.copies - 1 ELSE w.copies END,
                    delivered_at = coalesce(w.delivered_at, CASE WHEN r.is_delivered THEN now() END),
                    next_at = CASE
                        WHEN r.is_delivered AND w.copies <= 1 THEN NULL
                        WHEN NOT r.is_delivered AND now() > w.due_at + $4 * interval '1 microsecond' THEN NULL
                        ELSE now() + r.pause * interval '1 microsecond'
                    END
                FROM unnest($1::bigint[], $2::boolean[], $3::bigint[]) AS r (id, is_delivered, pause)
                WHERE w.id = r.id
                """, results.map(\.id), results.map(\.isDelivered), results.map(\.pause.microseconds),
                patience.microseconds)
            guard !delivered.isEmpty else { return }
            try transaction.execute(
                """
                UPDATE sandbox.webhook AS held SET is_held = false, next_at = greatest(held.due_at, now())
                FROM sandbox.webhook AS later
                WHERE later.id = ANY ($1) AND held.payment = later.payment AND held.id < later.id
                    AND held.is_held AND held.next_at IS NOT NULL
                """, delivered)
        }
    }
}
