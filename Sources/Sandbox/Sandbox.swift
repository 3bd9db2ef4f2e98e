internal import HTTPClient
internal import HTTPServer
internal import Payments
internal import Postgres
internal import Runtime

/// The payment provider as a whole.
final class Sandbox: Sendable {
    private static let clerkCount = 4

    private let clerks: Clerks
    private let outbox: Outbox
    private let routes: Routes

    init(
        _ settings: Settings, database: PostgresSettings, key: Secret, signature: SandboxSignature,
        caller: any HTTPCaller, metrics: Metrics, log: Log
    ) throws {
        let section = settings[SandboxSection.self]
        let outbox = Outbox(
            database: database,
            courier: Courier(
                url: section.webhookURL, timeout: section.deliveryTimeout, signature: signature, caller: caller),
            section: section, metrics: OutboxMetrics(metrics), log: log)
        self.outbox = outbox
        clerks = try Clerks(
            count: Self.clerkCount, database: database,
            options: PostgresPool.Options(settings[PostgresSection.self]), log: log)
        routes = Routes(
            store: SandboxStore(fates: Fates(section), refundTime: section.refundTime), clerks: clerks,
            answers: Answers(url: section.url), moods: Moods(share: section.failing, seed: section.seed), key: key,
            wake: { outbox.wake() })
    }

    func start() throws { try outbox.start() }

    func addRoutes(to router: inout Router) { routes.add(to: &router) }

    /// What is missing for it to do its work.
    var complaints: [String] { outbox.isReady ? [] : ["the database cannot be asked"] }

    func stop() {
        clerks.stop()
        outbox.stop()
    }
}
