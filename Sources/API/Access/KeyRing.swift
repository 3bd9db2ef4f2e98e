public import Postgres
public import Runtime
internal import Tenancy

/// The keys that callers have shown, and what each allows: asked of the database once, then known, and asked again in
/// the background so that a revoked one is not known for long.
public final class KeyRing: Sendable {
    public enum Verdict: Hashable, Sendable {
        case good(Access)
        /// There is no such key, or there is no more.
        case bad
        /// The database cannot be asked.
        case unavailable
    }

    public struct Options: Sendable {
        /// How often known keys are asked for again.
        public var refresh = Duration.seconds(1)
        /// How long keys are believed that cannot be asked for again. Revoking one needs the database, too.
        public var longestTrust = Duration.seconds(60)
        /// How long a key is known to be bad.
        public var badFor = Duration.seconds(2)
        /// Keys that are known at most; beyond it all are asked for anew.
        public var most = 100_000
        /// After a question in vain, callers are told so without another one for so long.
        public var rest = Duration.milliseconds(500)
        /// Callers that wait for an answer at most.
        public var mostWaiting = 10_000
        public init() {}
    }

    private struct State {
        /// By the text that a caller shows.
        var known: [String: Access] = [:]
        var bad: [String: MonotonicTime] = [:]
        var asking: [String: [@Sendable (Verdict) -> Void]] = [:]
        var waiting = 0
        var confirmedAt: MonotonicTime
        /// When the database was last asked in vain.
        var failedAt: MonotonicTime?
        var isStopped = false
    }

    private let state: Lock<State>
    private let bell = Bell()
    private let options: Options
    private let time: any TimeSource
    private let pool: PostgresPool
    private let log: Log
    private let thread = Lock<OwnedThread?>(nil)

    /// - Parameter pool: lends the connection that asks.
    public init(pool: PostgresPool, options: Options = Options(), time: any TimeSource = SystemTime(), log: Log) throws
    {
        self.pool = pool
        self.options = options
        self.time = time
        self.log = log
        state = Lock(State(confirmedAt: time.monotonic))
        let thread = try OwnedThread(name: "keys") { self.run() }
        self.thread.withLock { $0 = thread }
    }

    /// - Parameters:
    ///   - text: a key as its holder shows it.
    ///   - then: called at once where the answer is known, else on the ring's thread.
    public func check(_ text: String, _ then: @escaping @Sendable (Verdict) -> Void) {
        let now = time.monotonic
        let verdict: Verdict? = state.withLock { state in
            if let access = state.known[text] {
                return now - state.confirmedAt <= options.longestTrust ? .good(access) : .unavailable
            }
            if let until = state.bad[text], now < until { return .bad }
            guard APIKey(text) != nil else { return .bad }
            guard state.waiting < options.mostWaiting, !state.isStopped, !isResting(state, now) else {
                return .unavailable
            }
            state.waiting += 1
            state.asking[text, default: []].append(then)
            return nil
        }
        if let verdict { then(verdict) } else { bell.ring() }
    }

    private func isResting(_ state: borrowing State, _ now: MonotonicTime) -> Bool {
        state.failedAt.map { now - $0 < options.rest } ?? false
    }

    public func stop() {
        state.withLock { $0.isStopped = true }
        bell.ring()
        thread.withLock { $0.take() }?.join()
    }

    // MARK: on the ring's thread

    private func run() {
        var refreshedAt = time.monotonic
        while true {
            bell.wait(for: max(.zero, options.refresh - (time.monotonic - refreshedAt)))
            // Whoever asks all the time must not keep the others' keys from being asked for again.
            let isDue = time.monotonic - refreshedAt >= options.refresh
            let (asked, known, isStopped) = state.withLock { state in
                defer { state.asking = [:] }
                return (state.asking, isDue ? Array(state.known) : [], state.isStopped)
            }
            if isStopped {
                for (_, callers) in asked { for then in callers { then(.unavailable) } }
                return
            }
            if !asked.isEmpty { answer(asked) }
            guard isDue else { continue }
            refresh(known)
            refreshedAt = time.monotonic
        }
    }

    private func answer(_ asked: [String: [@Sendable (Verdict) -> Void]]) {
        for (text, callers) in asked {
            // Those behind a question in vain are not kept waiting for another one.
            let isResting = state.withLock { self.isResting($0, time.monotonic) }
            let verdict = isResting ? .unavailable : ask(text)
            let now = time.monotonic
            state.withLock { state in
                state.waiting -= callers.count
                if !isResting { state.failedAt = verdict == .unavailable ? now : nil }
                switch verdict {
                case .good(let access):
                    if state.known.count >= options.most { state.known = [:] }
                    if state.known.isEmpty { state.confirmedAt = now }
                    state.known[text] = access
                case .bad:
                    if state.bad.count >= options.most { state.bad = [:] }
                    state.bad[text] = now + options.badFor
                case .unavailable: break
                }
            }
            for then in callers { then(verdict) }
        }
    }

    private func ask(_ text: String) -> Verdict {
        guard let key = APIKey(text) else { return .bad }
        do {
            let grant = try pool.withConnection(timeout: .milliseconds(500)) { try TenantStore($0).grant(for: key) }
            return grant.map { .good(Access(key, $0)) } ?? .bad
        } catch {
            log.warning("a key cannot be looked up", error)
            return .unavailable
        }
    }

    /// Keys that came in meanwhile were asked for just now.
    private func refresh(_ known: [(key: String, value: Access)]) {
        let began = time.monotonic
        guard !known.isEmpty else {
            // Nothing is believed without having been asked for.
            state.withLock { if $0.known.isEmpty { $0.confirmedAt = began } }
            return
        }
        let unrevoked: Set<String>
        do {
            unrevoked = try pool.withConnection(timeout: .milliseconds(500)) {
                try TenantStore($0).unrevoked(known.map(\.value.keyId))
            }
        } catch {
            let now = time.monotonic
            state.withLock { $0.failedAt = now }
            return
        }
        state.withLock { state in
            state.failedAt = nil
            state.confirmedAt = began
            for (text, access) in known where !unrevoked.contains(access.keyId) { state.known[text] = nil }
            state.bad = state.bad.filter { began < $0.value }
        }
    }
}
