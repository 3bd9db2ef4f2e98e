internal import Runtime

/// What waits to be asked of the database, and whether the database is there to be asked. Pure.
struct DatabaseQueue<Job> {
    /// What may wait at most.
    let bound: Int
    /// What is asked together at most.
    let batch: Int
    /// How long after a failure nothing is tried.
    let pause: Duration

    private var waiting: [Job] = []
    private var first = 0
    private var awayUntil: MonotonicTime?

    init(bound: Int, batch: Int, pause: Duration) {
        precondition(bound > 0 && batch > 0)
        self.bound = bound
        self.batch = batch
        self.pause = pause
    }

    enum Admission: Hashable {
        case taken
        /// Too much is waiting.
        case full
        /// The database was away a moment ago.
        case away
    }

    var count: Int { waiting.count - first }

    /// Whether the database could not be reached a moment ago. Without anything to ask for, nobody knows.
    func isAway(at now: MonotonicTime) -> Bool { awayUntil.map { now < $0 + Self.doubt } ?? false }

    private static var doubt: Duration { .seconds(2) }

    mutating func add(_ job: Job, at now: MonotonicTime) -> Admission {
        if let awayUntil, now < awayUntil { return .away }
        guard count < bound else { return .full }
        waiting.append(job)
        return .taken
    }

    /// The next to be asked together; empty when nothing waits.
    mutating func take() -> [Job] {
        let jobs = Array(waiting[first...].prefix(batch))
        first += jobs.count
        if first * 2 >= waiting.count {
            waiting.removeFirst(first)
            first = 0
        }
        return jobs
    }

    mutating func succeeded() { awayUntil = nil }

    /// - Returns: what waited, and has now waited in vain.
    mutating func failed(at now: MonotonicTime) -> [Job] {
        awayUntil = now + pause
        defer {
            waiting = []
            first = 0
        }
        return Array(waiting[first...])
    }
}
