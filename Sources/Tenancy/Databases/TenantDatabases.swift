public import Postgres
public import Runtime

/// Connections to tenants' databases for those who read in them: a bounded number, lent to callers on threads of their
/// own. A database that is silent costs a caller a second or so and the next ones nothing, since they are told at once.
///
///     let tickets = try databases.with(place) { try $0.query("SELECT … FROM ticket").map { … } }
public final class TenantDatabases: Sendable {
    public struct Options: Sendable {
        /// Connections that are open at most.
        public var connections = 64
        /// Of these, to one database.
        public var perDatabase = 4
        /// How long a database may take to let us in, and to answer a statement.
        public var timeLimit = Duration.seconds(1)
        /// How long a caller waits while all connections are in use.
        public var patience = Duration.milliseconds(250)
        /// A connection that nobody used for so long is closed when others come or go.
        public var idleTimeout = Duration.seconds(60)
        public init() {}

        public init(_ section: DeskSection) {
            connections = section.connections
            timeLimit = section.silence
        }
    }

    private struct Lease: @unchecked Sendable {
        // because: whoever parks it has called `handOver`, and one thread takes it out
        let id: TenantPoolState.Connection
        let connection: PostgresConnection
    }

    private struct Storage {
        var state: TenantPoolState
        var parked: [TenantPoolState.Connection: Lease] = [:]
        var interruptors: [TenantPoolState.Connection: PostgresInterruptor] = [:]
        /// Opened when something has come back; then replaced.
        var returned = Latch()
    }

    private let stores: Stores
    private let options: Options
    private let time: any TimeSource
    private let storage: Lock<Storage>

    public init(_ stores: Stores, options: Options = Options(), time: any TimeSource = SystemTime()) {
        self.stores = stores
        self.options = options
        self.time = time
        var limits = TenantPoolState.Limits()
        limits.connections = options.connections
        limits.perDatabase = min(options.perDatabase, options.connections)
        limits.idleTimeout = options.idleTimeout
        storage = Lock(Storage(state: TenantPoolState(limits: limits)))
    }

    deinit { stop() }

    /// Lends a connection to `body`, which may wait for nothing but the database: call it from an owned thread.
    ///
    /// - Throws: what `body` throws; or `TenantDatabaseError`, also where the connection broke in `body`.
    public func with<Value>(_ place: TenantPlace, _ body: (PostgresConnection) throws -> Value) throws -> Value {
        guard var settings = stores.settings(store: place.store, database: place.database) else {
            throw TenantDatabaseError(.unknownStore, place)
        }
        settings.connectTimeout = options.timeLimit
        settings.statementTimeout = options.timeLimit
        settings.lockTimeout = options.timeLimit
        // A little longer than the server's own limit, which ends a statement politely.
        settings.responseTimeout = options.timeLimit + .milliseconds(250)
        settings.cancelTimeout = min(settings.cancelTimeout, .milliseconds(250))
        let lease = try acquire(place, settings)
        do {
            let value = try body(lease.connection)
            release(lease, lease.connection.isClosed ? .silent : .good)
            return value
        } catch {
            let failure = error as? PostgresError
            let isSilent = lease.connection.isClosed || failure.map(Self.isSilence) ?? false
            release(lease, isSilent ? .silent : .good)
            if isSilent { throw TenantDatabaseError(.away, place, cause: failure) }
            throw error
        }
    }

    /// Connections that are open, and that are idle.
    public var statistics: (open: Int, idle: Int) {
        storage.withLock { ($0.state.count, $0.state.idleCount) }
    }

    /// Turns callers away, closes what is idle and interrupts what is under way.
    public func stop() {
        let (leases, interruptors, bell) = storage.withLock { storage in
            let closing = storage.state.close()
            let leases = closing.compactMap { storage.parked.removeValue(forKey: $0) }
            for id in closing { storage.interruptors[id] = nil }
            return (leases, Array(storage.interruptors.values), storage.returned)
        }
        for lease in leases { lease.connection.close() }
        for interruptor in interruptors { interruptor.interrupt() }
        bell.open()
    }

    // MARK: Taking

    private func acquire(_ place: TenantPlace, _ settings: PostgresSettings) throws -> Lease {
        let database = TenantPoolState.Database(store: place.store, name: place.database)
        let deadline = time.monotonic + options.patience
        var isWaiting = false
        while true {
            let now = time.monotonic
            let (answer, lease, closing, bell) = storage.withLock { storage in
                let expired = storage.state.takeExpired(now: now)
                let answer = storage.state.acquire(database, isWaiting: isWaiting, deadline: deadline, now: now)
                var closing = expired
                var lease: Lease?
                switch answer {
                case .use(let id): lease = storage.parked.removeValue(forKey: id)
                case .open(_, let victim): if let victim { closing.append(victim) }
                case .wait, .refuse: break
                }
                for id in closing { storage.interruptors[id] = nil }
                return (answer, lease, closing.compactMap { storage.parked.removeValue(forKey: $0) }, storage.returned)
            }
            for lease in closing { lease.connection.close() }
            isWaiting = false
            switch answer {
            case .use:
                guard let lease else { preconditionFailure("a connection that is lent is parked") }
                // The server may have gone while it was idle.
                if lease.connection.isAlive() { return lease }
                release(lease, .stale)
            case .open(let id, _):
                return try open(id, place, settings)
            case .wait:
                isWaiting = true
                _ = bell.wait(for: max(.zero, deadline - now))
            case .refuse(.away): throw TenantDatabaseError(.away, place)
            case .refuse(.busy): throw TenantDatabaseError(.busy, place)
            case .refuse(.closed): throw TenantDatabaseError(.closed, place)
            }
        }
    }

    private func open(
        _ id: TenantPoolState.Connection, _ place: TenantPlace, _ settings: PostgresSettings
    ) throws(TenantDatabaseError) -> Lease {
        do throws(PostgresError) {
            let interruptor = try PostgresInterruptor()
            let isClosed = storage.withLock { storage in
                storage.interruptors[id] = interruptor
                return storage.state.isClosed
            }
            if isClosed { interruptor.interrupt() }
            return Lease(id: id, connection: try PostgresConnection.connect(settings, interruptor: interruptor))
        } catch {
            giveBack(id, error.code == .refusedByServer ? .refused : .silent, nil)
            throw TenantDatabaseError(error.code == .interrupted ? .closed : .away, place, cause: error)
        }
    }

    // MARK: Giving back

    private func release(_ lease: Lease, _ outcome: TenantPoolState.Outcome) {
        let connection = lease.connection
        let isUsable = !connection.isClosed && !connection.isInTransaction
        if isUsable { connection.interruptor.clear() }
        // Before it is parked: from then on it may be another thread's.
        connection.handOver()
        if !giveBack(lease.id, outcome == .good && !isUsable ? .spent : outcome, lease) { connection.close() }
    }

    /// - Returns: whether it is kept.
    @discardableResult private func giveBack(
        _ id: TenantPoolState.Connection, _ outcome: TenantPoolState.Outcome, _ lease: Lease?
    ) -> Bool {
        let now = time.monotonic
        let (isKept, bell) = storage.withLock { storage in
            let isKept = storage.state.release(id, outcome, now: now)
            storage.parked[id] = isKept ? lease : nil
            if !isKept { storage.interruptors[id] = nil }
            defer { storage.returned = Latch() }
            return (isKept, storage.returned)
        }
        bell.open()
        return isKept
    }

    /// A statement that ran into its time limit was no answer either.
    private static func isSilence(_ error: PostgresError) -> Bool {
        error.isConnectionLost || error.sqlState == .queryCanceled
    }
}
