internal import Ticketing

/// What a look for due effects found.
struct EffectTake: Sendable, Hashable {
    /// Ours until their visibility ends.
    var requests: [EffectRequest] = []
    /// Parked instead of taken: all their attempts are used up, and the last one was never heard of again.
    var spent: [EffectId] = []
    /// When the next one is due, if that was asked for; nil where none waits.
    var nextDue: Duration?
}

/// What is to be written about an attempt.
struct EffectSettlement: Sendable, Hashable {
    enum Verdict: Sendable, Hashable {
        /// The version is that of the event's route by which commands were published, 0 without a route; nil where
        /// there were none. If the event has moved since, they may have come too late, and the effect is not done.
        case done(route: UInt64?)
        case later(Duration, reason: String)
        case parked(reason: String)
    }

    let id: EffectId
    /// A newer attempt's word counts for more than this one's, unless this one has done the work.
    let attempt: Int
    let verdict: Verdict
}

/// Effects of one kind that are not done.
struct EffectCounts: Sendable, Hashable {
    var waiting = 0
    var parked = 0
    /// Of the oldest that waits; zero where none does.
    var oldestWaiting = Duration.zero
}
