internal import Desk
public import Pipeline
internal import Postgres
internal import Runtime
public import Schema
public import Sealing
public import Tenancy
internal import Ticketing
internal import Wire

/// A tenant's store in Postgres: one session with one tenant's database.
public final class PostgresDeskStore: DeskStore {
    private let connection: PostgresConnection
    private let settings: PostgresSettings
    private let key: SigningKey
    private let sealer: EntrySealer
    private let migrations: [Migration]
    /// Weeks up to this one have their tables.
    private var preparedWeek = Int.min
    /// What `due` was last set to; nobody knows before.
    private var storedDue: DeskTime??

    private init(
        _ connection: PostgresConnection, _ settings: PostgresSettings, _ key: SigningKey, _ migrations: [Migration]
    ) {
        self.connection = connection
        self.settings = settings
        self.key = key
        sealer = EntrySealer(key: key)
        self.migrations = migrations
    }

    /// Opens a session with the database that a visit is for.
    ///
    /// - Parameters:
    ///   - silence: after how long without an answer the database counts as away.
    ///   - migrations: what a tenant's database is brought to before anything is decided.
    public static func connect(
        _ stores: Stores, _ visit: Visit, for worker: WorkerId, silence: Duration, key: SigningKey,
        migrations: [Migration]
    ) throws(VisitFailure) -> PostgresDeskStore {
        guard var settings = stores.settings(store: visit.store, database: visit.database) else {
            throw .unavailable("the store “\(visit.store)” is not among desk.stores")
        }
        settings.applicationName = PostgresStore.applicationName(of: worker, as: "desk")
        settings.connectTimeout = silence
        settings.responseTimeout = silence * 2
        settings.statementTimeout = silence * 2
        settings.lockTimeout = silence
        settings.idleInTransactionTimeout = .seconds(5)
        settings.preparedStatements = 64
        settings.other["options"] = [settings.other["options"], sessionOptions].compactMap(\.self)
            .joined(separator: " ")
        do throws(PostgresError) {
            return PostgresDeskStore(try PostgresConnection.connect(settings), settings, key, migrations)
        } catch {
            throw VisitFailure(error)
        }
    }

    /// Every statement finds its rows by their keys, so it is planned once, and for tables that will have grown.
    private static let sessionOptions = """
        -c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off \
        -c jit=off -c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3
        """

    public var isAlive: Bool { connection.isAlive() }
    public func handOver() { connection.handOver() }
    public func close() { connection.close() }

    public func run(_ visit: Visit) -> VisitOutcome {
        do {
            switch visit.wish {
            case .open(let time): return .opened(try open(visit.epoch, at: time))
            case .migrate:
                try migrate()
                return .migrated
            case .lookUp(let ids, let time): return .lookedUp(try lookUp(ids, at: time))
            case .commit(let batch): return try commit(batch)
            }
        } catch let failure as VisitFailure {
            return .failed(failure)
        } catch let error as PostgresError {
            return .failed(VisitFailure(error))
        } catch let error as DeskLoadError {
            return .failed(.broken(error.description))
        } catch let error as BrokenDesk {
            return .failed(.broken(error.description))
        } catch {
            return .failed(.rejected("\(error)"))
        }
    }

    // MARK: - Opening

    /// So many ids are read into a filter; beyond it each is looked up.
    private static let mostKnown = 50_000
    /// Microseconds for which tickets that have ended are known.
    private static let remembered = Int64(DeskBounds.rememberedSeconds) * 1_000_000

    private func open(_ epoch: UInt64, at time: Time) throws -> OpenedDesk {
        storedDue = nil
        try checkSchema(epoch)
        let week = Int32(Keys.week(of: time))
        // The fence is raised by the first statement: what the others read no owner before will change any more.
        let answers = try connection.transactionPipeline { pipeline in
            pipeline.add(DeskSQL.raiseFence, Int64(bitPattern: epoch))
            pipeline.add(DeskSQL.prepareWeeks)
            pipeline.add(DeskSQL.insertKey, key.publicKey.bytes, Int64(bitPattern: epoch))
            pipeline.add(DeskSQL.desk)
            pipeline.add(DeskSQL.tickets, Timestamp(microseconds: time.microseconds - Self.remembered))
            pipeline.add(DeskSQL.ids, week, week - 1, Int64(Self.mostKnown + 1))
        }
        guard let head = try answers[0].oneOrNone() else { throw try whyNotOurs() }
        preparedWeek = Int(week)
        let (batch, at, sequence, chain) = try head.decode((Int64, Timestamp, Int64, [UInt8]).self)
        let decidedAt = Time(at)
        var state: DeskState?
        if let row = try answers[3].oneOrNone() {
            var loader = try DeskLoader(try DeskRows.desk(row), at: DeskTime(max(time, decidedAt)))
            for row in answers[4] { try loader.add(try DeskRows.ticket(row)) }
            state = try loader.finish()
        }
        var known: IdFilterBox?
        if answers[5].count <= Self.mostKnown {
            var filter = IdFilter()
            for row in answers[5] { filter.insert(CommandId(try row.get(0, as: PostgresUUID.self))) }
            known = IdFilterBox(filter)
        }
        return OpenedDesk(
            batch: UInt64(bitPattern: batch), nextSequence: UInt64(bitPattern: sequence), chain: try Digest(chain),
            at: decidedAt, state: state, known: known)
    }

