public import Runtime

/// What a process tells of its effect runners. One for all of them, since metrics are declared once.
public final class EffectMetrics: Sendable {
    private let stored: MetricFamily<Gauge>
    private let oldest: MetricFamily<Gauge>
    private let running: MetricFamily<Gauge>
    private let attempts: MetricFamily<Counter>
    private let durations: MetricFamily<Histogram>

    public init(_ metrics: Metrics) {
        stored = metrics.gauges(
            "turnstile_effects", "Effects in the database that are not done; \(EffectStore.mostCounted) means or more.",
            labels: ["kind", "state"])
        oldest = metrics.gauges(
            "turnstile_effects_oldest_waiting_seconds", "Age of the oldest effect that waits.", labels: ["kind"])
        running = metrics.gauges("turnstile_effects_running", "Effects that this process works on.", labels: ["kind"])
        attempts = metrics.counters(
            "turnstile_effect_attempts_total", "What attempts of this process came to.", labels: ["kind", "outcome"])
        durations = metrics.histograms(
            "turnstile_effect_attempt_seconds", "How long attempts took.",
            durations: [
                .milliseconds(1), .milliseconds(10), .milliseconds(100), .milliseconds(300), .seconds(1), .seconds(3),
                .seconds(10), .seconds(30), .seconds(100),
            ], labels: ["kind"])
    }

    /// Those of one kind.
    struct OfKind: Sendable {
        let waiting: Gauge
        let parked: Gauge
        let oldestWaiting: Gauge
        let running: Gauge
        let done: Counter
        let failed: Counter
        let givenUp: Counter
        let duration: Histogram
    }

    func of(_ kind: EffectKind) -> OfKind {
        let name = kind.rawValue
        return OfKind(
            waiting: stored.with(name, "waiting"), parked: stored.with(name, "parked"),
            oldestWaiting: oldest.with(name),
            running: running.with(name), done: attempts.with(name, "done"), failed: attempts.with(name, "later"),
            givenUp: attempts.with(name, "parked"), duration: durations.with(name))
    }
}
