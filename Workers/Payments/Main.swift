internal import Cashier
internal import Payments
internal import Pipeline
internal import Postgres
internal import RabbitMQ
internal import Runtime
internal import Workshop

/// A worker of the pool `payments`: asks providers for what decisions want of them, and reports what needs a person.
///
///     turnstile-payments [--settings FILE]
///
/// TERM drains it: what is begun is finished and written down, and it ends with 0.
@main
enum Main {
    static func main() {
        Program.run("turnstile-payments", service: "payments", run)
    }

    private static func run(_ program: Program) throws {
        let settings = program.settings
        let servers = try program.servers()
        let database = try PostgresSettings(settings[PostgresSection.self], url: servers.postgres.exposed)
        var broker = try ConnectionSettings(settings[RabbitMQSection.self], url: servers.rabbitMQ.exposed)
        broker.name = "payments \(Program.uniqueName())"
        let section = settings[EffectsSection.self]
        var options = PostgresPool.Options(settings[PostgresSection.self])
        options.size = min(options.size, section.handlers)
        let pool = try PostgresPool(database, options: options)
        defer { pool.close(grace: .milliseconds(500)) }
        let providers = try Providers(settings, metrics: program.metrics)
        let metrics = EffectMetrics(program.metrics)
        let payments = try EffectRunner(
            EffectOptions(.payments, section),
            handler: PaymentHandler(
                providers: providers, pool: pool, seal: try AccessSeal(settings),
                firstLook: settings[PaymentsSection.self].firstLook),
            database: database, broker: broker, metrics: metrics, log: program.log)
        let incidents = try EffectRunner(
            EffectOptions(.incidents, section), handler: IncidentHandler(log: program.log, metrics: program.metrics),
            database: database, broker: broker, metrics: metrics, log: program.log)
        let runners = [payments, incidents]
        let health = try HealthListener(
            port: settings[PaymentsSection.self].httpPort, settings, metrics: program.metrics
        ) { runners.flatMap(\.status.complaints) }
        program.log.info("working", ["server.port": .int(health?.port ?? 0)])
        program.shutdown.wait()
        program.log.info("draining", ["turnstile.reason": .string(program.shutdown.reason?.description ?? "")])
        for runner in runners where !runner.stop(within: .seconds(8)) {
            program.log.warning("what was under way is left to another runner")
        }
        health?.stop()
        program.log.info("ended")
    }
}
