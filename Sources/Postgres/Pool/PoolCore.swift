internal import Runtime

/// The shell around `PoolState`: it opens, closes, waits and wakes, always outside the lock.
final class PoolCore: Sendable {
    /// A connection on its way between threads.
    struct Lease: @unchecked Sendable {  // because: whoever parks it has called `handOver`, and one thread takes it out
        let id: PoolState.Connection
        let connection: PostgresConnection
    }

    private struct Storage {
        var state: PoolState
        var parked: [PoolState.Connection: Lease] = [:]
        var interruptors: [PoolState.Connection: PostgresInterruptor] = [:]
        var bells: [PoolState.Caller: Latch] = [:]
        var lastCaller: PoolState.Caller = 0
        /// Wakes the janitor; replaced each time.
        var janitorBell = Latch()
        /// When the janitor looks next by itself.
        var janitorWakesAt: MonotonicTime?
        var lastFailure: PostgresError?
    }

    let options: PostgresPool.Options
    /// Open when the pool is closed and everything has come back.
    let drained = Latch()
    private let settings: PostgresSettings
    private let prepare: (@Sendable (PostgresConnection) throws -> Void)?
    private let storage: Lock<Storage>
    private let time = SystemTime()

    init(
        _ settings: PostgresSettings, _ options: PostgresPool.Options,
        _ prepare: (@Sendable (PostgresConnection) throws -> Void)?
    ) {
        self.settings = settings
        self.options = options
        self.prepare = prepare
        let limits = PoolState.Limits(
            size: options.size, idleTimeout: options.idleTimeout, maximumLifetime: options.maximumLifetime,
            firstBackoff: options.firstBackoff, maximumBackoff: options.maximumBackoff)
        storage = Lock(Storage(state: PoolState(limits: limits)))
    }

    var statistics: PostgresPool.Statistics {
        storage.withLock {
            PostgresPool.Statistics(open: $0.state.count, idle: $0.state.idleCount, waiting: $0.state.waitingCount)
        }
    }

    // MARK: Taking

    private enum Step {
        case use(Lease)
        case open(PoolState.Connection)
        case wait(Latch, until: MonotonicTime)
        case fail(PostgresError)
    }

    func acquire(_ timeout: Duration) throws -> Lease {
        let deadline = time.monotonic + timeout
        let caller = storage.withLock { storage in
            storage.lastCaller += 1
            return storage.lastCaller
        }
        while true {
            switch next(caller, deadline, timeout) {
            case .use(let lease):
                // The server may have gone while it was idle.
                if lease.connection.isAlive() { return lease }
                release(lease)
            case .open(let id):
                return try open(id)
            case .wait(let bell, let until):
                _ = bell.wait(for: max(.zero, until - time.monotonic))
            case .fail(let error):
                throw error
            }
        }
    }

    private func next(_ caller: PoolState.Caller, _ deadline: MonotonicTime, _ timeout: Duration) -> Step {
        let now = time.monotonic
        return storage.withLock { storage in
            let answer = storage.state.acquire(caller, deadline: deadline, now: now)
            storage.bells[caller] = nil
            switch answer {
            case .use(let id):
                guard let lease = storage.parked.removeValue(forKey: id) else {
                    preconditionFailure("an idle connection of a pool is parked")
                }
                return .use(lease)
            case .open(let id):
                return .open(id)
            case .wait(let until):
                let bell = Latch()
                storage.bells[caller] = bell
                return .wait(bell, until: until)
            case .fail(let failure):
                return .fail(Self.error(failure, timeout, options.size, storage.lastFailure))
            }
        }
    }

    private static func error(
        _ failure: PoolState.Failure, _ timeout: Duration, _ size: Int, _ last: PostgresError?
    ) -> PostgresError {
        switch failure {
        case .closed: return PostgresError(.poolClosed, "the pool is closed")
        case .timedOut:
            return PostgresError(
                .init(
                    code: .poolTimedOut, message: "all \(size) connections were in use for \(timeout)",
                    isRetryable: true))
        case .unavailable:
            var facts = PostgresError.Facts(code: .serverUnavailable, message: "the server is away", isRetryable: true)
            if let last {
                facts.message += ": \(last.message)"
                facts.sqlState = last.sqlState
            }
            return PostgresError(facts)
        }
    }

