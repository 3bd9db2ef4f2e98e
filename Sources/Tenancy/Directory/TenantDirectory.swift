public import Postgres
public import RabbitMQ
public import Runtime
public import Ticketing
internal import Wire

/// A process's own copy of the directory: it answers from memory, and goes on doing so while the control database, the
/// broker or both are away.
///
/// What is told on the exchange comes in within milliseconds; what was not heard is found in the table, which is asked
/// when something is known to be missing, after each new connection, and every two seconds in any case.
public final class TenantDirectory: TenantLookup {
    public struct Options: Sendable {
        /// How often the table is asked for what has changed.
        public var look = Duration.seconds(2)
        /// How often it is read as a whole, whatever its version: rows that somebody changed by hand have no new one.
        public var wholeLook = Duration.seconds(300)
        /// The least pause between two readings.
        public var rest = Duration.milliseconds(50)
        public init() {}
    }

    private struct State {
        var copy = DirectoryCopy()
        /// When the table last answered.
        var readAt: MonotonicTime?
        /// What the listeners have not been told yet, in order; and whether somebody is telling them.
        var untold: [TenantPlace] = []
        var isTelling = false
        var listeners: [@Sendable (TenantPlace) -> Void] = []
    }

    private let state = Lock(State())
    private let reader: DirectoryReader
    private let line: DirectoryConsumer
    private let lag: Histogram
    private let time: any TimeSource
    private let log: Log

    public convenience init(
        database: PostgresSettings, broker: ConnectionSettings, metrics: Metrics, log: Log
    ) throws {
        try self.init(database: database, broker: broker, options: Options(), metrics: metrics, log: log)
    }

    public init(
        database: PostgresSettings, broker: ConnectionSettings, options: Options,
        backoff: Backoff = Backoff(first: .milliseconds(50), limit: .seconds(1)), time: any TimeSource = SystemTime(),
        metrics: Metrics, log: Log
    ) throws {
        self.log = log
        self.time = time
        lag = metrics.histogram(
            "turnstile_directory_lag_seconds", "From a change of the tenant directory to having it here.",
            durations: [
                .milliseconds(5), .milliseconds(10), .milliseconds(25), .milliseconds(50), .milliseconds(100),
                .milliseconds(250), .milliseconds(500), .seconds(1), .seconds(2), .seconds(5), .seconds(30),
            ])
        let malformed = metrics.counter(
            "turnstile_directory_malformed_total", "Messages of the tenant directory that could not be read.")
        reader = DirectoryReader(database, options: options, time: time, log: log)
        line = DirectoryConsumer(broker, backoff: backoff, malformed: malformed, log: log)
        metrics.gauge("turnstile_directory_version", "The version of the tenant directory that is known here.") {
            [weak self] in self.map { Double($0.version) }
        }
        metrics.gauge("turnstile_directory_tenants", "Tenants in the directory that is known here.") {
            [weak self] in self.map { Double($0.count) }
        }
        metrics.gauge(
            "turnstile_directory_age_seconds", "How long ago the directory's table confirmed what is known here."
        ) { [weak self] in self?.age.map { Double($0.microseconds) / 1_000_000 } }
    }

    /// Begins to listen and to read. Whoever needs an answer at once asks `isLoaded`, or `waitUntilLoaded`.
    public func start() throws {
        try reader.start(
            question: { [weak self] whole in
                self?.state.withLock { $0.copy.question(whole: whole) }
            },
            adopt: { [weak self] reading in self?.adopt(reading) ?? true })
        try line.start(
            heard: { [weak self] places in self?.hear(places) },
            // What was told while nobody listened is in the table.
            whenConnected: { [reader] in reader.wake() })
    }

    public func stop() {
        line.stop()
        reader.stop()
    }

    // MARK: Asking

    /// Nil for a tenant that does not exist, or that nobody here has heard of yet: see `isLoaded`.
    public subscript(tenant: TenantId) -> TenantPlace? { state.withLock { $0.copy[tenant] } }

    public func place(subDomain: String) -> TenantPlace? { state.withLock { $0.copy.place(subDomain: subDomain) } }

    /// In the order of their ids.
    public func places(in partition: Int) -> [TenantPlace] { state.withLock { $0.copy }.places(in: partition) }

    public var all: [TenantPlace] { state.withLock { $0.copy }.all }
    public var count: Int { state.withLock { $0.copy.count } }
    public var version: Int64 { state.withLock { $0.copy.version } }

    /// Whether the table was ever read: before that, nothing can be said of anybody.
    public var isLoaded: Bool { state.withLock { $0.copy.isLoaded } }

    /// Blocks the calling thread until the table was read, or the time is over.
    public func waitUntilLoaded(for duration: Duration) -> Bool { reader.loaded.wait(for: duration) }

    /// How long ago the table was last heard, whatever it said.
    public var age: Duration? { state.withLock { $0.readAt }.map { time.monotonic - $0 } }

    /// What a process that needs the directory says of it at `/readyz`: an old copy is no complaint.
    public var complaints: [String] { isLoaded ? [] : ["the tenant directory has not been read yet"] }

    /// Has `body` called for each place that is new or changed from now on, one at a time and in the order in which
    /// they came to be known here. On threads of the directory's: be quick, and never block.
    public func onChange(_ body: @escaping @Sendable (TenantPlace) -> Void) {
        state.withLock { $0.listeners.append(body) }
    }

    // MARK: Learning

    /// On the broker connection's thread.
    private func hear(_ places: [TenantPlace]) {
        let (news, hasGap) = state.withLock { state in
            var news: [TenantPlace] = []
            for place in places {
                let before = state.copy[place.tenant]
                _ = state.copy.hear(place)
                if before != place, state.copy[place.tenant] == place { news.append(place) }
            }
            state.untold += news
            return (news, state.copy.isLoaded && state.copy.hasGap)
        }
        observe(news)
        tell()
        if hasGap { reader.wake() }
    }

    /// On the reader's thread.
    ///
    /// - Returns: whether that is enough; if not, the table has to be read as a whole.
    private func adopt(_ reading: DirectoryReading) -> Bool {
        let now = time.monotonic
        let (adoption, isFirst) = state.withLock { state in
            let isFirst = !state.copy.isLoaded
            let adoption = state.copy.adopt(reading)
            if case .adopted(let changed, _) = adoption {
                state.readAt = now
                state.untold += changed
            }
            return (adoption, isFirst)
        }
        guard case .adopted(let changed, let removed) = adoption else { return false }
        // What was there before us came late for nobody.
        if !isFirst { observe(changed) }
        if let one = removed.first {
            log.warning(
                "the directory has fewer tenants than before", nil,
                ["turnstile.missing": .int(removed.count), "turnstile.tenant": .string(one.tenant.text)])
        }
        tell()
        return true
    }

    private func observe(_ news: [TenantPlace]) {
        guard !news.isEmpty else { return }
        let now = time.wall
        for place in news { lag.observe(max(.zero, now - place.changedAt)) }
    }

    /// Tells the listeners, outside the lock and one thread at a time.
    private func tell() {
        while true {
            let next: (places: [TenantPlace], listeners: [@Sendable (TenantPlace) -> Void])? = state.withLock { state in
                guard !state.untold.isEmpty, !state.isTelling else { return nil }
                state.isTelling = true
                defer { state.untold = [] }
                return (state.untold, state.listeners)
            }
            guard let next else { return }
            for place in next.places {
                for listener in next.listeners { listener(place) }
            }
            state.withLock { $0.isTelling = false }
        }
    }
}
