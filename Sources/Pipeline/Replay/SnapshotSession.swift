package import Postgres

/// A session of an operator's tool, which sees the database as it is at one moment and may take long. It
/// only reads, unless it says otherwise.
package enum SnapshotSession {
    package static func run<Value>(
        _ settings: PostgresSettings, as name: String, writes: Bool = false,
        _ body: (any PostgresSession) throws -> Value
    ) throws -> Value {
        var settings = settings
        settings.applicationName = name
        settings.statementTimeout = nil
        settings.idleInTransactionTimeout = nil
        settings.responseTimeout = .seconds(3_600)
        let connection = try PostgresConnection.connect(settings)
        defer { connection.close() }
        // While it computes, it is idle in its transaction.
        try connection.run(
            script: "SET idle_in_transaction_session_timeout = 0; SET statement_timeout = 0; SET jit = off")
        return try connection.transaction(isolation: .repeatableRead, readOnly: !writes) { try body($0) }
    }
}
