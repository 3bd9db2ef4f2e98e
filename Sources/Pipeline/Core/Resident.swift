internal import Runtime
internal import Ticketing

/// One event that a lane has in memory, is loading, or knows not to be there.
final class Resident {
    let event: EventId
    var condition = Condition.loading
    /// Commands that wait for the event, in order.
    var waiting: [Item] = []
    /// In how many batches that are not committed yet it was touched.
    var pendingBatches = 0
    /// The number of the newest batch that touched it.
    var touchedIn: UInt64 = 0
    var lastUsed: MonotonicTime
    /// Estimated bytes.
    var footprint = 400
    /// Shows whose version readers are told again.
    var announces: [ShowNumber] = []

    enum Condition {
        case loading
        /// `state` has it.
        case here
        case missing
        /// As was found out, or decided, at that moment.
        case elsewhere(MonotonicTime)
        /// Its old partition has not let go of it.
        case arriving
        case broken(String)
    }

    /// Set while `condition` is `here`.
    var state: EventState?

    /// A state that came from another partition and is not taken up yet.
    var arrival: EventState?

    init(event: EventId, at now: MonotonicTime) {
        self.event = event
        lastUsed = now
    }

    var isIdle: Bool {
        if case .loading = condition { return false }
        if case .arriving = condition { return false }
        return waiting.isEmpty && pendingBatches == 0
    }
}
