internal import Runtime

/// Figures of the shows in memory.
struct BoardMetrics: Sendable {
    let loads: Counter
    let reloads: Counter
    let gaps: Counter
    let evictions: Counter
    let lines: Counter
    let malformed: Counter

    init(_ metrics: Metrics) {
        loads = metrics.counter(
            "turnstile_query_loads_total", "Shows that were loaded because somebody asked for them.")
        reloads = metrics.counter(
            "turnstile_query_reloads_total", "Shows that were loaded anew because changes were missing.")
        gaps = metrics.counter("turnstile_query_gaps_total", "Changes of shows that did not follow on the last one.")
        evictions = metrics.counter("turnstile_query_evictions_total", "Shows that were let go of to save memory.")
        malformed = metrics.counter(
            "turnstile_query_malformed_total", "What came as changes of shows and could not be read.")
        lines = metrics.counter("turnstile_query_changes_total", "Changes of shows that workers told of.")
    }
}
