/// Writes metrics in Prometheus' text exposition format 0.0.4.
struct PrometheusWriter {
    private(set) var bytes: [UInt8] = []

    mutating func write(_ metric: Metrics.Metric) {
        let series = metric.series()
        let (name, labels) = (metric.name, metric.labels)
        put("# HELP \(name) \(Self.escape(metric.help, quotes: false))\n# TYPE \(name) \(metric.kind.rawValue)\n")
        for (values, instrument) in series {
            let pairs = zip(labels, values).map { (name: $0, value: $1) }
            switch instrument {
            case .counter(let counter): line(name, pairs, "\(counter.value)")
            case .gauge(let gauge): line(name, pairs, "\(gauge.value)")
            case .sampled(let sample): if let value = sample() { line(name, pairs, Self.number(value)) }
            case .histogram(let histogram): write(histogram, name, pairs)
            }
        }
    }

    private mutating func write(_ histogram: Histogram, _ name: String, _ pairs: [(name: String, value: String)]) {
        let now = histogram.snapshot()
        for (bound, count) in zip(now.bounds, now.cumulative) {
            line(name + "_bucket", pairs + [("le", Self.number(histogram.unit.shown(bound)))], "\(count)")
        }
        line(name + "_bucket", pairs + [("le", "+Inf")], "\(now.count)")
        line(name + "_sum", pairs, Self.number(histogram.unit.shown(now.sum)))
        line(name + "_count", pairs, "\(now.count)")
    }

    private mutating func line(_ name: String, _ pairs: [(name: String, value: String)], _ value: String) {
        put(name)
        if !pairs.isEmpty {
            put("{")
            for (index, pair) in pairs.enumerated() {
                put("\(index > 0 ? "," : "")\(pair.name)=\"\(Self.escape(pair.value, quotes: true))\"")
            }
            put("}")
        }
        put(" \(value)\n")
    }

    private mutating func put(_ text: String) { bytes.append(contentsOf: text.utf8) }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        // Prometheus' own form for whole numbers.
        if let whole = Int64(exactly: value), whole.magnitude < 1 << 53 { return "\(whole)" }
        return "\(value)"
    }

    private static func escape(_ text: String, quotes: Bool) -> String {
        var escaped = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped.append(contentsOf: "\\\\".unicodeScalars)
            case "\n": escaped.append(contentsOf: "\\n".unicodeScalars)
            case "\"" where quotes: escaped.append(contentsOf: "\\\"".unicodeScalars)
            default: escaped.append(scalar)
            }
        }
        return String(escaped)
    }
}
