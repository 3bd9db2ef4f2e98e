internal import API
internal import Cashier
internal import Payments
internal import Postgres
internal import RabbitMQ
internal import Runtime

/// Everything that an ingress is made of, started and stopped together.
final class Ingress: Sendable {
    private let desk: Desk
    private let lines: BrokerLines
    private let journal: JournalDesk
    private let people: PersonDesk
    private let registrar: Registrar
    private let pool: PostgresPool
    private let answers: Answers
    private let maker: CommandMaker
    private let operating: OperateRoutes
    private let tickets: TicketSeal
    private let webhooks: WebhookDesk
    private let accounts: Accounts
    private let strangers: @Sendable () -> String
    private let clock = Latch()
    private let clockThread = Lock<OwnedThread?>(nil)

    private static let tick = Duration.milliseconds(20)
    private static let ticksPerLoad = 12

    init(_ face: FaceProcess) throws {
        let section = face.settings[IngressSection.self]
        var bounds = Intake<Asker>.Bounds()
        bounds.perPartition = section.partitionBound
        bounds.total = section.totalBound
        bounds.usefulWait = section.usefulWait
        bounds.askAfter = section.askAfter
        let metrics = DeskMetrics(face.metrics, log: face.log)
        answers = Answers(seal: face.seal)
        desk = Desk(name: face.name, user: face.broker.user, bounds: bounds, answers: answers, metrics: metrics)
        lines = BrokerLines(desk: desk, confirmTimeout: section.confirmTimeout, log: face.log)
        var options = PostgresPool.Options(face.settings[PostgresSection.self])
        // One for each thread that asks.
        options.size = 5
        options.maximumBackoff = min(options.maximumBackoff, .milliseconds(500))
        pool = try PostgresPool(face.control, options: options) { connection in
            // A report of the registrar's is followed by the next; who writes more than that says so.
            try connection.run(script: "SET synchronous_commit = off")
        }
        journal = JournalDesk(desk: desk, pool: pool, answers: answers, metrics: metrics)
        people = PersonDesk(pool: pool, log: face.log)
        registrar = Registrar(desk: desk, pool: pool, log: face.log) { [limiter = face.limiter] in
            limiter.share(among: $0)
        }
        tickets = TicketSeal(try face.ticketKey())
        strangers = face.strangers
        let providers = try Providers(face.settings, metrics: face.metrics)
        webhooks = WebhookDesk(
            desk: desk, providers: providers,
            clues: WebhookClues(pool: pool), metrics: WebhookMetrics(face.metrics), log: face.log)
        accounts = try Accounts(face)
        operating = OperateRoutes(database: face.database, broker: face.broker, log: face.log)
        maker = CommandMaker(
            desk: desk, seal: face.seal, providers: providers,
            defaultWait: Int(section.defaultWait.components.seconds))
        face.metrics.gauge("turnstile_commands_undecided", "Commands that were accepted here and are undecided.") {
            [desk] in Double(desk.undecided)
        }
    }

    func start(_ face: FaceProcess) throws {
        face.shutdown.onRequest { [desk, journal] _ in
            desk.drain()
            journal.drain()
        }
        try registrar.start()
        try journal.start()
        try people.start()
        try webhooks.start()
        try accounts.start()
        try lines.start(face.broker, backoff: Backoff(first: .milliseconds(50), limit: .seconds(1)))
        let thread = try OwnedThread(name: "clock") { [desk, clock] in
            var ticks = 0
            while !clock.wait(for: Self.tick) {
                desk.tick()
                ticks += 1
                if ticks % Self.ticksPerLoad == 0 { desk.tellLoad() }
            }
        }
        clockThread.withLock { $0 = thread }
    }

    func addRoutes(to door: inout Door) {
        SingleRoutes(
            desk: desk, maker: maker, answers: answers, people: people, tickets: tickets, strangers: strangers
        ).add(to: &door)
        BulkRoute(desk: desk, maker: maker, answers: answers).add(to: &door)
        operating.add(to: &door)
        webhooks.add(to: &door)
        accounts.add(to: &door)
        RequestRoutes(desk: desk, journal: journal, seal: answers.seal).add(to: &door)
    }

    /// What keeps it from taking commands.
    var complaints: [String] { desk.complaints + lines.complaints }

    /// Once no more requests come in.
    func stop() {
        desk.drain()
        journal.stop()
        people.stop()
        webhooks.stop()
        accounts.stop()
        clock.open()
        clockThread.withLock { $0.take() }?.join()
        lines.stop()
        // Only now is nothing on its way any more.
        registrar.stop()
        pool.close(grace: .milliseconds(200))
    }
}
