internal import HTTPClient
internal import HTTPServer
internal import Payments
internal import Postgres
internal import Runtime

/// The payment provider of our own, for rehearsals and tests: it takes orders, has a page for buyers, and tells what
/// became of payments. No money moves.
///
///     turnstile-sandbox [--settings FILE]
///
/// Everything that it decides is in the database before it is answered, so it may be killed at any time.
@main
enum Main {
    static func main() {
        Program.run("turnstile-sandbox", service: "sandbox", run)
    }

    private static func run(_ program: Program) throws {
        let settings = program.settings
        let section = settings[SandboxSection.self]
        guard let key = section.key, let signature = try SandboxSignature(section.webhookSecrets) else {
            throw ProgramFailure(
                .badSettings, "TURNSTILE_SANDBOX_KEY and TURNSTILE_SANDBOX_WEBHOOK_SECRETS must be set")
        }
        guard let url = settings[PostgresSection.self].url else {
            throw ProgramFailure(.badSettings, "TURNSTILE_POSTGRES_URL must be set")
        }
        var database = try PostgresSettings(settings[PostgresSection.self], url: url.exposed)
        database.applicationName = "turnstile-sandbox"
        var options = HTTPClient.Options()
        options.callsUnderWay = section.deliveries
        options.keptConnections = section.deliveries
        options.userAgent = "turnstile-sandbox"
        let client = try HTTPClient(options)
        defer { client.close() }
        let sandbox = try Sandbox(
            settings, database: database, key: key, signature: signature, caller: client, metrics: program.metrics,
            log: program.log)
        var router = Router()
        addHealth(to: &router, metrics: program.metrics) { sandbox.complaints }
        sandbox.addRoutes(to: &router)
        let limits = HTTPLimits(settings[HTTPSection.self])
        let server: HTTPServer
        do throws(ServerError) {
            server = try HTTPServer(listeners: [
                Listener(
                    "sandbox", address: section.address, port: UInt16(clamping: section.port), router: router,
                    limits: limits)
            ])
        } catch {
            throw ProgramFailure(.systemError, "\(error)")
        }
        try sandbox.start()
        program.log.info("working", ["server.port": .int(Int(server.port(of: "sandbox")))])
        program.shutdown.wait()
        program.log.info("draining", ["turnstile.reason": .string(program.shutdown.reason?.description ?? "")])
        server.stop(within: settings[HTTPSection.self].drainTimeout)
        sandbox.stop()
        program.log.info("ended")
    }

    private static func addHealth(
        to router: inout Router, metrics: Metrics, complaints: @escaping @Sendable () -> [String]
    ) {
        router.get("/healthz") { _ in Response(.ok, .json, .text("{\"status\":\"alive\"}\n")) }
        router.get("/readyz") { _ in
            let complaints = complaints()
            guard !complaints.isEmpty else { return Response(.ok, .json, .text("{\"status\":\"ready\"}\n")) }
            return Response(.serviceUnavailable, .text, .text(complaints.map { $0 + "\n" }.joined()))
        }
        router.get("/metrics") { _ in
            Response(.ok, ContentType(Metrics.contentType), .bytes(metrics.text()))
        }
    }
}
