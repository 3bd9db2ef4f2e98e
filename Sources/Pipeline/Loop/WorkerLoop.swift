public import RabbitMQ
public import Runtime

/// A `Worker` in the real world: threads, a broker and a database around the core that decides.
///
///     let loop = try WorkerLoop(parts)
///     signals.shutdown.onRequest { _ in loop.drain() }
///     loop.wait()
///
/// One thread decides. Everything else has a thread of its own and answers into the one inbox: a committer, a reader
/// and a control thread, each with its session of the database; a sealer ahead of the committer; a connection to the
/// broker that consumes and another that publishes. What fails is told to the core, which alone
/// decides what to do about it.
public final class WorkerLoop: Sendable {
    /// What a loop is made of.
    public struct Parts: Sendable {
        public var options: WorkerOptions
        public var line = "seats"
        public var broker: ConnectionSettings
        public var backoff = Backoff(first: .milliseconds(50), limit: .seconds(1))
        /// Messages of a partition that are delivered and not acknowledged, at most.
        public var prefetch: UInt16 = 2_048
        /// Bytes of replies and changes that wait for the broker, at most.
        public var backlogBytes = 16 << 20
        /// Opens a session; called on the thread that uses it.
        public var openStore: @Sendable (SessionRole) throws(StoreError) -> any Store
        /// Makes the sealer of the committer.
        public var makeSealer: @Sendable () -> Sealer
        /// Gets each new connection that consumes, before it does: to declare what it consumes from.
        public var prepareBroker: @Sendable (Connection) throws(RabbitMQError) -> Void = { _ throws(RabbitMQError) in }
        public var metrics: LoopMetrics
        public var log: Log

        public init(
            options: WorkerOptions, broker: ConnectionSettings, metrics: LoopMetrics, log: Log,
            openStore: @escaping @Sendable (SessionRole) throws(StoreError) -> any Store,
            makeSealer: @escaping @Sendable () -> Sealer
        ) {
            self.options = options
            self.broker = broker
            self.metrics = metrics
            self.log = log
            self.openStore = openStore
            self.makeSealer = makeSealer
        }
    }

    private let decider: Decider<Hands>

    /// Starts at once.
    ///
    /// - Throws: when the system has no thread to give, or the broker's settings cannot work. A server that is away is
    ///   no error: it is tried again until it is there.
    public init(_ parts: Parts) throws {
        let inbox = Inbox<Input>()
        decider = try Decider(inbox: inbox, hands: try Hands(parts, inbox: inbox)) {
            Worker(options: parts.options, at: SystemTime().monotonic)
        }
    }

    /// Finishes what is begun, gives everything back and ends. Returns at once.
    public func drain() { decider.drain() }

    /// Waits until the worker has ended.
    public func wait() { decider.wait() }

    /// - Returns: whether it has ended within the time.
    public func wait(for duration: Duration) -> Bool { decider.wait(for: duration) }

    /// What keeps it from its work, in words for `/readyz`; empty where nothing does.
    public var complaints: [String] { decider.complaints }
}

extension Worker: DecidingCore {}
