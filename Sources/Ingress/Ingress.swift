internal import API
internal import Cashier
internal import Payments
internal import Postgres
internal import RabbitMQ
internal import Runtime

/// Everything that an ingress is made of, started and stopped together.
final class Ingress: Sendable {
    private let reception: Reception
    private let desk: Reception
    private let lines: BrokerLines
    private let journal: JournalClerk
    private let tenants: Tenants
    private let deskJournals: DeskJournals
    private let deskRoutes: DeskRoutes
    private let people: PersonClerk
    private let registrar: Registrar
    private let pool: PostgresPool
    private let answers: Answers
    private let maker: CommandMaker
    private let operating: OperateRoutes
    private let tickets: TicketSeal
    private let webhooks: WebhookClerk
    private let accounts: Accounts
    private let signUps: SignUps
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
        let metrics = ReceptionMetrics(face.metrics, log: face.log)
        answers = Answers(seal: face.seal)
        reception = Reception(
            name: face.name, user: face.broker.user, bounds: bounds, answers: answers, metrics: metrics)
        bounds.perPartition = section.deskPartitionBound
        bounds.total = section.deskTotalBound
        bounds.askAfter = section.deskAskAfter
        let deskMetrics = ReceptionMetrics(face.metrics, line: .desk, log: face.log)
        let deskAnswers = Answers(seal: face.seal, line: .desk)
        desk = Reception(
            name: face.name + "-desk", line: .desk, user: face.broker.user, bounds: bounds, answers: deskAnswers,
            metrics: deskMetrics)
        tenants = try Tenants(face)
        deskJournals = DeskJournals(reception: desk, tenants: tenants, answers: deskAnswers, metrics: deskMetrics)
        deskRoutes = DeskRoutes(
            reception: desk,
            maker: DeskMaker(replyTo: desk.name, defaultWait: Int(section.defaultWait.components.seconds)),
            accountWait: Int(section.accountWait.components.seconds))
        lines = BrokerLines([reception, desk], confirmTimeout: section.confirmTimeout, log: face.log)
        var options = PostgresPool.Options(face.settings[PostgresSection.self])
        // One for each thread that asks.
        options.size = 5
        options.maximumBackoff = min(options.maximumBackoff, .milliseconds(500))
        pool = try PostgresPool(face.control, options: options) { connection in
            // A report of the registrar's is followed by the next; who writes more than that says so.
            try connection.run(script: "SET synchronous_commit = off")
        }
        journal = JournalClerk(reception: reception, pool: pool, answers: answers, metrics: metrics)
        people = PersonClerk(pool: pool, log: face.log)
        registrar = Registrar(reception: reception, desk: desk, pool: pool, log: face.log) { [limiter = face.limiter] in
            limiter.share(among: $0)
        }
        tickets = TicketSeal(try face.ticketKey())
        strangers = face.strangers
        let providers = try Providers(face.settings, metrics: face.metrics)
        webhooks = WebhookClerk(
            reception: reception, providers: providers,
            clues: WebhookClues(pool: pool), metrics: WebhookMetrics(face.metrics), log: face.log)
        accounts = try Accounts(face)
        signUps = accounts.signUps { [deskRoutes] in deskRoutes.take($0) }
        operating = OperateRoutes(database: face.database, broker: face.broker, log: face.log)
        maker = CommandMaker(
            reception: reception, seal: face.seal, providers: providers,
            defaultWait: Int(section.defaultWait.components.seconds))
        face.metrics.gauge("turnstile_commands_undecided", "Commands that were accepted here and are undecided.") {
            [reception] in Double(reception.undecided)
        }
        face.metrics.gauge("turnstile_desk_commands_undecided", "The same of the desk line.") {
            [desk] in Double(desk.undecided)
        }
    }

    func start(_ face: FaceProcess) throws {
        face.shutdown.onRequest { [reception, desk, journal, deskJournals] _ in
            reception.drain()
            desk.drain()
            journal.drain()
            deskJournals.drain()
        }
        try registrar.start()
        try journal.start()
        try deskJournals.start()
        try people.start()
        try webhooks.start()
        try accounts.start()
        try lines.start(face.broker, backoff: Backoff(first: .milliseconds(50), limit: .seconds(1)))
        let thread = try OwnedThread(name: "clock") { [reception, desk, clock] in
            var ticks = 0
            while !clock.wait(for: Self.tick) {
                ticks += 1
                for reception in [reception, desk] {
                    reception.tick()
                    if ticks % Self.ticksPerLoad == 0 { reception.tellLoad() }
                }
            }
        }
        clockThread.withLock { $0 = thread }
    }

    func addRoutes(to door: inout Door) {
        SingleRoutes(
            reception: reception, maker: maker, answers: answers, people: people, tickets: tickets, strangers: strangers
        ).add(to: &door)
        BulkRoute(reception: reception, maker: maker, answers: answers).add(to: &door)
        operating.add(to: &door)
        webhooks.add(to: &door)
        accounts.add(to: &door)
        door.on(.createAccount) { [signUps] in try signUps.take($0) }
        deskRoutes.add(to: &door)
        RequestRoutes(
            reception: reception, journal: journal, desk: desk, deskJournals: deskJournals, seal: answers.seal
        ).add(to: &door)
    }

    /// Those of the internal listener.
    func addInternalRoutes(to door: inout Door) { InternalRoutes(desk: deskRoutes).add(to: &door) }

    /// What keeps it from taking commands.
    var complaints: [String] { reception.complaints + lines.complaints }

    /// Once no more requests come in.
    func stop() {
        reception.drain()
        desk.drain()
        journal.stop()
        deskJournals.stop()
        tenants.stop()
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
