internal import API
internal import Runtime
internal import Ticketing
internal import Wire

/// Which shows are in memory, which are on their way there, and which are known not to be. Pure, but for what a
/// `LiveShow` guards itself.
struct BoardTable {
    typealias Waiter = @Sendable (Result<LiveShow, Fault>) -> Void

    struct Options: Sendable {
        /// Bytes, estimated, of what is in memory.
        var memoryBound = 512 << 20
        /// Readers that wait for shows to be loaded, at most.
        var mostWaiting = 10_000
        /// How long a show is known not to be there, and how many are known so at most.
        var missingFor = Duration.seconds(2)
        var mostMissing = 10_000
        /// Lines that are kept for a show while it is loaded.
        var mostKept = Lag.bound
    }

    private enum Place {
        case loading(Loading)
        case here(LiveShow)
        case missing(until: MonotonicTime)
    }

    private struct Loading {
        var waiters: [Waiter] = []
        var kept: [ChangeLine] = []
        /// The newest version that was heard of and is not kept: what is loaded may be behind it.
        var announced: UInt64 = 0
    }

    enum Finding {
        case here(LiveShow)
        case missing
        /// The waiter is told later; whoever comes first has the show loaded.
        case waits(mustLoad: Bool)
        case tooMany
    }

    let options: Options
    private var places: [ShowId: Place] = [:]
    private var waiting = 0
    private var missing = 0
    /// What was measured when it was last added up, and what has come since.
    private(set) var footprint = 0

    init(_ options: Options = Options()) { self.options = options }

    mutating func find(_ id: ShowId, at now: MonotonicTime, _ waiter: @escaping Waiter) -> Finding {
        switch places[id] {
        case .here(let show): return .here(show)
        case .missing(let until) where now < until: return .missing
        case .loading(var loading):
            guard waiting < options.mostWaiting else { return .tooMany }
            waiting += 1
            loading.waiters.append(waiter)
            places[id] = .loading(loading)
            return .waits(mustLoad: false)
        case .missing, nil:
            guard waiting < options.mostWaiting else { return .tooMany }
            waiting += 1
            forget(id)
            places[id] = .loading(Loading(waiters: [waiter]))
            return .waits(mustLoad: true)
        }
    }

    /// The show, if it is here.
    subscript(id: ShowId) -> LiveShow? {
        if case .here(let show) = places[id] { show } else { nil }
    }

    /// Somebody follows a show who found it a moment ago.
    ///
    /// - Returns: false when it was let go of meanwhile, and another one is on its way or in its place.
    mutating func keep(_ show: LiveShow) -> Bool {
        switch places[show.id] {
        case .here(let other): return other === show
        case .loading: return false
        case .missing, nil:
            // What it has missed is found to be missing.
            forget(show.id)
            places[show.id] = .here(show)
            footprint += show.footprint
            return true
        }
    }

    /// - Returns: the show that has to hear of it.
    mutating func heard(_ line: ChangeLine) -> LiveShow? {
        switch places[line.show] {
        case .here(let show): return show
        case .loading(var loading):
            if line.changes.isEmpty || loading.kept.count >= options.mostKept {
                loading.announced = max(loading.announced, line.version)
            } else {
                loading.kept.append(line)
            }
            places[line.show] = .loading(loading)
            return nil
        case .missing:
            // It is there by now.
            forget(line.show)
            return nil
        case nil: return nil
        }
    }

    /// What was loaded takes its place.
    ///
    /// - Returns: who waited, what the show missed meanwhile, and a version that it must have come to.
    mutating func loaded(_ show: LiveShow) -> (waiters: [Waiter], kept: [ChangeLine], announced: UInt64) {
        guard case .loading(let loading) = places[show.id] else { return ([], [], 0) }
        waiting -= loading.waiters.count
        places[show.id] = .here(show)
        footprint += show.footprint
        return (loading.waiters, loading.kept, loading.announced)
    }

    /// There is no such show.
    mutating func loadedNothing(_ id: ShowId, at now: MonotonicTime) -> [Waiter] {
        let waiters = failed(id)
        if missing >= options.mostMissing {
            places = places.filter { if case .missing = $0.value { false } else { true } }
            missing = 0
        }
        missing += 1
        places[id] = .missing(until: now + options.missingFor)
        return waiters
    }

    /// It could not be loaded.
    mutating func failed(_ id: ShowId) -> [Waiter] {
        guard case .loading(let loading) = places[id] else { return [] }
        waiting -= loading.waiters.count
        places[id] = nil
        return loading.waiters
    }

    private mutating func forget(_ id: ShowId) {
        if case .missing = places[id] { missing -= 1 }
        places[id] = nil
    }

    /// All shows that are here.
    var shows: [LiveShow] {
        places.values.compactMap { if case .here(let show) = $0 { show } else { nil } }
    }

    /// Measures anew, and lets go of what was not read for longest when there is too much.
    ///
    /// - Returns: how many shows were let go.
    mutating func evict() -> Int {
        var measured = shows.map { (show: $0, bytes: $0.footprint) }
        footprint = measured.reduce(0) { $0 + $1.bytes }
        guard footprint > options.memoryBound else { return 0 }
        measured.sort { $0.show.lastReadSecond < $1.show.lastReadSecond }
        var count = 0
        for (show, bytes) in measured where footprint > options.memoryBound / 10 * 9 && show.audience.isEmpty {
            places[show.id] = nil
            footprint -= bytes
            count += 1
        }
        return count
    }

    var isOverfull: Bool { footprint > options.memoryBound }
}
