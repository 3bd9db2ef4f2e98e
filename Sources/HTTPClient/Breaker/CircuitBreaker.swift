public import Runtime

/// Whether somebody elsewhere is asked at all. After several failures in a row nobody asks for a while; then a few
/// calls are let through to see, and the first that goes well closes the circuit again.
///
///     closed --failures in a row--> open --after a pause--> half-open --success--> closed
///                                    ^------- failure, pause doubled ----'
///
/// Pure: time comes with each call.
public struct CircuitBreaker: Sendable {
    public struct Options: Sendable {
        /// Failures in a row that open it.
        public var failures = 5
        public var firstPause: Duration = .seconds(1)
        public var longestPause: Duration = .seconds(60)
        /// Calls that are let through at once while half-open.
        public var trials = 1

        public init() {}
    }

    public enum State: Int, Sendable, CaseIterable {
        case closed = 0
        case halfOpen = 1
        case open = 2
    }

    public enum Outcome: Sendable, CaseIterable {
        case success
        case failure
        /// It says nothing about whether somebody is there.
        case neither
    }

    /// Permission for one call, to be given back with what came of it.
    public struct Leave: Sendable {
        /// In which state of affairs it was given: what comes of it later says nothing of another.
        fileprivate let period: Int
    }

    private let options: Options
    public private(set) var state = State.closed
    /// How often it has opened.
    public private(set) var openings = 0
    private var failuresInARow = 0
    private var pause: Duration
    private var opensAgainAt = MonotonicTime(nanoseconds: 0)
    private var trialsUnderWay = 0
    private var period = 0

    public init(_ options: Options = Options()) {
        precondition(options.failures >= 1 && options.trials >= 1, "a breaker that never opens, or never closes")
        precondition(options.firstPause > .zero && options.longestPause >= options.firstPause, "a breaker's pauses")
        self.options = options
        pause = options.firstPause
    }

    /// - Returns: nil when nobody shall ask now.
    public mutating func admit(at now: MonotonicTime) -> Leave? {
        if state == .open, now >= opensAgainAt { change(to: .halfOpen) }
        switch state {
        case .closed: break
        case .open: return nil
        case .halfOpen:
            guard trialsUnderWay < options.trials else { return nil }
            trialsUnderWay += 1
        }
        return Leave(period: period)
    }

    public mutating func settle(_ leave: Leave, _ outcome: Outcome, at now: MonotonicTime) {
        guard leave.period == period else { return }
        switch (state, outcome) {
        case (.closed, .success): failuresInARow = 0
        case (.closed, .failure):
            failuresInARow += 1
            if failuresInARow >= options.failures { open(at: now) }
        case (.halfOpen, .success):
            pause = options.firstPause
            change(to: .closed)
        case (.halfOpen, .failure):
            pause = min(pause * 2, options.longestPause)
            open(at: now)
        case (.halfOpen, .neither): trialsUnderWay -= 1
        case (.closed, .neither), (.open, _): break
        }
    }

    private mutating func open(at now: MonotonicTime) {
        openings += 1
        opensAgainAt = now + pause
        change(to: .open)
    }

    private mutating func change(to next: State) {
        state = next
        failuresInARow = 0
        trialsUnderWay = 0
        period += 1
    }
}
