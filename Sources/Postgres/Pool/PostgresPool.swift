internal import Runtime

/// A bounded number of connections for many threads. Each caller blocks its own thread; use it from owned threads.
///
///     let pool = try PostgresPool(settings, size: 4)
///     let name = try pool.withConnection { try $0.query("SELECT name FROM event WHERE id = $1", id).one().get(0, as:
/// String.self) }
///
/// Connections are opened when they are needed, by the thread that needs one. A broken one is thrown away and replaced.
/// While the server is away, attempts are spaced out, and callers are told so without waiting longer than they asked.
public final class PostgresPool: Sendable {
    public struct Options: Sendable {
        public var size = 8
        /// How long a caller waits for a connection, unless it says otherwise.
        public var acquireTimeout: Duration = .seconds(5)
        /// An idle connection is closed after this time.
        public var idleTimeout: Duration = .seconds(60)
        /// A connection is replaced at this age, so that a server behind a changed name is found in the end.
        public var maximumLifetime: Duration = .seconds(1800)
        public var firstBackoff: Duration = .milliseconds(100)
        public var maximumBackoff: Duration = .seconds(5)
        public init() {}
    }

    public struct Statistics: Sendable, Hashable {
        public let open: Int
        public let idle: Int
        public let waiting: Int
    }

    private let core: PoolCore
    /// Closes idle connections when their time is over.
    private let janitor: OwnedThread

    /// - Parameter prepare: runs on each new connection before it is used first, such as to set what the settings
    ///   have no field for.
    public init(
        _ settings: PostgresSettings, options: Options = Options(),
        prepare: (@Sendable (PostgresConnection) throws -> Void)? = nil
    ) throws {
        let core = PoolCore(settings, options, prepare)
        self.core = core
        janitor = try OwnedThread(name: "postgres-pool", stackBytes: 256 * 1024) { core.tidy() }
    }

    deinit {
        core.close()
    }

    /// Lends a connection to `body`. It goes back afterwards; unless it is broken, in a transaction, or listening.
    ///
    /// - Parameter timeout: how long to wait for one; opening it may take `connectTimeout` on top.
    /// - Throws: what `body` throws; `.poolTimedOut`, `.serverUnavailable` (with what the last attempt came to),
    ///   `.poolClosed`; or why the connection could not be opened.
    @discardableResult
    public func withConnection<Value>(
        timeout: Duration? = nil, _ body: (PostgresConnection) throws -> Value
    ) throws -> Value {
        let lease = try core.acquire(timeout ?? core.options.acquireTimeout)
        defer { core.release(lease) }
        return try body(lease.connection)
    }

    public var statistics: Statistics { core.statistics }

    /// Turns new callers away and closes what is idle. Waits for the connections in use to come back; those that are
    /// not
    /// back after `grace` are interrupted, which cancels their statements.
    ///
    /// - Returns: whether all came back by themselves.
    @discardableResult public func close(grace: Duration = .seconds(5)) -> Bool {
        core.close()
        let isDrained = core.drained.wait(for: grace)
        if !isDrained { core.interruptAll() }
        janitor.join()
        return isDrained
    }
}
