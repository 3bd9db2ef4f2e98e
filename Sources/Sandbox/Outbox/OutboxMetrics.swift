internal import Runtime

/// What became of deliveries.
struct OutboxMetrics: Sendable {
    let underWay: Gauge
    private let delivered: Counter
    private let refused: Counter
    private let unreachable: Counter

    init(_ metrics: Metrics) {
        let all = metrics.counters(
            "turnstile_sandbox_deliveries_total", "Deliveries of messages, by what became of them.",
            labels: ["outcome"])
        delivered = all.with("delivered")
        refused = all.with("refused")
        unreachable = all.with("unreachable")
        underWay = metrics.gauge("turnstile_sandbox_under_way", "Messages that are on their way.")
    }

    func count(_ outcome: Courier.Outcome) {
        switch outcome {
        case .delivered: delivered.add()
        case .refused: refused.add()
        case .unreachable: unreachable.add()
        }
    }
}
