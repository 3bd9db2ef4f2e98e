internal import Pipeline
internal import Postgres
internal import Runtime
internal import Tenancy
internal import Ticketing

/// The databases of all accounts, one after another, each as it is at one moment.
struct DeskDatabases {
    let control: PostgresSettings
    let stores: Stores
    /// What their servers are told of who asks.
    let name: String

    /// An account as the directory has it.
    struct Entry {
        let tenant: TenantId
        let subDomain: String
        let isActive: Bool
        let store: String
        let database: String
        let partition: Int
        let command: CommandId
        let payload: [UInt8]
    }

    private static let accounts: SQL = """
        SELECT tenant, sub_domain, status, store, database, partition, command, payload FROM account ORDER BY tenant
        """

    /// What the directory says: what is read of a database later may be newer.
    private func entries() throws -> [Entry] {
        try SnapshotSession.run(control, as: name) { session in
            try session.query(Self.accounts).map { row in
                let (tenant, subDomain, status, store, database, partition, command, payload) = try row.decode(
                    (PostgresUUID, String, Int16, String, String, Int32, PostgresUUID, [UInt8]).self)
                return Entry(
                    tenant: TenantId(high: tenant.high, low: tenant.low), subDomain: subDomain, isActive: status == 1,
                    store: store, database: database, partition: Int(partition),
                    command: CommandId(high: command.high, low: command.low), payload: payload)
            }
        }
    }

    /// Gives each account's database to `body`, with findings of its own. One that is still being made is left out; one
    /// that cannot be looked at is a finding, and the others are looked at all the same.
    func each(
        _ found: inout Findings, _ body: (Entry, any PostgresSession, inout Findings) throws -> Void
    ) throws {
        for entry in try entries() {
            var own = Findings()
            do {
                try look(at: entry, &own, body)
            } catch let error as PostgresError where error.sqlState == Self.noDatabase {
                if entry.isActive { own.add(Finding(.account, "there is no database \(entry.database)")) }
            } catch let error as PostgresError where error.isConnectionLost {
                own.add(Finding(.unseen, "the database of \(entry.subDomain): \(error)"))
            }
            found.add(own, of: entry.tenant)
        }
    }

    private func look(
        at entry: Entry, _ found: inout Findings,
        _ body: (Entry, any PostgresSession, inout Findings) throws -> Void
    ) throws {
        guard let settings = stores.settings(store: entry.store, database: entry.database) else {
            found.add(Finding(.unseen, "the store “\(entry.store)” of \(entry.subDomain) is not among desk.stores"))
            return
        }
        try SnapshotSession.run(settings, as: name) { session in
            guard try Self.isMade(session) || entry.isActive else { return }
            try body(entry, session, &found)
        }
    }

    private static let noDatabase = SQLState("3D000")

    /// Whether its tables are there, and who may write to them.
    private static func isMade(_ session: any PostgresSession) throws -> Bool {
        let isThere: Bool = try session.query("SELECT to_regclass('partition') IS NOT NULL").one().get(0)
        guard isThere else { return false }
        return try session.query(DeskSQL.isMade).one().get(0)
    }
}
