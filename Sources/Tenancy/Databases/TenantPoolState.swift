internal import Runtime

/// Who gets which connection to which tenant's database, and when. Pure: no clock, no connection, no thread.
///
/// Databases share a bounded number of connections; those not used for longest make room. What keeps a silent one from
/// blocking the others is that few callers are ever let in to it: some while it is thought to be well, one at a time
/// and after a pause once it was not. The same holds for a server when several of its databases are silent.
struct TenantPoolState {
    typealias Connection = UInt64

    struct Database: Hashable {
        let store: String
        let name: String
    }

    struct Limits {
        var connections = 64
        var perDatabase = 4
        /// Callers that wait at once.
        var waiting = 64
        var idleTimeout: Duration = .seconds(60)
        /// After the first failure; twice as long after each further one.
        var firstRest: Duration = .milliseconds(100)
        var longestRest: Duration = .seconds(5)
        /// So many silent databases, and not an answer from any other in between, are a silent server.
        var silentDatabases = 3
    }

    enum Answer: Equatable {
        case use(Connection)
        /// The caller closes the one, if any, and opens the other; then it is as if it had been lent.
        case open(Connection, closing: Connection?)
        /// The caller asks again when something has come back, or the deadline has come.
        case wait
        case refuse(Refusal)
    }

    enum Refusal: Equatable {
        /// It was away a moment ago.
        case away
        /// All connections were in use until the deadline, or too many callers wait already.
        case busy
        case closed
    }

    /// What came of a loan.
    enum Outcome: Equatable {
        /// It answered.
        case good
        /// It answered, but the connection cannot be lent again.
        case spent
        /// The connection had broken before anybody asked for it.
        case stale
        /// The server answered, but not from this database.
        case refused
        /// It did not answer in time, or its connection broke.
        case silent
    }

    private struct Member {
        let database: Database
        /// Nil while it is lent.
        var idleSince: MonotonicTime?
    }

    /// Of a database or of a server.
    private struct Health {
        var lent = 0
        var failures = 0
        var restsUntil: MonotonicTime?

        func isResting(_ now: MonotonicTime) -> Bool { restsUntil.map { now < $0 } ?? false }
    }

    private let limits: Limits
    private var members: [Connection: Member] = [:]
    /// The one that came back last stands last.
    private var idle: [Connection] = []
    private var open: [Database: Int] = [:]
    private var health: [Database: Health] = [:]
    private var stores: [String: Health] = [:]
    /// By store, those that have been silent since anything of it last answered.
    private var silent: [String: Set<Database>] = [:]
    private var lastConnection: Connection = 0
    private(set) var waiting = 0
    private(set) var isClosed = false

    init(limits: Limits) {
        precondition(limits.connections > 0 && limits.perDatabase > 0, "a pool needs room for a connection")
        self.limits = limits
    }

    var count: Int { members.count }
    var idleCount: Int { idle.count }
    var isDrained: Bool { isClosed && members.isEmpty }

    /// - Parameter isWaiting: whether the caller was told to wait before.
    mutating func acquire(
        _ database: Database, isWaiting: Bool, deadline: MonotonicTime, now: MonotonicTime
    ) -> Answer {
        if isWaiting { waiting -= 1 }
        if isClosed { return .refuse(.closed) }
        if isAway(database, now) { return .refuse(.away) }
        if let index = idle.lastIndex(where: { members[$0]?.database == database }) {
            let connection = idle.remove(at: index)
            members[connection]?.idleSince = nil
            lend(database)
            return .use(connection)
        }
        if open[database, default: 0] < limits.perDatabase {
            if members.count < limits.connections { return add(database, closing: nil) }
            if !idle.isEmpty {
                let oldest = idle.removeFirst()
                forget(oldest)
                return add(database, closing: oldest)
            }
        }
        guard now < deadline, waiting < limits.waiting else { return .refuse(.busy) }
        waiting += 1
        return .wait
    }

    private mutating func add(_ database: Database, closing: Connection?) -> Answer {
        lastConnection += 1
        members[lastConnection] = Member(database: database)
        open[database, default: 0] += 1
        lend(database)
        return .open(lastConnection, closing: closing)
    }

    private mutating func lend(_ database: Database) {
        health[database, default: Health()].lent += 1
        stores[database.store, default: Health()].lent += 1
    }

    /// One that failed may be tried by one caller at a time, after its rest.
    private func isAway(_ database: Database, _ now: MonotonicTime) -> Bool {
        if let it = health[database], it.failures > 0, it.isResting(now) || it.lent > 0 { return true }
        guard isSilent(database.store), let it = stores[database.store] else { return false }
        return it.isResting(now) || it.lent > 0
    }

    private func isSilent(_ store: String) -> Bool { silent[store]?.count ?? 0 >= limits.silentDatabases }

    /// - Returns: whether the connection is kept; if not, the caller closes it.
    mutating func release(_ connection: Connection, _ outcome: Outcome, now: MonotonicTime) -> Bool {
        guard let database = members[connection]?.database else { return false }
        health[database]?.lent -= 1
        stores[database.store]?.lent -= 1
        switch outcome {
        case .good, .spent:
            health[database]?.failures = 0
            answered(database.store)
        case .stale: break
        case .refused:
            fail(&health[database, default: Health()], now)
            answered(database.store)
        case .silent:
            fail(&health[database, default: Health()], now)
            fail(&stores[database.store, default: Health()], now)
            silent[database.store, default: []].insert(database)
        }
        tidy(database, now)
        if outcome == .good, !isClosed {
            members[connection]?.idleSince = now
            idle.append(connection)
            return true
        }
        forget(connection)
        return false
    }

    private mutating func answered(_ store: String) {
        stores[store]?.failures = 0
        stores[store]?.restsUntil = nil
        silent[store] = nil
    }

    private func fail(_ it: inout Health, _ now: MonotonicTime) {
        it.failures += 1
        it.restsUntil = now + min(limits.firstRest * (1 << min(it.failures - 1, 16)), limits.longestRest)
    }

    /// Nothing is remembered of what is well, nor for long of what nobody asks for any more.
    private mutating func tidy(_ database: Database, _ now: MonotonicTime) {
        if let it = health[database], it.lent == 0, it.failures == 0 { health[database] = nil }
        guard health.count > 4 * limits.connections + 64 else { return }
        health = health.filter { $0.value.lent > 0 || $0.value.isResting(now) }
    }

    private mutating func forget(_ connection: Connection) {
        guard let database = members.removeValue(forKey: connection)?.database else { return }
        let left = open[database, default: 1] - 1
        open[database] = left > 0 ? left : nil
    }

    /// Takes out the connections that nobody has used for long; the caller closes them.
    mutating func takeExpired(now: MonotonicTime) -> [Connection] {
        let expired = idle.prefix { (members[$0]?.idleSince).map { now - $0 >= limits.idleTimeout } ?? true }
        idle.removeFirst(expired.count)
        for connection in expired { forget(connection) }
        return Array(expired)
    }

    /// - Returns: the idle connections, which the caller closes.
    mutating func close() -> [Connection] {
        isClosed = true
        defer { idle = [] }
        for connection in idle { forget(connection) }
        return idle
    }
}
