internal import API
internal import Postgres
internal import Runtime
internal import Ticketing
internal import Wire

/// The shows that are in memory: loaded when somebody asks for them, kept current by what workers tell.
final class Boards: Sendable {
    enum Job: Sendable {
        case load(ShowId)
        /// A show is behind.
        case catchUp(LiveShow)
        case reprice(LiveShow)
        /// Somebody follows a show who missed what is not known here.
        case resume(Follower, LiveShow)
    }

    let time: any TimeSource
    private let table: Lock<BoardTable>
    private let metrics: BoardMetrics
    private let hands = Lock(Hands())

    /// Who does what the boards want done. In a struct, and not each in a lock of its own: what is generic over a
    /// function wraps it anew each time that it lends it.
    private struct Hands {
        var post: (@Sendable (Job) -> Void)?
        var whenChanged: (@Sendable (LiveShow) -> Void)?
    }

    init(_ options: BoardTable.Options, metrics: BoardMetrics, time: any TimeSource = SystemTime()) {
        self.time = time
        self.metrics = metrics
        table = Lock(BoardTable(options))
    }

    /// - Parameters:
    ///   - post: has a job done by `perform`, or refused by `refuse`.
    ///   - whenChanged: there is something to tell those who follow a show.
    func start(post: @escaping @Sendable (Job) -> Void, whenChanged: @escaping @Sendable (LiveShow) -> Void) {
        hands.withLock { $0 = Hands(post: post, whenChanged: whenChanged) }
    }

    // MARK: reading

    /// Calls `then` at once where the show is in memory, else when it was loaded.
    func find(
        _ id: ShowId, of tenant: TenantId, _ then: @escaping @Sendable (Result<LiveShow, Fault>) -> Void
    ) {
        let now = time.monotonic
        if let show = table.withLock({ $0[id] }) {
            show.noteRead(at: now)
            then(show.facts.tenant == tenant ? .success(show) : .failure(.notFound))
            return
        }
        let isOwn: @Sendable (LiveShow) -> Result<LiveShow, Fault> = { show in
            show.facts.tenant == tenant ? .success(show) : .failure(.notFound)
        }
        let finding = table.withLock { $0.find(id, at: now) { then($0.flatMap(isOwn)) } }
        switch finding {
        case .here(let show): then(isOwn(show))
        case .missing: then(.failure(.notFound))
        case .waits(let mustLoad): if mustLoad { ask(.load(id)) }
        case .tooMany:
            then(.failure(.overloaded("Too many shows are being loaded.")))
        }
    }

    var shows: [LiveShow] { table.withLock { $0.shows } }
    var footprint: Int { table.withLock { $0.footprint } }

    // MARK: hearing

    /// What a worker said.
    func heard(_ line: ChangeLine) {
        guard let show = table.withLock({ $0.heard(line) }) else { return }
        react(show.heard(line), show)
    }

    /// What is stored of a show that is in memory.
    func confirmed(_ id: ShowId, version: UInt64, prices: Int) {
        guard let show = table.withLock({ $0[id] }) else { return }
        react(show.confirmed(version, at: time.monotonic), show)
        if prices > show.prices.number { ask(.reprice(show)) }
    }

    /// Prices of an event have changed.
    func repriced(_ event: EventId) {
        for show in shows where show.id.event == event { ask(.reprice(show)) }
    }

    /// Those that are behind are looked up again, where that went wrong.
    func retry() {
        for show in shows where show.retries() { ask(.catchUp(show)) }
    }

    private func react(_ reaction: LiveShow.Reaction, _ show: LiveShow) {
        switch reaction {
        case .none: break
        case .changed: hands.withLock { $0.whenChanged }?(show)
        case .behind:
            metrics.gaps.add()
            ask(.catchUp(show))
        }
    }

    private func ask(_ job: Job) { hands.withLock { $0.post }?(job) }

    // MARK: following

    /// Somebody wants to be told of what changes on a show.
    func follow(_ show: LiveShow, _ follower: Follower) {
        admitted(show.audience.admit(follower, to: show, at: time.monotonic), show)
        keep(show)
    }

    /// Whoever has just taken a seat follows a show that is told of what changes: nobody else keeps a show from being
    /// let go of, and those whose past is being looked up have no seat yet.
    private func keep(_ show: LiveShow) {
        if !table.withLock({ $0.keep(show) }) { show.audience.cut(show) }
    }

