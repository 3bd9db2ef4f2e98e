internal import Foundation
internal import Runtime
internal import TestSupport
internal import Testing

@Suite struct MetricsTests {
    private func read(_ metrics: Metrics) throws -> PrometheusText {
        try PrometheusText(String(decoding: metrics.text(), as: UTF8.self))
    }

    @Test func theTextIsWhatPrometheusReads() throws {
        let metrics = Metrics()
        metrics.counter("turnstile_decisions_total", "Decisions.").add(41)
        let gauge = metrics.gauge("turnstile_waiting", "A \\ and\na line.")
        gauge.set(5)
        gauge.subtract(7)
        metrics.gauge("turnstile_ratio", "A ratio.") { 0.25 }
        metrics.gauge("turnstile_unknown", "Nothing known.") { nil }
        metrics.gauge("turnstile_nan", "NaN.") { .nan }
        metrics.gauge("turnstile_inf", "Infinite.") { -.infinity }
        let text = try read(metrics)
        #expect(text.value("turnstile_decisions_total") == 41)
        #expect(text.types["turnstile_decisions_total"] == "counter" && text.types["turnstile_waiting"] == "gauge")
        #expect(text.value("turnstile_waiting") == -2 && text.value("turnstile_ratio") == 0.25)
        #expect(text.help["turnstile_waiting"] == "A \\ and\na line.")
        #expect(text.value("turnstile_unknown") == nil && text.types["turnstile_unknown"] == "gauge")
        #expect(text.value("turnstile_nan")?.isNaN == true && text.value("turnstile_inf") == -.infinity)
        #expect(Metrics.contentType.contains("version=0.0.4"))
    }

    @Test func aHistogramCountsUpToEachBound() throws {
        let metrics = Metrics()
        let sizes = metrics.histogram("turnstile_batch_size", "Commands in a batch.", bounds: [1, 10, 100])
        for size in [0, 1, 2, 10, 11, 100, 101, 1_000] { sizes.observe(size) }
        let waits = metrics.histogram(
            "turnstile_wait_seconds", "Waits.", durations: [.microseconds(500), .milliseconds(5), .seconds(1)])
        waits.observe(.milliseconds(5))
        waits.observe(nanoseconds: 5_000_001)
        waits.observe(.seconds(2))
        let text = try read(metrics)
        #expect(text.types["turnstile_batch_size"] == "histogram")
        let counts = ["1", "10", "100", "+Inf"].map { text.value("turnstile_batch_size_bucket", ["le": $0]) }
        #expect(counts == [2, 4, 6, 8])
        #expect(text.value("turnstile_batch_size_sum") == 1_225 && text.value("turnstile_batch_size_count") == 8)
        let waited = ["0.0005", "0.005", "1", "+Inf"].map { text.value("turnstile_wait_seconds_bucket", ["le": $0]) }
        #expect(waited == [0, 1, 2, 3])
        #expect(abs((text.value("turnstile_wait_seconds_sum") ?? 0) - 2.010_000_001) < 1e-9)
    }

    @Test func whateverALabelSaysItIsReadBack() {
        forRandomCases(500) { random in
            let metrics = Metrics()
            let family = metrics.counters("turnstile_x_total", "X.", labels: ["a", "b"])
            let (a, b) = (random.text(upTo: 30), random.text(upTo: 30))
            family.with(a, b).add(3)
            // The reader splits by lines as Prometheus does: at U+000A only.
            let text = try PrometheusText(String(decoding: metrics.text(), as: UTF8.self))
            try #require(text.value("turnstile_x_total", ["a": a, "b": b]) == 3)
        }
    }

    @Test func aFamilyIsBounded() throws {
        let metrics = Metrics()
        let family = metrics.counters("turnstile_y_total", "Y.", labels: ["path"], most: 3)
        for path in 0..<1_000 { family.with("/\(path)").add() }
        #expect(family.with("/1") === family.with("/1"))
        let text = try read(metrics)
        #expect(text.samples.count == 4)
        #expect(text.value("turnstile_y_total", ["path": "/2"]) == 1)
        #expect(text.value("turnstile_y_total", ["path": "other"]) == 997)
    }

    @Test func noAdditionIsLostBetweenThreads() async throws {
        let metrics = Metrics()
        let counter = metrics.counter("turnstile_z_total", "Z.")
        let histogram = metrics.histogram("turnstile_z", "Z.", bounds: [1, 2, 3])
        let threads = try (0..<4).map { _ in
            try OwnedThread(name: "counter") {
                for value in 0..<20_000 {
                    counter.add()
                    histogram.observe(value & 3)
                }
            }
        }
        // Reading meanwhile gives counts that agree with each other.
        for _ in 0..<50 {
            let text = try read(metrics)
            #expect(text.value("turnstile_z_count") == text.value("turnstile_z_bucket", ["le": "+Inf"]))
        }
        for thread in threads { await thread.joined() }
        let text = try read(metrics)
        #expect(counter.value == 80_000 && histogram.count == 80_000)
        #expect(text.value("turnstile_z_sum") == 120_000 && text.value("turnstile_z_bucket", ["le": "1"]) == 40_000)
    }

    @Test func aProcessTellsOfItself() throws {
        let metrics = Metrics()
        metrics.addProcess(log: Log(service: "s", sink: Lines().sink()))
        let text = try read(metrics)
        #expect(text.value("process_cpu_seconds_total") ?? 0 > 0)
        #expect((1e6...1e11).contains(text.value("process_resident_memory_bytes") ?? 0))
        #expect(text.value("process_virtual_memory_bytes") ?? 0 > 1e6)
        #expect(text.value("process_open_fds") ?? 0 >= 3 && text.value("process_threads") ?? 0 >= 1)
        #expect(text.value("process_max_fds") ?? 0 >= 256)
        #expect(text.value("turnstile_log_lines_dropped_total") == 0)
        let age = Date().timeIntervalSince1970 - (text.value("process_start_time_seconds") ?? 0)
        #expect((-2.0...3_600).contains(age))
    }
}

@Suite struct ProcessTests {
    @Test func theDescriptorLimitIsRaisedAndNeverLowered() {
        let before = DescriptorLimit.current
        #expect(DescriptorLimit.raise(to: 64) == before)
        let raised = DescriptorLimit.raise(to: before + 16)
        #expect(raised == DescriptorLimit.current && raised >= before)
        #expect(DescriptorLimit.raise(to: 0) == raised)
    }

    @Test func theEnvironmentIsThatOfTheProcess() {
        #expect(ProcessEnvironment.current["PATH"] == ProcessInfo.processInfo.environment["PATH"])
        #expect(ProcessEnvironment.current.count == ProcessInfo.processInfo.environment.count)
    }

    @Test func theBuildNamesItsVersion() {
        #expect(Build.description == "Turnstile/\(Build.version)")
    }
}
