/// How long to wait before a process that died is started again: twice as long after each death in a row, and short
/// again once it has run well for a while.
struct RestartBackoff {
    let first: Duration
    let most: Duration
    /// A process that ran this long is taken for healthy.
    let healthyAfter: Duration
    private var next: Duration

    init(first: Duration = .milliseconds(200), most: Duration = .seconds(30), healthyAfter: Duration = .seconds(60)) {
        precondition(first > .zero && first <= most)
        self.first = first
        self.most = most
        self.healthyAfter = healthyAfter
        next = first
    }

    mutating func died(afterRunning uptime: Duration) -> Duration {
        if uptime >= healthyAfter { next = first }
        let wait = next
        next = min(next * 2, most)
        return wait
    }
}
