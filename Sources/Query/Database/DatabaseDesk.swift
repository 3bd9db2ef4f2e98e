internal import Postgres
internal import Runtime

/// Threads with a connection each, which take what was asked for meanwhile and ask the database for all of it together.
///
/// While the database is away, whoever waits is told so at once, and for a moment nothing is tried.
final class DatabaseDesk<Job: Sendable>: Sendable {
    struct Options: Sendable {
        var name: String
        var threads = 2
        var bound = 10_000
        var batch = 200
        var pause = Duration.milliseconds(200)
    }

    enum Refusal: Hashable, Sendable {
        case overloaded, unavailable
    }

    /// What a desk does with jobs.
    struct Work: Sendable {
        /// Asks for all of them, and sees to it that each is answered; what it throws comes before any answer.
        let perform: @Sendable ([Job], PostgresConnection) throws -> Void
        let refuse: @Sendable (Job, Refusal) -> Void
    }

    private struct State {
        var queue: DatabaseQueue<Job>
        var sleepers: [Latch] = []
        var isStopped = false
    }

    private let options: Options
    private let database: PostgresSettings
    private let work: Work
    private let log: Log
    private let time: any TimeSource
    private let state: Lock<State>
    private let threads = Lock<[OwnedThread]>([])
    private let warnings: Lock<MonotonicTime?> = Lock(nil)

    init(
        _ options: Options, database: PostgresSettings, log: Log, time: any TimeSource = SystemTime(), work: Work
    ) throws {
        self.options = options
        self.database = database
        self.work = work
        self.log = log
        self.time = time
        state = Lock(
            State(queue: DatabaseQueue(bound: options.bound, batch: options.batch, pause: options.pause)))
        for index in 0..<options.threads {
            let thread = try OwnedThread(name: "\(options.name)-\(index)") { self.run() }
            threads.withLock { $0.append(thread) }
        }
    }

    /// Returns at once; the answer, or the refusal, comes on another thread or on this one.
    func post(_ job: Job) {
        let now = time.monotonic
        let (refusal, sleeper): (Refusal?, Latch?) = state.withLock { state in
            guard !state.isStopped else { return (.unavailable, nil) }
            switch state.queue.add(job, at: now) {
            case .taken: return (nil, state.sleepers.popLast())
            case .full: return (.overloaded, nil)
            case .away: return (.unavailable, nil)
            }
        }
        sleeper?.open()
        if let refusal { work.refuse(job, refusal) }
    }

    var waiting: Int { state.withLock { $0.queue.count } }
    var isAway: Bool { state.withLock { $0.queue.isAway(at: time.monotonic) } }

    /// Refuses what waits, lets what is being asked come to its end, and ends the threads.
    func stop() {
        let (sleepers, jobs) = state.withLock { state in
            state.isStopped = true
            defer { state.sleepers = [] }
            return (state.sleepers, state.queue.failed(at: time.monotonic))
        }
        for sleeper in sleepers { sleeper.open() }
        for job in jobs { work.refuse(job, .unavailable) }
        for thread in threads.withLock({ $0 }) { thread.join() }
    }

    // MARK: on the threads

    private enum Turn {
        case work([Job])
        case sleep(Latch)
        case end
    }

    private func run() {
        var connection: PostgresConnection?
        while true {
            let turn: Turn = state.withLock { state in
                if state.isStopped { return .end }
                let jobs = state.queue.take()
                if !jobs.isEmpty { return .work(jobs) }
                let latch = Latch()
                state.sleepers.append(latch)
                return .sleep(latch)
            }
            switch turn {
            case .work(let jobs): perform(jobs, &connection)
            case .sleep(let latch): latch.wait()
            case .end:
                connection?.close()
                return
            }
        }
    }

    private func perform(_ jobs: [Job], _ connection: inout PostgresConnection?) {
        // A connection that stood idle may have been lost without a fault of the database's: one more attempt then.
        let isKept = connection != nil
        do {
            do {
                try work.perform(jobs, try alive(&connection))
            } catch let error as PostgresError where error.isConnectionLost && isKept && !Self.wasSilent(error) {
                connection = nil
                try work.perform(jobs, try alive(&connection))
            }
            state.withLock { $0.queue.succeeded() }
        } catch {
            fail(jobs, error, isAway: connection?.isClosed ?? true)
            if connection?.isClosed ?? true { connection = nil }
        }
    }

    /// Another attempt would take as long again.
    private static func wasSilent(_ error: PostgresError) -> Bool { error.code == .responseTimedOut }

    private func alive(_ connection: inout PostgresConnection?) throws -> PostgresConnection {
        if let connection, !connection.isClosed { return connection }
        connection = nil
        let opened = try PostgresConnection.connect(database)
        connection = opened
        return opened
    }

    /// - Parameter isAway: the database cannot be reached; else it refused these jobs alone.
    private func fail(_ jobs: [Job], _ error: any Error, isAway: Bool) {
        let now = time.monotonic
        let others = isAway ? state.withLock { $0.queue.failed(at: now) } : []
        warn(error, at: now)
        for job in jobs + others { work.refuse(job, .unavailable) }
    }

    /// One line a second says it as well as thousands.
    private func warn(_ error: any Error, at now: MonotonicTime) {
        let isDue = warnings.withLock { last in
            if let last, now - last < .seconds(1) { return false }
            last = now
            return true
        }
        if isDue { log.warning("the database cannot be asked", error, ["turnstile.desk": .string(options.name)]) }
    }
}
