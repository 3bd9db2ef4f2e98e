internal import Runtime

/// Which runners seem to be gone, and for how long.
///
/// One that has lost its session to the database may live all the same, and be back in a moment: only one that has been
/// away for a while is taken for dead. It may still be wrong about that, as a visibility that ends may be: an effect is
/// done at least once.
struct EffectHolders {
    private let grace: Duration
    private var missingSince: [Int32: MonotonicTime] = [:]
    private var lookAt: MonotonicTime

    init(grace: Duration, at now: MonotonicTime) {
        self.grace = grace
        lookAt = now
    }

    func isLookDue(at now: MonotonicTime) -> Bool { now >= lookAt }

    /// - Parameter missing: those who have something in hand and no session, at this moment.
    /// - Returns: whose work is to be taken by others.
    mutating func see(missing: [Int32], at now: MonotonicTime) -> [Int32] {
        lookAt = now + grace / 5
        missingSince = missingSince.filter { missing.contains($0.key) }
        for holder in missing where missingSince[holder] == nil { missingSince[holder] = now }
        return missing.filter { holder in missingSince[holder].map { now - $0 >= grace } ?? false }
    }
}
