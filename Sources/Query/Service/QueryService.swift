internal import API
internal import HTTPServer
internal import Payments
internal import Postgres
internal import RabbitMQ
internal import Runtime
internal import Sealing
internal import Synchronization
internal import Ticketing
internal import Wire

/// The read side: shows in memory, everything else from the database.
final class QueryService: Sendable {
    /// What it stands on.
    struct Parts: Sendable {
        /// With little patience: callers wait.
        var control: PostgresSettings
        /// For lists and the catalogue, with little patience as well; nil: the primary.
        var replica: PostgresSettings?
        var broker: ConnectionSettings
        /// With a desk.
        var tenants: Tenants
        var maxStreams: Int
        /// In bytes, of shows.
        var memoryBound: Int
        var ticketKey: SigningKey
        /// What opens the ways to pay.
        var accessSeal: AccessSeal
        var metrics: Metrics
        var log: Log
        /// Gives refusals an id.
        var strangers: @Sendable () -> String
    }

    let boards: Boards
    let records: RecordDesk
    let seal: TicketSeal
    /// What batches were signed with, as last read.
    let signers = Lock<[VerifyingKey]>([])
    let accessSeal: AccessSeal
    let strangers: @Sendable () -> String
    let time: any TimeSource = SystemTime()
    let lists: DatabaseDesk<ListJob>
    let waits: RecordWaits
    let tenants: Tenants
    let followers: Seats
    let teller: Teller
    private let loaders: DatabaseDesk<Boards.Job>
    /// For those who come back to a show with an old version.
    private let comers: DatabaseDesk<Boards.Job>
    private let consumer: ChangesConsumer
    private let watch: BoardWatch
    private let isLeaving = Atomic<Bool>(false)

    init(_ parts: Parts) throws {
        seal = TicketSeal(parts.ticketKey)
        accessSeal = parts.accessSeal
        tenants = parts.tenants
        strangers = parts.strangers
        let cache = FactsCache()
        var options = BoardTable.Options()
        options.memoryBound = parts.memoryBound
        let metrics = BoardMetrics(parts.metrics)
        let boards = Boards(options, metrics: metrics)
        self.boards = boards
        records = try RecordDesk(parts.control, cache: cache, threads: 3, log: parts.log)
        // One show at a time: a large one must not keep the small ones waiting.
        loaders = try Self.makeLoaders(parts, boards, cache, name: "boards", batch: 1)
        comers = try Self.makeLoaders(parts, boards, cache, name: "comers", batch: 1_000)
        lists = try Self.makeLists(parts, cache)
        waits = try RecordWaits(parts.control, log: parts.log)
        consumer = ChangesConsumer(log: parts.log, malformed: metrics.malformed) { line in
            metrics.lines.add()
            boards.heard(line)
        }
        followers = Seats(bound: parts.maxStreams)
        teller = try Teller()
        boards.start { [loaders, comers] job in
            if case .resume = job { comers.post(job) } else { loaders.post(job) }
        } whenChanged: { [teller] in
            teller.changed($0)
        }
        watch = try BoardWatch(parts.control, boards, log: parts.log)
        // What was told while nobody listened is lost: it is looked for in what is stored.
        try consumer.start(parts.broker) { [watch] in watch.alarm() }
        let seats = followers
        parts.metrics.gauge("turnstile_query_followers", "Streams and long polls of shows that are open.") {
            Double(seats.count)
        }
        parts.metrics.gauge("turnstile_query_board_bytes", "Memory of shows, estimated.") { Double(boards.footprint) }
    }

    private static func makeLoaders(
        _ parts: Parts, _ boards: Boards, _ cache: FactsCache, name: String, batch: Int
    ) throws -> DatabaseDesk<Boards.Job> {
        var options = DatabaseDesk<Boards.Job>.Options(name: name)
        options.batch = batch
        var database = parts.control
        // A large show takes its time, and is not silent meanwhile.
        database.statementTimeout = .seconds(10)
        return try DatabaseDesk(
            options, database: database, log: parts.log,
            work: DatabaseDesk.Work(
                perform: { jobs, connection in
                    try boards.perform(jobs, PostgresBoardSource(connection: connection, cache: cache))
                }, refuse: { boards.refuse($0, $1.fault) }))
    }

    private static func makeLists(_ parts: Parts, _ cache: FactsCache) throws -> DatabaseDesk<ListJob> {
        var options = DatabaseDesk<ListJob>.Options(name: "lists")
        options.batch = 1
        options.bound = 1_000
        var database = parts.replica ?? parts.control
        // Which filters are set decides how a page is found best; compiling that takes longer than finding it.
        database.other["options"] = "-c plan_cache_mode=force_custom_plan -c jit=off"
        let lines = WaitingLines()
        return try DatabaseDesk(
            options, database: database, log: parts.log,
            work: DatabaseDesk.Work(
                perform: { jobs, connection in
                    for job in jobs {
                        try job.perform(
                            ListReader(session: connection),
                            RecordsReader(session: connection, cache: cache, lines: lines))
                    }
                }, refuse: { $0.refuse($1.fault) }))
    }

    /// What is missing for it to do its work.
    var complaints: [String] {
        var complaints: [String] = []
        if watch.isAway || records.isAway || loaders.isAway || lists.isAway {
            complaints.append("the database cannot be asked")
        }
        if !consumer.isConnected { complaints.append("changes of shows are not heard: the broker cannot be reached") }
        return complaints
    }

    /// How long a caller wants to wait, and may.
    func wait(of call: Call) -> Duration {
        isLeaving.load(ordering: .relaxed) ? .zero : .seconds(call.prefer.wait ?? 0)
    }

    /// Answers everybody who waits for something to happen, and lets nobody wait from now on.
    func dismiss() {
        isLeaving.store(true, ordering: .relaxed)
        waits.dismiss()
        for show in boards.shows { show.audience.dismiss(show) }
    }

    func stop() {
        consumer.stop()
        tenants.stop()
        watch.stop()
        teller.stop()
        waits.stop()
        loaders.stop()
        comers.stop()
        lists.stop()
        records.stop()
        dismiss()
        boards.finish()
    }
}
