internal import HTTPServer
internal import Runtime

/// What operators and supervisors ask a worker: whether it lives, whether it can work, and its figures.
struct HealthListener {
    private let server: HTTPServer

    /// - Returns: nil when the settings want none.
    init?(
        _ settings: Settings, metrics: Metrics, complaints: @escaping @Sendable () -> [String]
    ) throws {
        guard let port = UInt16(exactly: settings[SeatsSection.self].httpPort), port != 0 else { return nil }
        var router = Router()
        router.get("/healthz") { _ in Response(.ok, .json, .text("{\"status\":\"alive\"}\n")) }
        router.get("/readyz") { _ in
            let complaints = complaints()
            guard !complaints.isEmpty else { return Response(.ok, .json, .text("{\"status\":\"ready\"}\n")) }
            return Response(.serviceUnavailable, .text, .text(complaints.map { $0 + "\n" }.joined()))
        }
        router.get("/metrics") { _ in
            Response(.ok, ContentType(Metrics.contentType), .bytes(metrics.text()))
        }
        server = try HTTPServer(listeners: [
            Listener("health", port: port, router: router, limits: HTTPLimits(settings[HTTPSection.self]))
        ])
    }

    var port: UInt16 { server.port(of: "health") }

    func stop() { server.stop(within: .milliseconds(200)) }
}
