/// The metrics of a process, and their text for Prometheus.
///
///     let metrics = Metrics()
///     let decided = metrics.counter("turnstile_decisions_total", "Commands that were decided.")
///     let answers = metrics.counters("turnstile_http_answers_total", "Answers by class.", labels: ["class"])
///     let good = answers.with("2xx")          // once, when the component is made
///     good.add()                              // on the hot path: one atomic addition
///     metrics.text()                          // for GET /metrics
///
/// Names are given once: the same name twice is a mistake in the code and stops the process, as is a name that
/// Prometheus does not take.
public final class Metrics: Sendable {
    enum Kind: String {
        case counter, gauge, histogram
    }

    /// One time series, by the values of its labels.
    enum Instrument: Sendable {
        case counter(Counter)
        case gauge(Gauge)
        case histogram(Histogram)
        case sampled(@Sendable () -> Double?)
    }

    struct Metric: Sendable {
        let name: String
        let help: String
        let kind: Kind
        let labels: [String]
        /// The series in the order in which they are shown.
        let series: @Sendable () -> [(labels: [String], instrument: Instrument)]
    }

    private let metrics = Lock<[Metric]>([])

    public init() {}

    public func counter(_ name: String, _ help: String) -> Counter {
        let counter = Counter()
        add(name, help, .counter) { [([], .counter(counter))] }
        return counter
    }

    public func gauge(_ name: String, _ help: String) -> Gauge {
        let gauge = Gauge()
        add(name, help, .gauge) { [([], .gauge(gauge))] }
        return gauge
    }

    /// A gauge whose value is asked for when the metrics are read; `nil` leaves it out.
    public func gauge(_ name: String, _ help: String, sample: @escaping @Sendable () -> Double?) {
        add(name, help, .gauge) { [([], .sampled(sample))] }
    }

    /// A counter that is kept elsewhere and asked for when the metrics are read; `nil` leaves it out.
    public func counter(_ name: String, _ help: String, sample: @escaping @Sendable () -> Double?) {
        add(name, help, .counter) { [([], .sampled(sample))] }
    }

    /// A histogram of durations, shown in seconds: its name ends with `_seconds`.
    public func histogram(_ name: String, _ help: String, durations bounds: [Duration]) -> Histogram {
        let histogram = Histogram(bounds: bounds.map { Int($0.nanoseconds) }, unit: .time)
        add(name, help, .histogram) { [([], .histogram(histogram))] }
        return histogram
    }

    /// A histogram of plain numbers, such as sizes.
    public func histogram(_ name: String, _ help: String, bounds: [Int]) -> Histogram {
        let histogram = Histogram(bounds: bounds, unit: .plain)
        add(name, help, .histogram) { [([], .histogram(histogram))] }
        return histogram
    }

    /// Counters that share a name and differ in the values of their labels; `most` of them at most.
    public func counters(
        _ name: String, _ help: String, labels: [String], most: Int = 100
    ) -> MetricFamily<Counter> {
        family(name, help, .counter, labels, most: most, make: { Counter() }) { .counter($0) }
    }

    public func gauges(_ name: String, _ help: String, labels: [String], most: Int = 100) -> MetricFamily<Gauge> {
        family(name, help, .gauge, labels, most: most, make: { Gauge() }) { .gauge($0) }
    }

    public func histograms(
        _ name: String, _ help: String, durations bounds: [Duration], labels: [String], most: Int = 100
    ) -> MetricFamily<Histogram> {
        precondition(!labels.contains("le"), "the label “le” belongs to the histogram")
        let bounds = bounds.map { Int($0.nanoseconds) }
        return family(
            name, help, .histogram, labels, most: most, make: { Histogram(bounds: bounds, unit: .time) }
        ) { .histogram($0) }
    }

    private func family<Kept: Sendable>(
        _ name: String, _ help: String, _ kind: Kind, _ labels: [String], most: Int,
        make: @escaping @Sendable () -> Kept, instrument: @escaping @Sendable (Kept) -> Instrument
    ) -> MetricFamily<Kept> {
        let family = MetricFamily(labels: labels, most: most, make: make)
        add(name, help, kind, labels) { family.all().map { ($0.values, instrument($0.kept)) } }
        return family
    }

    private func add(
        _ name: String, _ help: String, _ kind: Kind, _ labels: [String] = [],
        series: @escaping @Sendable () -> [(labels: [String], instrument: Instrument)]
    ) {
        precondition(Self.isName(name, colon: true), "“\(name)” is no name for a metric")
        for label in labels {
            precondition(
                Self.isName(label, colon: false) && !label.hasPrefix("__"), "“\(label)” is no name for a label")
        }
        precondition(Set(labels).count == labels.count, "the labels of “\(name)” have the same name")
        let metric = Metric(name: name, help: help, kind: kind, labels: labels, series: series)
        metrics.withLock { metrics in
            precondition(!metrics.contains { $0.name == name }, "the metric “\(name)” is declared twice")
            metrics.append(metric)
        }
    }

    private static func isName(_ name: String, colon: Bool) -> Bool {
        guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x5F, 0x61...0x7A: true
            default: byte == 0x3A && colon
            }
        }
    }

    /// All metrics in Prometheus' text format, to be served as `Metrics.contentType`.
    public func text() -> [UInt8] {
        // Sampling runs code of others: not under the lock.
        var writer = PrometheusWriter()
        for metric in metrics.withLock({ $0 }) { writer.write(metric) }
        return writer.bytes
    }

    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"
}
