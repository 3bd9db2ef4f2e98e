public import Postgres

/// What operators do with effects that were given up.
public enum ParkedEffects {
    /// Sends a parked effect on its way again, with all its attempts. A runner finds it within its sweep interval.
    ///
    /// - Returns: false where it is not parked, or not there.
    @discardableResult
    public static func retry(_ id: EffectId, on session: some PostgresSession) throws(PostgresError) -> Bool {
        let changed = try session.execute(
            """
            UPDATE effect SET state = 'waiting', attempts = 0, holder = NULL, next_at = now(), finished_at = NULL
            WHERE id = $1 AND state = 'parked'
            """, EffectStore.uuid(id))
        return changed == 1
    }
}
