public import Runtime

/// How calls to others fare, by whom they go to. Made once for a process.
public struct BreakerMetrics: Sendable {
    private let calls: MetricFamily<Counter>
    private let seconds: MetricFamily<Histogram>
    private let states: MetricFamily<Gauge>
    private let openings: MetricFamily<Counter>
    private let refusals: MetricFamily<Counter>

    public init(_ metrics: Metrics) {
        calls = metrics.counters(
            "turnstile_outbound_calls_total", "Calls to others, by the class of the answer or the error.",
            labels: ["to", "outcome"])
        seconds = metrics.histograms(
            "turnstile_outbound_seconds", "How long calls to others took.",
            durations: [10, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000].map { .milliseconds($0) },
            labels: ["to"])
        states = metrics.gauges(
            "turnstile_breaker_state", "Whether others are asked: 0 yes (closed), 1 to see (half-open), 2 no (open).",
            labels: ["to"])
        openings = metrics.counters(
            "turnstile_breaker_openings_total", "How often others were found not to answer.", labels: ["to"])
        refusals = metrics.counters(
            "turnstile_breaker_refusals_total", "Calls that were not made while the circuit was open.", labels: ["to"])
    }

    func of(_ name: String) -> Of {
        Of(
            state: states.with(name), openings: openings.with(name), refusals: refusals.with(name),
            seconds: seconds.with(name), calls: calls, name: name)
    }

    struct Of: Sendable {
        let state: Gauge
        let openings: Counter
        let refusals: Counter
        let seconds: Histogram
        let calls: MetricFamily<Counter>
        let name: String

        func count(_ result: Result<HTTPAnswer, HTTPCallError>, took duration: Duration) {
            seconds.observe(duration)
            let outcome =
                switch result {
                case .success(let answer): "\(answer.status / 100)xx"
                case .failure(let error): error.code.rawValue
                }
            calls.with(name, outcome).add()
        }
    }
}
