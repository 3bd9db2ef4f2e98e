public import Postgres
internal import Runtime
internal import Ticketing

/// Ended sessions, in the control database: how one process tells the others that somebody has left.
public struct SessionStore {
    let session: any PostgresSession

    public init(_ session: any PostgresSession) {
        self.session = session
    }

    /// For good. Again is no harm.
    public func end(_ ended: Session) throws {
        try session.execute(
            """
            INSERT INTO ended_session (session, tenant, expires_at) VALUES ($1, $2, $3)
            ON CONFLICT (session) DO NOTHING
            """,
            ended.id.uuid, PostgresUUID(high: ended.tenant.high, low: ended.tenant.low), ended.expiresAt)
    }

    struct Reading {
        /// By the database's clock.
        let at: Timestamp
        let ended: [(id: Session.Id, expiresAt: Timestamp)]
    }

    /// Those that ended after that time of the database's clock, and have not expired.
    func ended(after time: Timestamp) throws -> Reading {
        let rows = try session.query(
            """
            SELECT clock_timestamp(), e.session, e.expires_at
            FROM (VALUES (1)) AS one LEFT JOIN ended_session AS e
                ON e.ended_at > $1 AND e.expires_at > now() - interval '1 hour'
            """, time)
        var at = time
        var ended: [(id: Session.Id, expiresAt: Timestamp)] = []
        for row in rows {
            let (now, id, expiresAt) = try row.decode((Timestamp, PostgresUUID?, Timestamp?).self)
            at = now
            if let id, let expiresAt { ended.append((Session.Id(high: id.high, low: id.low), expiresAt)) }
        }
        return Reading(at: at, ended: ended)
    }

    /// Forgets those that have expired: an hour ago, since clocks differ.
    ///
    /// - Returns: how many.
    @discardableResult func forgetExpired() throws -> Int {
        try session.execute("DELETE FROM ended_session WHERE expires_at < now() - interval '1 hour'")
    }
}

extension Session.Id {
    fileprivate var uuid: PostgresUUID { PostgresUUID(high: high, low: low) }
}
