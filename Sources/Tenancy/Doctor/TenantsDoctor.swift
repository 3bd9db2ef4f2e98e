public import Postgres
internal import Runtime
internal import Ticketing

/// Holds the directory against the servers: what a crash left half-done is finished by itself, as long as somebody
/// tries; this finds what nobody tries any more, and what nobody has.
public struct TenantsDoctor {
    public struct Report: Sendable {
        public let accounts: Int
        public let databases: Int
        public let stores: [String]
        public let findings: [TenantsFinding]
    }

    private let session: any PostgresSession
    private let stores: Stores
    private let patience: Duration

    /// - Parameters:
    ///   - session: of the control database.
    ///   - patience: how long an account may take to be ready.
    public init(_ session: any PostgresSession, stores: Stores, patience: Duration = .seconds(60)) {
        self.session = session
        self.stores = stores
        self.patience = patience
    }

    public func examine() throws -> Report {
        // An account is there before its database, and is active after it: whoever looks in this order takes nothing
        // that is being made for lost.
        let before = try accounts()
        let names = Set(stores.names).union([Stores.main]).union(before.map(\.place.store)).sorted()
        var findings: [TenantsFinding] = []
        var found: [String: Set<String>] = [:]
        for store in names {
            guard let settings = stores.maintenance(store: store) else { continue }
            do {
                found[store] = try Self.databases(settings)
            } catch let error as PostgresError {
                findings.append(.storeAway(store: store, reason: error.message))
            }
        }
        let after = try accounts()
        let known = Set(after.map(\.place.database))
        // Two names may stand for one server: each database is told once.
        var told: Set<String> = []
        for store in names {
            for database in (found[store] ?? []).subtracting(known).sorted() where told.insert(database).inserted {
                findings.append(.orphan(store: store, database: database))
            }
        }
        for account in before where stores.maintenance(store: account.place.store) == nil {
            findings.append(.unknownStore(account.place))
        }
        for account in before where account.place.isActive {
            guard let databases = found[account.place.store], !databases.contains(account.place.database) else {
                continue
            }
            findings.append(.missing(account.place))
        }
        for account in after where account.isLate {
            let hasDatabase = found[account.place.store]?.contains(account.place.database) ?? false
            findings.append(
                .unfinished(
                    account.place, since: account.requestedAt, hasDatabase: hasDatabase, effect: account.effect))
        }
        let waiting = try waiting()
        for account in after {
            guard let (count, since) = waiting[account.place.tenant] else { continue }
            findings.append(.waiting(account.place, commands: count, since: since))
        }
        if let strays = try strayCredentials() { findings.append(strays) }
        return Report(
            accounts: after.count, databases: found.values.reduce(into: Set()) { $0.formUnion($1) }.count,
            stores: names, findings: findings)
    }

    private struct Account {
        let place: TenantPlace
        let requestedAt: Timestamp
        /// Whether it is not ready, and should be by now.
        let isLate: Bool
        let effect: String?
    }

    private func accounts() throws -> [Account] {
        let seconds = Double(patience.microseconds) / 1_000_000
        let rows = try session.query(
            """
            SELECT a.tenant, a.sub_domain, a.status, a.store, a.database, a.partition, a.version, a.changed_at,
                a.requested_at, a.status = 0 AND a.requested_at < now() - make_interval(secs => $1),
                CASE WHEN a.status = 0 THEN (
                    SELECT e.state || coalesce(', after: ' || e.last_error, '') FROM effect AS e
                    WHERE e.command = a.command AND e.kind = 'accounts' AND e.state IN ('waiting', 'parked') LIMIT 1
                ) END
            FROM account AS a ORDER BY a.requested_at, a.tenant
            """, seconds)
        return try rows.map { row in
            let place = TenantPlace(
                tenant: try TenantId(row.get(0)), subDomain: try row.get(1),
                status: TenantPlace.Status(rawValue: try row.get(2)) ?? .requested, store: try row.get(3),
                database: try row.get(4), partition: Int(try row.get(5, as: Int32.self)), version: try row.get(6),
                changedAt: try row.get(7))
            return Account(
                place: place, requestedAt: try row.get(8), isLate: try row.get(9), effect: try row.get(10))
        }
    }

    /// What is kept for tenants whose databases cannot be used, for longer than an outage that nobody need look at.
    private func waiting() throws -> [TenantId: (count: Int, since: Timestamp)] {
        let seconds = Double(patience.microseconds) / 1_000_000
        let rows = try session.query(
            """
            SELECT tenant, count(*), min(spilled_at) FROM spill GROUP BY tenant
            HAVING min(spilled_at) < now() - make_interval(secs => $1)
            """, seconds)
        var found: [TenantId: (count: Int, since: Timestamp)] = [:]
        for row in rows {
            let (tenant, count, since) = try row.decode((PostgresUUID, Int64, Timestamp).self)
            found[TenantId(tenant)] = (Int(count), since)
        }
        return found
    }

    /// A request may be repeated for some days with its key; one that nobody has repeated for a day hardly will be.
    private func strayCredentials() throws -> TenantsFinding? {
        let (count, since) = try session.query(
            """
            SELECT count(*), min(created_at) FROM credential AS c
            WHERE created_at < now() - interval '1 day' AND NOT EXISTS (SELECT FROM account WHERE tenant = c.tenant)
            """
        ).one().decode((Int64, Timestamp?).self)
        return since.map { .strayCredentials(Int(count), since: $0) }
    }

    /// Those of a server that are called as tenants' databases are.
    private static func databases(_ settings: PostgresSettings) throws -> Set<String> {
        let connection = try PostgresConnection.connect(settings)
        defer { connection.close() }
        let names: [String] = try connection.query("SELECT datname::text FROM pg_database").map { try $0.get(0) }
        return Set(names.filter(TenantDatabaseName.isOne))
    }
}

extension TenantId {
    fileprivate init(_ uuid: PostgresUUID) { self.init(high: uuid.high, low: uuid.low) }
}
