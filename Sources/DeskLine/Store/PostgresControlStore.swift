public import Pipeline
public import Postgres
internal import Runtime
public import Tenancy
internal import Ticketing
internal import Wire

/// The control store in Postgres. Once the session is lost, every call answers `unavailable`, and another has to be
/// opened.
public final class PostgresControlStore: ControlStore {
    /// The line's name in the tables.
    public static let line = "desk"

    private let store: PostgresStore
    private let stores: Stores
    private var connection: PostgresConnection { store.connection }

    private init(_ store: PostgresStore, _ stores: Stores) {
        self.store = store
        self.stores = stores
    }

    public static func connect(
        _ settings: PostgresSettings, for worker: WorkerId, as role: String, stores: Stores
    ) throws(StoreError) -> PostgresControlStore {
        PostgresControlStore(
            try PostgresStore.connect(settings, for: worker, as: role, line: line), stores)
    }

    public func beat(_ beat: WorkerBeat) throws(StoreError) -> Neighbourhood { try store.beat(beat) }
    public func leave(_ worker: WorkerId) throws(StoreError) { try store.leave(worker) }

    public func release(_ held: [HeldPartition], by worker: WorkerId) throws(StoreError) {
        try store.release(held, by: worker)
    }

    public func claim(_ wanted: [ClaimRequest], for worker: WorkerId) throws(StoreError) -> [DeskClaim] {
        let claims = try store.claim(wanted, for: worker)
        guard !claims.isEmpty else { return [] }
        return try StoreError.catching {
            let numbers = claims.map { Int32($0.number) }
            var found: [Int: DeskClaim] = [:]
            for claim in claims { found[claim.number] = DeskClaim(claim: claim, accounts: []) }
            for row in try connection.query(ControlSQL.accounts, numbers) {
                let (account, place) = try AccountRow.read(row)
                found[place.partition]?.accounts.append(account)
            }
            for row in try connection.query(ControlSQL.countSpilled, numbers) {
                let (partition, tenant, count) = try row.decode((Int, PostgresUUID, Int64).self)
                found[partition]?.spilled[TenantId(tenant)] = Int(count)
            }
            return claims.compactMap { found[$0.number] }
        }
    }

    public func run(_ errand: Errand) throws(StoreError) -> ErrandOutcome {
        try StoreError.catching {
            if case .recordAttempt(let id) = errand.wish {
                let count = try store.recordAttempt(id, partition: errand.partition, epoch: errand.epoch)
                return count.map { .attempt($0) } ?? .fenced
            }
            return try connection.transaction { transaction in
                let isOurs = try transaction.query(
                    ControlSQL.fence, Int32(errand.partition), Int64(bitPattern: errand.epoch)
                ).oneOrNone()
                guard isOurs != nil else { return .fenced }
                return try run(errand, in: transaction)
            }
        }
    }

    private func run(_ errand: Errand, in transaction: PostgresTransaction) throws -> ErrandOutcome {
        let tenant = errand.tenant.uuid
        switch errand.wish {
        case .request(let id, let subDomain, let payload, let replyTo):
            return try request(errand, id, subDomain, payload, replyTo, in: transaction)
        case .activate:
            if let row = try transaction.query(ControlSQL.activate, tenant).oneOrNone() {
                return .activated(line: Self.line(of: try AccountRow.read(row).place))
            }
            let row = try transaction.query(ControlSQL.account, tenant).one()
            return .activated(line: Self.line(of: try AccountRow.read(row).place))
        case .spill(let lines):
            try transaction.execute(
                ControlSQL.spill, tenant, Int32(errand.partition), PostgresArray(lines) { $0.sender },
                PostgresArray(lines) { $0.line })
            return .spilled
        case .readSpill(let limit):
            let rows = try transaction.query(ControlSQL.readSpill, tenant, Int64(limit))
            return .spillRead(
                try rows.map { row in
                    let (number, sender, line) = try row.decode((Int64, String?, [UInt8]).self)
                    return SpilledLine(number: number, sender: sender, line: line)
                })
        case .removeSpill(let number):
            try transaction.execute(ControlSQL.removeSpill, tenant, number)
            let left: Int64 = try transaction.query(ControlSQL.leftOfSpill, tenant).one().get(0)
            return .spillRemoved(left: Int(left))
        case .recordAttempt: preconditionFailure("an attempt is counted by itself")
        case .forgetAttempts(let ids):
            try transaction.execute(
                ControlSQL.forgetAttempts, Int32(errand.partition), PostgresArray(ids) { $0.uuid })
            return .done
        case .park(let record):
            _ = try transaction.pipeline { pipeline in
                pipeline.addParked([record], in: errand.partition, at: Time(SystemTime().wall))
            }
            return .done
        }
    }

