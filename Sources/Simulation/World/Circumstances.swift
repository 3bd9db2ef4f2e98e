internal import Runtime
internal import Ticketing

/// What every simulated world has, whatever line's workers live in it: one order in which things happen, chance, a
/// clock, and a record of what went wrong.
class Circumstances {
    let scheduler = Scheduler(at: MonotonicTime(nanoseconds: 1_000_000_000))
    let trace: Trace
    var random: Seeded
    var clock: SimulatedClock
    /// What went wrong first.
    private(set) var failure: String?
    /// Set once nothing goes wrong any more: everything has to settle from here on.
    var isHealed = false
    private var disturbances = Disturbances()
    private let quantum: Int64
    private let callFaults: Int

    /// - Parameters:
    ///   - quantum: everything happens at multiples of this, in nanoseconds.
    ///   - callFaults: of 1,000 calls of a database, how many go wrong.
    init(random: Seeded, quantum: Int64, callFaults: Int, start: Time, print: ((String) -> Void)?) {
        self.random = random
        self.quantum = quantum
        self.callFaults = callFaults
        clock = SimulatedClock(start: start)
        trace = Trace(print: print)
        trace.now = { [unowned self] in scheduler.now }
    }

    /// The databases' wall clock.
    var wall: Time { clock.time(at: scheduler.now) }

    /// Microseconds, as nanoseconds that are a multiple of the history's quantum.
    func delay(_ microseconds: ClosedRange<Int>) -> Int64 {
        Int64(random.number(microseconds)) * 1_000 / quantum * quantum
    }

    /// Of 1,000.
    func chance(_ permille: Int) -> Bool { !isHealed && random.number(0...999) < permille }

    func later(seconds: Double) -> MonotonicTime { scheduler.now + .nanoseconds(Int64(seconds * 1e9)) }

    /// Something goes wrong now; what follows from it may take so long.
    func disturb(seconds: Double) {
        let now = scheduler.now.nanoseconds
        disturbances.add(from: now, to: now + Int64(seconds * 1e9))
    }

    /// Whether nothing was wrong in that span until now.
    func isCalm(since start: Int64, exceptFrom known: Int64? = nil) -> Bool {
        disturbances.isCalm(since: start, until: scheduler.now.nanoseconds, exceptFrom: known)
    }

    func fail(_ what: @autoclosure () -> String) {
        guard failure == nil else { return }
        let what = what()
        failure = what
        trace.note("fails", 0, 0, what)
    }

    /// Runs until something fails, nothing is left to happen, or the time is up.
    func run(until end: MonotonicTime, while condition: () -> Bool = { true }) {
        var (instant, steps) = (scheduler.now, 0)
        while failure == nil, condition(), scheduler.runNext(until: end) {
            steps = scheduler.now == instant ? steps + 1 : 0
            instant = scheduler.now
            if steps > 200_000 { fail("it goes round in circles: 200,000 things happened at one time") }
        }
    }

    /// What becomes of the next call of a database.
    func fate(isCommit: Bool) -> Fate {
        let there = delay(isCommit ? 200...3_000 : 50...600)
        let back = delay(30...300)
        guard chance(callFaults) else { return .fine(there: there, back: back, nil, holdsLocks: false) }
        disturb(seconds: 8)
        let slow = delay(1_000...2_500_000)
        switch random.number(0...9) {
        case 0: return .fine(there: there, back: back, .before, holdsLocks: false)
        case 1: return .fine(there: there, back: back, .after, holdsLocks: false)
        case 2: return .fine(there: there, back: back, .beforeUnnoticed, holdsLocks: false)
        case 3: return .fine(there: there, back: back, .afterUnnoticed, holdsLocks: false)
        case 4, 5: return .fine(there: slow, back: back, nil, holdsLocks: isCommit)
        case 6 where isCommit, 7 where isCommit:
            return .twice(there: there, back: back, again: delay(100...random.one(of: [3_000, 400_000])))
        default:
            return .late(told: delay(1_000...50_000), executed: slow, holdsLocks: isCommit && random.chance(40))
        }
    }
}
