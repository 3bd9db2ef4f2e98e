internal import HTTPServer
internal import Runtime
internal import Synchronization
internal import Ticketing
internal import Wire

/// A show in memory, for many readers at a time.
final class LiveShow: Sendable {
    /// What readers ask for, made once a version.
    enum View: Int, Sendable {
        case availability, seatMap
    }

    private struct Made {
        let body: PreparedBody
        let version: UInt64
        let prices: Int
        let at: MonotonicTime
        /// What it took to make it.
        let cost: Duration
    }

    private struct State {
        var board: ShowBoard
        var prices: Prices
        var made: [Made?] = [nil, nil]
        var lag = Lag()
    }

    let facts: ShowFacts
    let audience = Audience()
    private let state: Lock<State>
    /// When it was last read, in seconds of the monotonic clock.
    private let lastRead: Atomic<Int64>

    /// While a show changes all the time, making its views takes a tenth of a processor at most, and no view is older
    /// than this.
    private static let oldest = Duration.milliseconds(100)

    var id: ShowId { facts.id }

    init(_ facts: ShowFacts, _ snapshot: BoardSnapshot, _ prices: Prices, at now: MonotonicTime) {
        self.facts = facts
        state = Lock(State(board: ShowBoard(snapshot), prices: prices))
        lastRead = Atomic(now.nanoseconds / 1_000_000_000)
    }

    // MARK: reading

    func noteRead(at now: MonotonicTime) {
        let second = now.nanoseconds / 1_000_000_000
        if lastRead.load(ordering: .relaxed) != second { lastRead.store(second, ordering: .relaxed) }
    }

    var lastReadSecond: Int64 { lastRead.load(ordering: .relaxed) }
    var version: UInt64 { state.withLock { $0.board.version } }
    var prices: Prices { state.withLock { $0.prices } }

    /// The newest body of a view; never an older one than was given before.
    func body(_ view: View, _ time: some TimeSource) -> PreparedBody {
        let start = time.monotonic
        let (known, bytes, version, prices) = state.withLock { state -> (PreparedBody?, [UInt8], UInt64, Int) in
            let (version, prices) = (state.board.version, state.prices.number)
            if let made = state.made[view.rawValue] {
                let isNewest = made.version == version && made.prices == prices
                if isNewest || start - made.at < min(Self.oldest, made.cost * 10) { return (made.body, [], 0, 0) }
            }
            switch view {
            case .availability: return (nil, state.board.availability(facts, state.prices), version, prices)
            case .seatMap: return (nil, state.board.seatMap(facts), version, prices)
            }
        }
        if let known { return known }
        // Compressing takes longest: readers of the last body do not wait for it.
        let body = PreparedBody(bytes, tag: EntityTag("v\(version)-\(prices)"), level: bytes.count > 16_384 ? 3 : 6)
        let end = time.monotonic
        return state.withLock { state in
            if let made = state.made[view.rawValue],
                (made.version, made.prices) >= (version, prices)
            {
                return made.body
            }
            state.made[view.rawValue] = Made(body: body, version: version, prices: prices, at: end, cost: end - start)
            return body
        }
    }

    /// Bytes, estimated.
    var footprint: Int {
        audience.footprint
            + state.withLock { state in
                state.made.reduce(400 + state.board.footprint + facts.layout.footprint + state.lag.footprint) {
                    $0 + ($1.map { $0.body.identity.count + ($0.body.gzip?.count ?? 0) } ?? 0)
                }
            }
    }

    // MARK: changing

    /// What has to be done after something was heard.
    enum Reaction: Hashable, Sendable {
        case none
        /// There is something to tell.
        case changed
        /// Something is missing: the stored state has to be looked at.
        case behind
    }

    func heard(_ line: ChangeLine) -> Reaction {
        state.withLock { state in
            if state.lag.keep(line) { return .none }
            switch state.board.apply(line) {
            case .applied: return state.board.isWatched ? .changed : .none
            case .known: return .none
            case .gap:
                state.lag.begin(with: line)
                return .behind
            }
        }
    }

    /// The stored version is this one. What was committed a moment ago may still be on its way: only what has not come
    /// by the second time is missing.
    func confirmed(_ version: UInt64, at now: MonotonicTime) -> Reaction {
        state.withLock { state in
            state.lag.confirm(version, own: state.board.version, at: now) ? .behind : .none
        }
    }

    /// Whoever was told of a version that is not known here has it from somewhere else.
    func claimed(_ version: UInt64) -> Reaction {
        state.withLock { state in
            guard version > state.board.version, !state.lag.isOpen else { return .none }
            state.lag.begin(with: nil)
            return .behind
        }
    }

    func reprice(_ prices: Prices) {
        state.withLock { state in
            guard prices.number > state.prices.number, prices.amounts.count == state.board.layout.tierCount else {
                return
            }
            state.prices = prices
        }
    }

    /// How many lines are kept for later.
    var keptLines: Int { state.withLock { $0.lag.count } }

    /// The lines that were missing, or as many of them as are known.
    ///
    /// - Parameter heard: so many lines had been kept before they were looked up.
    func catchUp(_ lines: [MergedLine], heard: Int) -> Reaction {
        state.withLock { state in
            for line in lines where state.board.apply(merged: line.line, from: line.first) == .gap { return .behind }
            return settle(&state, heard: heard)
        }
    }

    /// The whole show was looked up.
    ///
    /// - Returns: whether versions were passed over whose effects nobody can tell any more.
    func catchUp(_ snapshot: BoardSnapshot, heard: Int) -> (Reaction, isJump: Bool) {
        state.withLock { state in
            guard snapshot.version > state.board.version else {
                return (settle(&state, heard: heard), false)
            }
            state.board.replace(by: snapshot)
            return (settle(&state, heard: heard), true)
        }
    }

    /// What was kept is taken up. A line that had been heard before the stored state was looked at is in that, whatever
    /// it says itself: what does not fit then never will.
    private func settle(_ state: inout State, heard: Int) -> Reaction {
        let kept = state.lag.end()
        for (position, line) in kept.enumerated() where state.board.apply(line) == .gap && position >= heard {
            state.lag.begin(with: nil)
            for line in kept[position...] { _ = state.lag.keep(line) }
            return .behind
        }
        return state.board.isWatched ? .changed : .none
    }

    var isBehind: Bool { state.withLock { $0.lag.isOpen } }

    /// What is missing could not be looked up.
    func failedToCatchUp() { state.withLock { $0.lag.isAskedFor = false } }

    /// Whether it has to be tried again; who asks does it.
    func retries() -> Bool {
        state.withLock { state in
            guard state.lag.isOpen, !state.lag.isAskedFor else { return false }
            state.lag.isAskedFor = true
            return true
        }
    }

    // MARK: telling

    /// Lends the board to whoever tells others about it.
    func withBoard<Value: Sendable>(_ body: (inout ShowBoard) -> Value) -> Value {
        state.withLock { body(&$0.board) }
    }
}
