public import Postgres
public import Runtime
public import Tenancy
internal import Wire

/// Threads that ask tenants' databases, each for all that was wanted of one tenant meanwhile. One that is silent
/// delays nobody else: whoever wants something of it is refused within a second or so, and at once after that.
public final class TenantAsker: Sendable {
    /// What somebody wants of a database.
    public struct Job: Sendable {
        /// Asks, and then sees to it that the answer is told; what it throws comes before that.
        let perform: @Sendable (PostgresConnection) throws -> Void
        /// Called instead.
        let refuse: @Sendable (Refusal) -> Void

        public init(
            perform: @escaping @Sendable (PostgresConnection) throws -> Void,
            refuse: @escaping @Sendable (Refusal) -> Void
        ) {
            self.perform = perform
            self.refuse = refuse
        }
    }

    public enum Refusal: Hashable, Sendable {
        /// The tenant's database does not answer.
        case away
        /// More is wanted than can be asked for soon.
        case overloaded
        /// It answered with what makes no sense.
        case broken
    }

    private struct Errand: Sendable {
        let place: TenantPlace
        let job: Job
    }

    private struct State {
        var queue: TenantQueue<Errand>
        var sleepers: [Latch] = []
        var isStopped = false
    }

    private let databases: TenantDatabases
    private let log: Log
    private let time: any TimeSource
    private let state: Lock<State>
    private let threads = Lock<[OwnedThread]>([])
    private let warnedAt = Lock<MonotonicTime?>(nil)

    /// - Parameter hands: databases that are asked at once.
    public init(
        _ databases: TenantDatabases, name: String, hands: Int, time: any TimeSource = SystemTime(), log: Log
    ) throws {
        self.databases = databases
        self.log = log
        self.time = time
        var bounds = TenantQueue<Errand>.Bounds()
        bounds.suspects = max(1, hands / 2)
        state = Lock(State(queue: TenantQueue(bounds: bounds)))
        for index in 0..<max(2, hands) {
            let thread = try OwnedThread(name: "\(name)-\(index)") { self.run() }
            threads.withLock { $0.append(thread) }
        }
    }

    /// Returns at once; the answer, or the refusal, comes on another thread or on this one.
    public func post(_ job: Job, at place: TenantPlace) {
        let (isTaken, sleeper): (Bool, Latch?) = state.withLock { state in
            guard !state.isStopped else { return (false, nil) }
            guard state.queue.add(Errand(place: place, job: job), of: place.tenant) else { return (false, nil) }
            return (true, state.sleepers.popLast())
        }
        sleeper?.open()
        if !isTaken { job.refuse(.overloaded) }
    }

    /// Refuses what waits, lets what is being asked come to its end, and ends the threads.
    public func stop() {
        let (sleepers, errands) = state.withLock { state in
            state.isStopped = true
            defer { state.sleepers = [] }
            return (state.sleepers, state.queue.removeAll())
        }
        for sleeper in sleepers { sleeper.open() }
        for errand in errands { errand.job.refuse(.away) }
        for thread in threads.withLock({ $0 }) { thread.join() }
    }

    // MARK: on the threads

    private enum Turn {
        case work([Errand])
        case sleep(Latch)
        case end
    }

    private func run() {
        while true {
            let turn: Turn = state.withLock { state in
                if let (_, errands) = state.queue.take() { return .work(errands) }
                if state.isStopped { return .end }
                let latch = Latch()
                state.sleepers.append(latch)
                return .sleep(latch)
            }
            switch turn {
            case .work(let errands): perform(errands)
            case .sleep(let latch): latch.wait()
            case .end: return
            }
        }
    }

    /// All are the same tenant's.
    private func perform(_ errands: [Errand]) {
        guard let place = errands.last?.place else { return }
        var done = 0
        var refusal: Refusal?
        do {
            try databases.with(place) { connection in
                for errand in errands {
                    do {
                        try errand.job.perform(connection)
                    } catch let error as PostgresError where error.isConnectionLost || connection.isClosed {
                        throw error
                    } catch let error as PostgresError where error.sqlState == .queryCanceled {
                        throw error
                    } catch {
                        // What one asked for must not stand in the way of the others.
                        warn(error, place)
                        errand.job.refuse(.broken)
                    }
                    done += 1
                }
            }
        } catch {
            warn(error, place)
            refusal = (error as? TenantDatabaseError)?.code == .busy ? .overloaded : .away
        }
        // What can be asked now, this thread asks.
        let vain = state.withLock { $0.queue.finish(place.tenant, isAway: refusal == .away) }
        guard let refusal else { return }
        for errand in errands[done...] + vain { errand.job.refuse(refusal) }
    }

    /// One line a second says it as well as thousands.
    private func warn(_ error: any Error, _ place: TenantPlace) {
        let now = time.monotonic
        let isDue = warnedAt.withLock { last in
            if let last, now - last < .seconds(1) { return false }
            last = now
            return true
        }
        if isDue {
            log.warning(
                "a tenant's database cannot be asked", error, ["turnstile.tenant": .string(place.tenant.text)])
        }
    }
}
