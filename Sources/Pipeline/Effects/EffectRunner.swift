public import Postgres
public import RabbitMQ
public import Runtime

/// Does the effects of one kind, together with the other runners of its pool.
///
/// The rows are the truth: a message only wakes, and a sweep finds what was not woken. Each effect is done at least
/// once; what comes of it is published to its event's partition, and only when that is confirmed is the row done. Where
/// the database or the broker is away it waits, and goes on by itself.
public final class EffectRunner: Sendable {
    public struct Status: Sendable, Hashable {
        public var isDatabaseUp = false
        public var isBrokerUp = false
        /// Effects that are worked on, or whose outcome is not written down yet.
        public var inHand = 0

        /// What keeps it from its work, in words for `/readyz`; empty where nothing does.
        public var complaints: [String] {
            (isDatabaseUp ? [] : ["there is no connection to the database"])
                + (isBrokerUp ? [] : ["there is no connection to the broker"])
        }
    }

    private let mailbox: EffectMailbox
    private let broker: EffectBroker
    private let crew: EffectCrew
    private let interruptor: PostgresInterruptor
    private let current: Lock<Status>
    private let thread: OwnedThread
    private let ended: Latch

    /// Starts at once, on threads of its own.
    public init(
        _ options: EffectOptions, handler: any EffectHandler, database: PostgresSettings, broker: ConnectionSettings,
        backoff: Backoff = Backoff(), metrics: EffectMetrics, log: Log, time: any TimeSource = SystemTime()
    ) throws {
        let log = log.with(["turnstile.effect.kind": .string(options.kind.rawValue)])
        let figures = metrics.of(options.kind)
        let interruptor = try PostgresInterruptor()
        let mailbox = EffectMailbox()
        let post: @Sendable (EffectMachine.Input) -> Void = { mailbox.post($0) }
        let wire = EffectBroker(options.kind, settings: broker, log: log, post: post)
        let crew = try EffectCrew(options.kind, size: options.handlers) { request in
            let began = time.monotonic
            figures.running.add()
            let result: EffectResult
            do {
                result = try handler.perform(request)
            } catch {
                result = .later("\(error)")
            }
            figures.running.subtract()
            figures.duration.observe(time.monotonic - began)
            post(.handled(request.id, result))
        }
        let current = Lock(Status())
        let ended = Latch()
        var database = database
        database.applicationName = "turnstile-effects-\(options.kind.rawValue)"
        let tools = EffectLoop.Tools(
            options: options, database: database, interruptor: interruptor, mailbox: mailbox, broker: wire, crew: crew,
            metrics: figures, log: log, time: time, status: current)
        do {
            thread = try OwnedThread(name: "effects \(options.kind.rawValue)") {
                defer { ended.open() }
                EffectLoop(tools).run()
            }
            try wire.start(backoff: backoff)
        } catch {
            mailbox.end()
            crew.close(waiting: false)
            throw error
        }
        self.mailbox = mailbox
        self.broker = wire
        self.crew = crew
        self.interruptor = interruptor
        self.current = current
        self.ended = ended
    }

    deinit {
        mailbox.end()
        crew.close(waiting: false)
        broker.stop()
    }

    public var status: Status { current.withLock { $0 } }

    /// Takes nothing new, and waits until what is begun has ended and is written down; then closes everything. What is
    /// not done within the time is left to another runner, once its visibility is over; a handler that still runs is
    /// not waited for.
    ///
    /// - Returns: whether everything was finished.
    @discardableResult
    public func stop(within grace: Duration) -> Bool {
        mailbox.post(.drain)
        let isFinished = ended.wait(for: grace)
        mailbox.end()
        if !isFinished { interruptor.interrupt() }
        thread.join()
        crew.close(waiting: isFinished)
        broker.stop()
        return isFinished
    }
}
