internal import Runtime

/// When to send a heartbeat and when to give the peer up. Pure.
struct HeartbeatMonitor {
    let interval: Duration
    private var lastSent: MonotonicTime
    private var lastReceived: MonotonicTime

    enum Action: Equatable { case none, send, giveUp }

    init(interval: Duration, now: MonotonicTime) {
        self.interval = interval
        lastSent = now
        lastReceived = now
    }

    mutating func sent(at now: MonotonicTime) { lastSent = now }
    mutating func received(at now: MonotonicTime) { lastReceived = now }

    /// When to look again.
    var deadline: MonotonicTime { min(lastSent + interval / 2, lastReceived + interval * 2) }

    func check(at now: MonotonicTime) -> Action {
        if now >= lastReceived + interval * 2 { return .giveUp }
        if now >= lastSent + interval / 2 { return .send }
        return .none
    }
}
