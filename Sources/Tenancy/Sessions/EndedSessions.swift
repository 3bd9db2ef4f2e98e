public import Postgres
public import Runtime

/// Which sessions ended before their time, as this process knows: asked of the control database about once a second,
/// so that whoever logs out is out everywhere soon. While the database is away it goes on with what it knows: then
/// nobody can log out either.
public final class EndedSessions: Sendable {
    public struct Options: Sendable {
        /// How often it is asked for those that are new.
        public var refresh = Duration.seconds(1)
        /// How often for all, and those that have expired are forgotten.
        public var wholeLook = Duration.seconds(600)
        /// How far back it asks each time: a transaction may have taken so long to become visible.
        public var overlap = Duration.seconds(30)
        public init() {}
    }

    private struct State {
        var ended = EndedSessionSet()
        var readAt: MonotonicTime?
        var isStopped = false
    }

    private let pool: PostgresPool
    private let options: Options
    private let time: any TimeSource
    private let log: Log
    private let state = Lock(State())
    private let bell = Bell()
    private let thread = Lock<OwnedThread?>(nil)

    /// - Parameter pool: lends the connection that asks.
    public init(
        pool: PostgresPool, options: Options = Options(), time: any TimeSource = SystemTime(), log: Log
    ) throws(ThreadError) {
        self.pool = pool
        self.options = options
        self.time = time
        self.log = log
        let thread = try OwnedThread(name: "sessions") { self.run() }
        self.thread.withLock { $0 = thread }
    }

    public func stop() {
        state.withLock { $0.isStopped = true }
        bell.ring()
        thread.withLock { $0.take() }?.join()
    }

    /// Nil before the database was asked for the first time: then nobody can say.
    public func contains(_ session: Session) -> Bool? {
        state.withLock { $0.readAt == nil ? nil : $0.ended.contains(session) }
    }

    /// One that was ended here need not be asked for.
    public func insert(_ session: Session) {
        state.withLock { $0.ended.insert(session.id, expiresAt: session.expiresAt) }
    }

    public var count: Int { state.withLock { $0.ended.count } }

    /// How long ago the database last answered.
    public var age: Duration? { state.withLock { $0.readAt }.map { time.monotonic - $0 } }

    // MARK: on its thread

    private func run() {
        var since: Timestamp?
        var wholeAt = time.monotonic
        var failures = 0
        while !state.withLock({ $0.isStopped }) {
            let isWhole = since == nil || time.monotonic - wholeAt >= options.wholeLook
            do {
                let at = try look(since: isWhole ? nil : since)
                since = Timestamp(microseconds: at.microseconds - options.overlap.microseconds)
                if isWhole { wholeAt = time.monotonic }
                failures = 0
            } catch {
                failures += 1
                if failures == 1 || failures % 60 == 0 { log.warning("ended sessions cannot be looked up", error) }
            }
            bell.wait(for: options.refresh)
        }
    }

    /// - Returns: when that was, by the database's clock.
    private func look(since: Timestamp?) throws -> Timestamp {
        let reading = try pool.withConnection(timeout: .milliseconds(500)) { connection in
            let store = SessionStore(connection)
            if since == nil { try store.forgetExpired() }
            return try store.ended(after: since ?? Timestamp(microseconds: 0))
        }
        let (now, wall) = (time.monotonic, time.wall)
        state.withLock { state in
            for (id, expiresAt) in reading.ended { state.ended.insert(id, expiresAt: expiresAt) }
            if since == nil { state.ended.prune(at: wall) }
            state.readAt = now
        }
        return reading.at
    }
}
