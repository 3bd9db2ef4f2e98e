public import Pipeline
public import RabbitMQ
public import Runtime
internal import Ticketing

/// A `DeskWorker` in the real world: threads, a broker and databases around the core that decides.
///
///     let loop = try DeskLoop(parts)
///     signals.shutdown.onRequest { _ in loop.drain() }
///     loop.wait()
///
/// One thread decides. Everything else has threads of its own and answers into the one inbox: a control thread with a
/// session of the control database, a bounded number of hands with sessions of tenants' databases, a connection to the
/// broker that consumes and another that publishes.
public final class DeskLoop: Sendable {
    /// What a loop is made of.
    public struct Parts: Sendable {
        public var options: DeskOptions
        public var broker: ConnectionSettings
        public var backoff = Backoff(first: .milliseconds(50), limit: .seconds(1))
        /// Messages of a partition that are delivered and not acknowledged, at most.
        public var prefetch: UInt16 = 2_048
        /// Bytes of replies that wait for the broker, at most.
        public var backlogBytes = 16 << 20
        /// Opens a session of the control database; called on the thread that uses it.
        public var openControl: @Sendable () throws(StoreError) -> any ControlStore
        /// Opens one of the database that a visit is for.
        public var openDesk: @Sendable (Visit) throws(VisitFailure) -> any DeskStore
        /// Gets each new connection that consumes, before it does: to declare what it consumes from.
        public var prepareBroker: @Sendable (Connection) throws(RabbitMQError) -> Void = { _ throws(RabbitMQError) in }
        public var metrics: DeskLoopMetrics
        public var log: Log

        public init(
            options: DeskOptions, broker: ConnectionSettings, metrics: DeskLoopMetrics, log: Log,
            openControl: @escaping @Sendable () throws(StoreError) -> any ControlStore,
            openDesk: @escaping @Sendable (Visit) throws(VisitFailure) -> any DeskStore
        ) {
            self.options = options
            self.broker = broker
            self.metrics = metrics
            self.log = log
            self.openControl = openControl
            self.openDesk = openDesk
        }
    }

    private let decider: Decider<DeskHands>

    /// Starts at once.
    ///
    /// - Throws: when the system has no thread to give, or the broker's settings cannot work. A server that is away is
    ///   no error: it is tried again until it is there.
    public init(_ parts: Parts) throws {
        let inbox = Inbox<DeskInput>()
        decider = try Decider(inbox: inbox, hands: try DeskHands(parts, inbox: inbox)) {
            DeskWorker(options: parts.options, at: SystemTime().monotonic)
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

extension DeskWorker: DecidingCore {}

extension DeskInput: WorkerInput {
    package var arrivals: [Arrival]? { if case .delivered(let arrivals) = self { arrivals } else { nil } }
}
