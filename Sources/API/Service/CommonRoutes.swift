public import HTTPServer
public import Runtime

/// What every process with an HTTP face answers.
extension Door {
    /// - Parameter complaints: what is missing for the process to do its work; empty while it can.
    public mutating func addCommon(metrics: Metrics, complaints: @escaping @Sendable () -> [String]) {
        on(.healthz) { $0.answer(Response(.ok, .json, .text("{\"status\":\"alive\"}\n"))) }
        on(.readyz) { call in
            let complaints = complaints()
            guard !complaints.isEmpty else {
                call.answer(Response(.ok, .json, .text("{\"status\":\"ready\"}\n")))
                return
            }
            call.refuse(.unavailable(complaints.joined(separator: "; ")))
        }
        on(.metrics) { $0.answer(Response(.ok, ContentType(Metrics.contentType), .bytes(metrics.text()))) }
    }
}

extension ServerHooks {
    /// Refusals of the server itself in the same words as all others, and figures of every request.
    public static func face(
        _ metrics: FaceMetrics, log: Log, strangers: @escaping @Sendable () -> String
    ) -> ServerHooks {
        ServerHooks(
            problem: { problem, line in
                let path = line.target.prefix { $0 != "?" }
                return Fault(problem).response(instance: String(path), requestId: strangers())
            },
            access: { metrics.observe($0) },
            trouble: { trouble in
                switch trouble.kind {
                case .library: log.debug("\(trouble)")
                default: log.warning("\(trouble)")
                }
            })
    }
}

/// Figures of an HTTP face's requests.
public struct FaceMetrics: Sendable {
    private let durations: MetricFamily<Histogram>
    private let answers: MetricFamily<Counter>
    private let seen = Lock<[String: (Histogram, [Counter])]>([:])

    public init(_ metrics: Metrics) {
        let times = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000, 60_000]
            .map { Duration.microseconds($0 * 1_000) }
        durations = metrics.histograms(
            "turnstile_http_request_seconds", "From a request's first line to the end of its answer, by route.",
            durations: times, labels: ["route"], most: 200)
        answers = metrics.counters(
            "turnstile_http_answers_total", "Answers, by route and class of status.", labels: ["route", "class"],
            most: 1_000)
    }

    private static let classes = ["2xx", "3xx", "4xx", "5xx", "none"]

    func observe(_ record: AccessRecord) {
        let route = "\(record.method) \(record.route ?? "none")"
        let (histogram, counters) = seen.withLock { seen in
            if let known = seen[route] { return known }
            let made = (durations.with(route), Self.classes.map { answers.with(route, $0) })
            seen[route] = made
            return made
        }
        histogram.observe(record.duration)
        let index = record.status.map { min(max($0.code / 100 - 2, 0), 3) } ?? 4
        counters[index].add()
    }
}
