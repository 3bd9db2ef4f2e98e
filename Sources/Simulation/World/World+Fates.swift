internal import Pipeline

/// What becomes of one call of the database. Times are in nanoseconds.
enum Fate {
    /// It gets there, with or without a fault, and the answer gets back.
    case fine(there: Int64, back: Int64, FakeStore.Fault?, holdsLocks: Bool)
    /// The connection breaks, which the caller is told of; the server does it later, or finds that it may not.
    case late(told: Int64, executed: Int64, holdsLocks: Bool)
    /// It is done, and some layer in between sends it a second time.
    case twice(there: Int64, back: Int64, again: Int64)
}

extension World {
    func fate(isCommit: Bool) -> Fate {
        let there = delay(isCommit ? 200...3_000 : 50...600)
        let back = delay(30...300)
        guard chance(profile.callFaults) else { return .fine(there: there, back: back, nil, holdsLocks: false) }
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