    private func request(
        _ errand: Errand, _ id: CommandId, _ subDomain: String, _ payload: [UInt8], _ replyTo: String?,
        in transaction: PostgresTransaction
    ) throws -> ErrandOutcome {
        let tenant = errand.tenant.uuid
        if let row = try transaction.query(ControlSQL.account, tenant).oneOrNone() {
            let (account, place) = try AccountRow.read(row)
            return .requested(account, line: Self.line(of: place))
        }
        // Its lock comes first: versions are seen in their order, and counts are what they will be.
        try transaction.execute("SELECT FROM directory FOR UPDATE")
        let store = stores.leastFull(try DirectoryStore(transaction).counts())
        let database = TenantDatabaseName.of(errand.tenant)
        let row = try transaction.query(
            ControlSQL.request, tenant, subDomain, store, database, Int32(errand.partition), id.uuid, payload, replyTo
        ).oneOrNone()
        guard let row else { return .taken }
        let (account, place) = try AccountRow.read(row)
        try transaction.execute(ControlSQL.tenant, errand.tenant.text, subDomain)
        let effect = EffectId.of(id, index: 0)
        try transaction.execute(
            ControlSQL.effect, effect.uuid, EffectKind.accounts.rawValue, tenant, Int32(errand.partition), id.uuid,
            PostgresJSON(CreateDatabase(store: store, database: database).json))
        return .requested(account, line: Self.line(of: place))
    }

    private static func line(of place: TenantPlace) -> [UInt8] {
        var line: [UInt8] = []
        DirectoryLine.append(place, to: &line)
        return line
    }
}

/// A row of `account`, in the order of `ControlSQL.columns`.
private enum AccountRow {
    static func read(_ row: PostgresRow) throws -> (account: Account, place: TenantPlace) {
        let (id, subDomain, status, store, database, partition, command, payload, replyTo, version, changedAt) =
            try row.decode(
                (
                    PostgresUUID, String, Int16, String, String, Int, PostgresUUID, [UInt8], String?, Int64, Timestamp
                ).self)
        let tenant = TenantId(id)
        let place = TenantPlace(
            tenant: tenant, subDomain: subDomain, status: status == 1 ? .active : .requested, store: store,
            database: database, partition: partition, version: version, changedAt: changedAt)
        return (
            Account(
                tenant: tenant, subDomain: subDomain, isActive: status == 1, store: store, database: database,
                command: CommandId(command), payload: payload, replyTo: replyTo), place
        )
    }
}

private enum ControlSQL {
    static let accounts: SQL = """
        SELECT tenant, sub_domain, status, store, database, partition, command, payload, reply_to, version, changed_at
        FROM account WHERE partition = ANY ($1::integer[]) ORDER BY tenant
        """

    static let account: SQL = """
        SELECT tenant, sub_domain, status, store, database, partition, command, payload, reply_to, version, changed_at
        FROM account WHERE tenant = $1
        """

    static let request: SQL = """
        INSERT INTO account (
            tenant, sub_domain, store, database, partition, command, payload, reply_to, requested_at, version)
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, clock_timestamp(), next_directory_version()
        WHERE NOT EXISTS (SELECT FROM account WHERE sub_domain = $2)
        RETURNING tenant, sub_domain, status, store, database, partition, command, payload, reply_to, version,
            changed_at
        """

    static let activate: SQL = """
        UPDATE account
        SET status = 1, activated_at = clock_timestamp(), version = next_directory_version(),
            changed_at = clock_timestamp()
        WHERE tenant = $1 AND status = 0
        RETURNING tenant, sub_domain, status, store, database, partition, command, payload, reply_to, version,
            changed_at
        """

    /// Keys can be made for it, as for every tenant. Somebody else may have the name.
    static let tenant: SQL = "INSERT INTO tenant (id, name) VALUES ($1, $2) ON CONFLICT DO NOTHING"

    static let effect: SQL = """
        INSERT INTO effect (id, kind, event, tenant, partition, command, body, next_at, created_at)
        VALUES ($1, $2, $3, $3, $4, $5, $6, clock_timestamp(), clock_timestamp())
        """

    static let fence: SQL = "SELECT FROM partition WHERE line = 'desk' AND number = $1 AND epoch = $2 FOR SHARE"

    static let countSpilled: SQL = """
        SELECT partition, tenant, count(*) FROM spill WHERE partition = ANY ($1::integer[]) GROUP BY partition, tenant
        """

    static let spill: SQL = """
        INSERT INTO spill (tenant, partition, sender, line)
        SELECT $1, $2, sender, line FROM unnest($3::text[], $4::bytea[]) WITH ORDINALITY AS r (sender, line, position)
        ORDER BY position
        """

    static let readSpill: SQL = "SELECT number, sender, line FROM spill WHERE tenant = $1 ORDER BY number LIMIT $2"
    static let removeSpill: SQL = "DELETE FROM spill WHERE tenant = $1 AND number <= $2"
    static let leftOfSpill: SQL = "SELECT count(*) FROM spill WHERE tenant = $1"
    static let forgetAttempts: SQL = "DELETE FROM attempt WHERE partition = $1 AND id = ANY ($2::uuid[])"
}