    private func resume(_ followers: [Follower], _ lines: [MergedLine], _ show: LiveShow) {
        show.audience.resume(followers, lines, show)
        keep(show)
    }

    private func admitted(_ admission: Audience.Admission, _ show: LiveShow) {
        switch admission {
        case .done: break
        case .needsHistory(let follower): ask(.resume(follower, show))
        case .claims(let version):
            react(show.claimed(version), show)
            // It may have come meanwhile.
            if !show.isBehind { caughtUp(show) }
        }
    }

    private func caughtUp(_ show: LiveShow) {
        let admissions = show.audience.caughtUp(show, at: time.monotonic)
        guard !admissions.isEmpty else { return }
        for admission in admissions { admitted(admission, show) }
        keep(show)
    }

    // MARK: on the loaders' threads

    /// What was asked for meanwhile. Those who come back to a show, such as after the end of another server, are
    /// answered together.
    func perform(_ jobs: [Job], _ source: some BoardSource) throws {
        var comers: [ShowId: (show: LiveShow, followers: [Follower])] = [:]
        for job in jobs {
            if case .resume(let follower, let show) = job {
                comers[show.id, default: (show, [])].followers.append(follower)
            } else {
                try perform(job, source)
            }
        }
        let found = try comers.values.map { show, followers in
            let oldest = followers.reduce(UInt64.max) { min($0, $1.version ?? $0) }
            return (show, followers, try source.lines(of: show.id, after: oldest))
        }
        for (show, followers, lines) in found { resume(followers, lines, show) }
    }

    private func perform(_ job: Job, _ source: some BoardSource) throws {
        switch job {
        case .load(let id): try load(id, source)
        case .catchUp(let show):
            if show.isBehind { try catchUp(show, source) }
            caughtUp(show)
        case .reprice(let show):
            if let prices = try source.prices(of: show.id) { show.reprice(prices) }
        case .resume: preconditionFailure("answered together")
        }
    }

    /// It could not be done.
    func refuse(_ job: Job, _ fault: Fault) {
        switch job {
        case .load(let id): for waiter in table.withLock({ $0.failed(id) }) { waiter(.failure(fault)) }
        case .catchUp(let show):
            show.failedToCatchUp()
            show.audience.cannotCatchUp(show)
        case .reprice: break
        case .resume(let follower, let show): resume([follower], [], show)
        }
    }

    private func load(_ id: ShowId, _ source: some BoardSource) throws {
        guard let (facts, snapshot, prices) = try source.load(id) else {
            let now = time.monotonic
            for waiter in table.withLock({ $0.loadedNothing(id, at: now) }) { waiter(.failure(.notFound)) }
            return
        }
        metrics.loads.add()
        let show = LiveShow(facts, snapshot, prices, at: time.monotonic)
        // Under the table's lock, so that what is heard from here on comes behind what was kept.
        let (waiters, reactions, evicted) = table.withLock { table in
            let (waiters, kept, announced) = table.loaded(show)
            let reactions = kept.map { show.heard($0) } + [show.claimed(announced)]
            return (waiters, reactions, table.isOverfull ? table.evict() : 0)
        }
        metrics.evictions.add(evicted)
        for reaction in reactions { react(reaction, show) }
        for waiter in waiters { waiter(.success(show)) }
    }

    private func catchUp(_ show: LiveShow, _ source: some BoardSource) throws {
        // What was heard before is stored by now.
        let heard = show.keptLines
        let lines = try source.lines(of: show.id, after: show.version)
        if !lines.isEmpty {
            let reaction = show.catchUp(lines, heard: heard)
            if reaction != .behind {
                react(reaction, show)
                return
            }
        }
        guard let (_, snapshot, prices) = try source.load(show.id) else { return }
        metrics.reloads.add()
        let (reaction, isJump) = show.catchUp(snapshot, heard: heard)
        show.reprice(prices)
        if isJump { show.audience.jumped(show) }
        react(reaction, show)
    }

    /// Lets go of who has its jobs done.
    func finish() {
        hands.withLock { $0 = Hands() }
    }

    /// Keeps to the bound of memory.
    func tidy() { metrics.evictions.add(table.withLock { $0.evict() }) }
}
