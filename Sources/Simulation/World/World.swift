internal import Pipeline
internal import Runtime
internal import Sealing
internal import Ticketing

/// One history: a database, a broker, workers and producers, and everything that goes wrong between them. All of it
/// happens in one thread, in simulated time, as the seed has it.
final class World: Circumstances {
    let profile: Profile
    let database: FakeDatabase
    let broker: FakeBroker
    let book: CommandBook
    let auditor: Auditor
    private(set) var venue: [KnownEvent] = []
    private(set) var producers: [Producer] = []
    private(set) var workers: [SimulatedWorker] = []
    let pageOfIds: Int
    /// Marked commands that may still be sent.
    var poisons = 3
    /// When something came into a queue: 256 numbers for each message's lines.
    private var order: UInt64 = 0

    private let seed: UInt64
    private let sealer: Sealer
    private let mutation: Simulator.Mutation?
    private var incarnations = 0
    /// Workers that died of a command which they tried alone.
    private var diedOnTrial: Set<WorkerId> = []

    init(
        seed: UInt64, commands: Int?, mutation: Simulator.Mutation? = nil, print: ((String) -> Void)? = nil
    ) throws {
        self.seed = seed
        self.mutation = mutation
        var random = Seeded(seed)
        profile = Profile(&random, commands: commands)
        pageOfIds = random.one(of: [3, 50, 10_000])
        sealer = Sealer(
            key: try SigningKey(seed: [UInt8](repeating: 7, count: SigningKey.seedCount)),
            salts: { [Salt](repeating: Salt(high: 1, low: 2), count: $0) })
        broker = FakeBroker(queues: profile.partitions + profile.spares)
        let time = Latest()
        let switches = FakeDatabase.Switches(
            checksEpoch: mutation != .epoch, checksBatchNumber: mutation != .batchNumber)
        database = FakeDatabase(partitions: profile.partitions, spares: profile.spares, switches: switches) {
            time.now()
        }
        book = CommandBook()
        auditor = Auditor(book, partitions: profile.partitions + profile.spares)
        super.init(
            random: random, quantum: profile.quantum, callFaults: profile.callFaults, start: profile.start,
            print: print)
        time.now = { [unowned self] in wall }
        auditor.fail = { [unowned self] in fail($0) }
        auditor.isCalm = { [unowned self] in isCalm(since: $0) }
        auditor.database = database
        database.takenOver = { [unowned self] in excuse($0, of: $1) }
        database.committed = { [unowned self] in committed($0) }
        populate()
    }

    /// Lets the database ask for the time before there is a world.
    private final class Latest {
        var now: () -> Time = { Time(microseconds: 0) }
    }

    private func populate() {
        let tenants = (1...2).map { TenantId(high: 0, low: UInt64($0)) }
        for _ in 0..<profile.events {
            venue.append(
                KnownEvent(
                    id: EventId(high: random.next(), low: random.next()), tenant: random.one(of: tenants),
                    seed: random.next(), at: profile.start, in: database))
        }
        for number in 0..<profile.producers {
            producers.append(
                Producer(self, number, commands: profile.commands / profile.producers, seed: random.next()))
        }
        for _ in 0..<profile.workers { addWorker() }
        for producer in producers { producer.start() }
    }

    // MARK: - Workers

    @discardableResult
    func addWorker() -> SimulatedWorker {
        incarnations += 1
        var options = WorkerOptions(worker: WorkerId("w\(incarnations)"))
        options.hashedPartitions = profile.partitions
        options.trustedUsers = [Producer.ingress]
        options.batchBound = profile.batchBound
        options.groupBound = profile.groupBound
        options.filterBound = profile.filterBound
        options.memoryBound = profile.memoryBound
        options.shortestStay = .zero
        options.idleEviction = .seconds(profile.idleEviction)
        options.checks.looksUpJournal = mutation != .journalLookup
        options.checks.letsFallDueOnTime = mutation != .exactExpiry
        let worker = SimulatedWorker(self, incarnations, options, sealer)
        workers.append(worker)
        trace.note("starts", UInt64(incarnations), 0, "\(worker.id)")
        worker.start()
        return worker
    }

    var running: [SimulatedWorker] { workers.filter(\.isRunning) }

    /// The process is no more; whoever watches over it starts another.
    func died(_ worker: SimulatedWorker, of what: String, killer: CommandId? = nil) {
        disturb(seconds: 10)
        trace.note("dies", UInt64(worker.number), 0, "\(worker.id) of \(what)")
        let owned = database.partitions.indices.filter { database.partitions[$0].owner == worker.id }
        if let killer, database.attempts.keys.contains(where: { $0.id == killer }) { diedOnTrial.insert(worker.id) }
        worker.kill()
        workers.removeAll { $0 === worker }
        expectTakeover(of: owned, from: worker.id, within: 3_000_000_000, "was killed")
        scheduler.after(delay(100_000...3_000_000)) { [self] in
            if workers.count < profile.workers + 1 { addWorker() }
        }
    }

    /// Whatever it was trying alone looks guilty from now on. If the killer was on trial itself, nothing else was.
    private func excuse(_ tried: [CommandId], of owner: WorkerId) {
        if !diedOnTrial.contains(owner) { auditor.excused.formUnion(tried) }
    }

    func left(_ worker: SimulatedWorker) {
        trace.note("left", UInt64(worker.number), 0, "\(worker.id)")
        workers.removeAll { $0 === worker }
        if running.isEmpty { addWorker() }
    }

    func nextOrder() -> UInt64 {
        order += 1
        return order << 8
    }

    private func committed(_ sealed: SealedBatch) {
        let batch = sealed.batch
        trace.note(
            "in", UInt64(batch.partition) << 48 ^ batch.number, UInt64(bitPattern: batch.at.microseconds),
            Describe.text(batch))
        for record in sealed.records { trace.mix(record.reply) }
        trace.mix(sealed.chain.bytes)
        auditor.observe(sealed, at: scheduler.now)
        for entry in batch.entries {
            guard let decision = entry.verdict.decision else { continue }
            venue.first { $0.id == entry.event }?.learn(decision)
        }
    }
}