    private func open(_ id: PoolState.Connection) throws -> Lease {
        do {
            let interruptor = try PostgresInterruptor()
            storage.withLock { $0.interruptors[id] = interruptor }
            let connection = try PostgresConnection.connect(settings, interruptor: interruptor)
            do {
                try prepare?(connection)
            } catch {
                connection.close()
                throw error
            }
            let now = time.monotonic
            ring(storage.withLock { Self.bells(of: $0.state.opened(id, now: now), &$0) })
            return Lease(id: id, connection: connection)
        } catch {
            let now = time.monotonic
            let bells = storage.withLock { storage in
                storage.interruptors[id] = nil
                storage.lastFailure = error as? PostgresError
                let jitter = Double.random(in: 0...1)
                return Self.bells(of: storage.state.openFailed(id, now: now, jitter: jitter), &storage)
            }
            ring(bells)
            noticeDrained()
            throw error
        }
    }

    // MARK: Giving back

    func release(_ lease: Lease) {
        let connection = lease.connection
        let isUsable = !connection.isClosed && !connection.isInTransaction && !connection.hasListened
        if isUsable { connection.interruptor.clear() }
        // Before it is parked: from then on it may be another thread's.
        connection.handOver()
        let now = time.monotonic
        let (keep, bells) = storage.withLock { storage in
            let (keep, wake) = storage.state.release(lease.id, isUsable: isUsable, now: now)
            if keep {
                storage.parked[lease.id] = lease
            } else {
                storage.interruptors[lease.id] = nil
            }
            var bells = Self.bells(of: wake, &storage)
            if let expiry = storage.state.nextExpiry, storage.janitorWakesAt.map({ expiry < $0 }) ?? true {
                bells.append(storage.janitorBell)
            }
            return (keep, bells)
        }
        if !keep { connection.close() }
        ring(bells)
        noticeDrained()
    }

    private static func bells(of callers: [PoolState.Caller], _ storage: inout Storage) -> [Latch] {
        callers.compactMap { storage.bells.removeValue(forKey: $0) }
    }

    private func ring(_ bells: [Latch]) {
        for bell in bells { bell.open() }
    }

    private func noticeDrained() {
        if storage.withLock({ $0.state.isDrained }) { drained.open() }
    }

    // MARK: Closing

    func close() {
        let (leases, bells) = storage.withLock { storage in
            let (closing, wake) = storage.state.close()
            let bells = Self.bells(of: wake, &storage) + [storage.janitorBell]
            for id in closing { storage.interruptors[id] = nil }
            return (closing.compactMap { storage.parked.removeValue(forKey: $0) }, bells)
        }
        for lease in leases { lease.connection.close() }
        ring(bells)
        noticeDrained()
    }

    func interruptAll() {
        for interruptor in storage.withLock({ Array($0.interruptors.values) }) { interruptor.interrupt() }
    }

    // MARK: Tidying

    /// The janitor's life: sleep until the next connection is past its time, close it, again.
    func tidy() {
        while true {
            let now = time.monotonic
            let (leases, bell, wakesAt, isClosed) = storage.withLock { storage in
                let expired = storage.state.takeExpired(now: now)
                for id in expired { storage.interruptors[id] = nil }
                storage.janitorBell = Latch()
                storage.janitorWakesAt = storage.state.nextExpiry
                return (
                    expired.compactMap { storage.parked.removeValue(forKey: $0) }, storage.janitorBell,
                    storage.janitorWakesAt, storage.state.isClosed
                )
            }
            for lease in leases { lease.connection.close() }
            if isClosed { return }
            if let wakesAt {
                _ = bell.wait(for: max(.zero, wakesAt - time.monotonic))
            } else {
                bell.wait()
            }
        }
    }
}