    private func whyNotOurs() throws -> VisitFailure {
        // Who has made the tables says last whose they are.
        let isMade: Bool = try connection.query(DeskSQL.isMade).one().get(0)
        return isMade ? .fenced : .missing
    }

    /// Whoever opens a desk sees to its schema: a new program finds thousands of databases as it needs them, and none
    /// of them has to be reached while it is installed.
    private func checkSchema(_ epoch: UInt64) throws {
        let taken: Int = try connection.query(DeskSQL.migrationCount).one().get(0)
        guard taken <= migrations.count else {
            throw VisitFailure.broken("its schema is newer than this program: run the one that it is of")
        }
        guard taken < migrations.count else { return }
        let isOurs = try connection.query(DeskSQL.raiseFence, Int64(bitPattern: epoch)).oneOrNone() != nil
        throw isOurs ? .outdated : try whyNotOurs()
    }

    private func migrate() throws {
        var patient = settings
        // A migration may rewrite a large table.
        patient.statementTimeout = nil
        patient.lockTimeout = nil
        patient.responseTimeout = .seconds(3_600)
        let session = try PostgresConnection.connect(patient)
        defer { session.close() }
        do {
            _ = try Migrator.migrate(session, to: migrations)
        } catch let error as SchemaError {
            throw VisitFailure.broken(error.description)
        }
    }

    private func lookUp(_ ids: [CommandId], at time: Time) throws -> [KnownDecision] {
        let week = Int32(Keys.week(of: time))
        return try connection.query(DeskSQL.decisions, week, week - 1, PostgresArray(ids) { $0.uuid }).map { row in
            let (id, event, tenant, payload, status, reply) = try row.decode(
                (PostgresUUID, PostgresUUID, PostgresUUID, [UInt8], Int, [UInt8]).self)
            return KnownDecision(
                id: CommandId(id), event: EventId(event), tenant: TenantId(tenant), payload: payload, status: status,
                reply: reply)
        }
    }

    // MARK: - Committing

    private func commit(_ batch: DeskBatch) throws -> VisitOutcome {
        let sealed = SealedDeskBatch(batch, by: sealer)
        let week = Keys.week(of: batch.at)
        if week > preparedWeek {
            try connection.execute(DeskSQL.prepareWeek, Int32(week))
            preparedWeek = week
        }
        let statements = PostgresPipeline()
        statements.recordTransaction { pipeline in
            pipeline.addJournal(sealed.row, sealed.rows, after: batch.previousChain, of: batch.tenant)
            pipeline.addWrites(of: batch)
            if storedDue != .some(batch.due) { pipeline.add(DeskSQL.setDue, batch.due?.timestamp) }
            pipeline.addParked(batch.parked, in: batch.partition, at: batch.at)
        }
        do throws(PostgresError) {
            try connection.transaction(of: statements)
        } catch {
            storedDue = nil
            throw CommitFailure(error).map { VisitFailure($0) } ?? .fenced
        }
        storedDue = .some(batch.due)
        return .committed(
            sealed.row.chain, sealed.rows.map { DeskAnswer(status: $0.status, body: $0.reply) })
    }
}

extension VisitFailure {
    init(_ failure: CommitFailure) {
        switch failure {
        case .fenced: self = .fenced
        case .rejected(let reason): self = .rejected(reason)
        case .unavailable(let reason): self = .unavailable(reason)
        case .unknown(let reason): self = .unknown(reason)
        }
    }

    init(_ error: PostgresError) {
        if error.sqlState == SQLState("3D000") || error.sqlState == SQLState("42P01") {
            // There is no such database, or it has no tables yet.
            self = .missing
        } else if error.sqlState == .tooManyConnections {
            self = .crowded(error.description)
        } else if error.code == .server, !error.isConnectionLost, let state = error.sqlState,
            ["22", "23", "42", "54", "P0"].contains(state.classCode)
        {
            self = .rejected(error.description)
        } else {
            self = .unavailable(error.description)
        }
    }
}

/// Stored values that are not what their columns are for.
struct BrokenDesk: Error, CustomStringConvertible {
    let description: String
}
