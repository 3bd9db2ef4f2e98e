public import Postgres

/// Brings a database to the newest schema.
///
/// Each step runs in a transaction with the row that records it, so that a step is there as a whole or not at all;
/// processes that start at the same time take turns.
public enum Migrator {
    /// Held while steps are taken. Any number that nothing else in the database uses as an advisory lock.
    private static let lock: Int64 = 0x7475_726e_7374_696c

    /// - Returns: the steps that were taken now.
    public static func migrate(
        _ connection: PostgresConnection, to migrations: [Migration]
    ) throws -> [Migration] {
        try connection.execute("SELECT pg_advisory_lock($1)", lock)
        defer {
            // Failing here means that the connection is gone, and the lock with it.
            _ = try? connection.execute("SELECT pg_advisory_unlock($1)", lock)
        }
        try connection.execute(
            """
            CREATE TABLE IF NOT EXISTS schema_migration (
                number      integer PRIMARY KEY CHECK (number > 0),
                name        text NOT NULL,
                hash        bytea NOT NULL,
                applied_at  timestamptz NOT NULL DEFAULT now()
            )
            """)
        let applied = try check(connection, against: migrations)
        let missing = migrations.dropFirst(applied)
        for migration in missing {
            try connection.transaction { transaction in
                try transaction.run(script: SQL(trustedScript: migration.script))
                try transaction.execute(
                    "INSERT INTO schema_migration (number, name, hash) VALUES ($1, $2, sha256(convert_to($3, 'UTF8')))",
                    Int32(migration.number), migration.name, migration.script)
            }
        }
        return Array(missing)
    }

    /// Compares what the database has with what this program knows.
    ///
    /// - Returns: how many steps the database has taken.
    private static func check(_ connection: PostgresConnection, against migrations: [Migration]) throws -> Int {
        let rows = try connection.query("SELECT number, name FROM schema_migration ORDER BY number")
        for row in rows {
            let (number, name) = try row.decode((Int32, String).self)
            guard let known = migrations.first(where: { $0.number == number }) else {
                throw SchemaError(
                    .newer,
                    "the database has taken migration \(number) (\(name)), which this program does not "
                        + "know: run a newer one"
                )
            }
            let same = try connection.query(
                "SELECT hash = sha256(convert_to($2, 'UTF8')) FROM schema_migration WHERE number = $1", number,
                known.script
            ).one().get(0, as: Bool.self)
            guard same else {
                throw SchemaError(
                    .altered,
                    "migration \(number) (\(name)) was altered after the database had taken it: undo "
                        + "that, and add a new one"
                )
            }
        }
        return rows.count
    }
}
