internal import HTTPServer
public import Runtime

/// What operators and supervisors ask a worker: whether it lives, whether it can work, and its figures.
public struct HealthListener {
    private let server: HTTPServer

    /// - Parameters:
    ///   - port: on loopback.
    ///   - complaints: what is missing for it to do its work; empty while it can.
    /// - Returns: nil where the port is 0.
    public init?(
        port: Int, _ settings: Settings, metrics: Metrics, complaints: @escaping @Sendable () -> [String]
    ) throws {
        guard let port = UInt16(exactly: port), port != 0 else { return nil }
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

    public var port: UInt16 { server.port(of: "health") }

    public func stop() { server.stop(within: .milliseconds(200)) }
}
