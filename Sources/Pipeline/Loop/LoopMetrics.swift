public import Runtime

/// What a worker's process tells of itself to operators.
public struct LoopMetrics: Sendable {
    public let decisions: Counter
    public let batches: Counter
    public let batchSize: Histogram
    public let groupSize: Histogram
    public let sealTime: Histogram
    public let commitTime: Histogram
    /// From the delivery of a message to its acknowledgement; one message a channel is timed at a time.
    public let residence: Histogram
    public let loadTime: Histogram
    public let messages: Counter
    public let droppedNotices: Counter
    public let failedCommits: MetricFamily<Counter>
    public let crashes: Counter
    public let warnings: Counter
    public let owned: Gauge
    public let loadedEvents: Gauge
    public let loadedBytes: Gauge
    public let waiting: Gauge
    public let replayed: Counter
    public let parked: Counter
    public let evictions: Counter
    public let lostPartitions: Counter
    let log: Log
    /// What the core had counted when it was last looked at.
    private let counted = Lock(Worker.Statistics())

    public init(_ metrics: Metrics, log: Log) {
        let times = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000].map { Duration.microseconds($0 * 1_000) }
        let sizes = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000]
        decisions = metrics.counter("turnstile_decisions_total", "Entries of the journal that were committed.")
        batches = metrics.counter("turnstile_batches_total", "Batches that were committed.")
        batchSize = metrics.histogram("turnstile_batch_entries", "Entries of a batch.", bounds: sizes)
        groupSize = metrics.histogram("turnstile_group_entries", "Entries of a commit group.", bounds: sizes)
        sealTime = metrics.histogram(
            "turnstile_seal_seconds", "Answers, digests, signatures and statements of a group.", durations: times)
        commitTime = metrics.histogram(
            "turnstile_commit_seconds", "A group's transaction in the database.", durations: times)
        residence = metrics.histogram(
            "turnstile_message_seconds", "From a message's delivery to its acknowledgement, of samples.",
            durations: times)
        loadTime = metrics.histogram("turnstile_load_seconds", "Loading one event.", durations: times)
        messages = metrics.counter("turnstile_messages_total", "Messages that the queues gave out.")
        droppedNotices = metrics.counter(
            "turnstile_notices_dropped_total", "Replies and changes that the broker had no room for, or lost.")
        failedCommits = metrics.counters(
            "turnstile_commits_failed_total", "Groups that were not committed, or may not have been.",
            labels: ["reason"])
        crashes = metrics.counter(
            "turnstile_crashes_seen_total", "Partitions taken over whose last owners ended without a commit.")
        warnings = metrics.counter("turnstile_warnings_total", "What the worker found worth telling an operator.")
        owned = metrics.gauge("turnstile_partitions_owned", "Partitions that this worker has.")
        loadedEvents = metrics.gauge("turnstile_events_loaded", "Events in memory.")
        loadedBytes = metrics.gauge("turnstile_events_bytes", "Memory of the events in it, estimated.")
        waiting = metrics.gauge("turnstile_commands_waiting", "Commands that are here and not answered.")
        replayed = metrics.counter("turnstile_replays_total", "Commands that had been decided before.")
        parked = metrics.counter("turnstile_parked_total", "Commands that a person has to look at.")
        evictions = metrics.counter("turnstile_evictions_total", "Events that were let go of.")
        lostPartitions = metrics.counter(
            "turnstile_partitions_lost_total", "Partitions that another worker took while this one had them.")
        self.log = log
    }

    /// Takes over what the core counts.
    func take(_ now: Worker.Statistics, loadedBytes bytes: Int, waiting count: Int) {
        let before = counted.withLock { counted in
            defer { counted = now }
            return counted
        }
        replayed.add(Int(now.replayed - before.replayed))
        parked.add(Int(now.parked - before.parked))
        evictions.add(Int(now.evictions - before.evictions))
        lostPartitions.add(Int(now.lostPartitions - before.lostPartitions))
        loadedBytes.set(bytes)
        waiting.set(count)
    }

    func committed(_ sealed: [SealedBatch], took duration: Duration) {
        commitTime.observe(duration)
        var entries = 0
        for batch in sealed {
            entries += batch.records.count
            batchSize.observe(batch.records.count)
        }
        decisions.add(entries)
        batches.add(sealed.count)
        groupSize.observe(entries)
    }
}
