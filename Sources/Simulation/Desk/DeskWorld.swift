internal import Desk
internal import DeskLine
internal import Pipeline
internal import Runtime
internal import Sealing
internal import Ticketing
internal import Wire

/// One history of the desk line: a control database, tenants' own databases, a broker, workers and producers, and
/// everything that goes wrong between them. All of it happens in one thread, in simulated time, as the seed has it.
final class DeskWorld: Circumstances {
    let profile: DeskProfile
    let control: FakeControl
    let broker: FakeBroker
    let book = DeskCommandBook()
    let auditor: DeskAuditor
    /// By tenant, from its account's request on.
    private(set) var databases: [TenantId: FakeDesk] = [:]
    private(set) var desks: [KnownDesk] = []
    private(set) var producers: [DeskProducer] = []
    private(set) var workers: [SimulatedDeskWorker] = []
    /// Commands that some constraint says no to, each time.
    var rejected: Set<CommandId> = []
    /// Marked commands that may still be sent.
    var poisons = 3
    private var order: UInt64 = 0
    private let key: SigningKey
    private let mutation: DeskSimulator.Mutation?
    private var incarnations = 0
    /// When a tenant's own database was not to be reached, or that may have had consequences still.
    private var troubles: [TenantId: Disturbances] = [:]

    init(
        seed: UInt64, commands: Int?, mutation: DeskSimulator.Mutation? = nil, print: ((String) -> Void)? = nil
    ) throws {
        self.mutation = mutation
        // Not the seats line's history of the same seed.
        var random = Seeded(seed ^ 0xDE5C_0000_0000_0000)
        profile = DeskProfile(&random, commands: commands)
        key = try SigningKey(seed: [UInt8](repeating: 7, count: SigningKey.seedCount))
        broker = FakeBroker(queues: profile.partitions)
        auditor = DeskAuditor(book)
        let time = Latest()
        control = FakeControl(
            FakeDatabase(partitions: profile.partitions, spares: 0) { time.now() },
            stores: (1...profile.stores).map { "store-\($0)" },
            FakeControl.Switches(keepsSpillInOrder: mutation != .spillOrder, keepsSpill: mutation != .spillLoss))
        super.init(
            random: random, quantum: profile.quantum, callFaults: profile.callFaults, start: profile.start,
            print: print)
        time.now = { [unowned self] in wall }
        auditor.fail = { [unowned self] in fail($0) }
        auditor.isCalm = { [unowned self] in isCalm(since: $0) && databases.keys.allSatisfy(isReachable(since: $0)) }
        auditor.isCalmFor = { [unowned self] in isCalm(since: $1) && isReachable(since: $1)($0) }
        control.excuse = { [unowned self] in auditor.excused.formUnion($0) }
        control.forgetting = { [unowned self] in auditor.checkForgotten($0) }
        control.requested = { [unowned self] in prepare($0, partition: $1) }
        populate()
    }

    /// Lets the database ask for the time before there is a world.
    private final class Latest {
        var now: () -> Time = { Time(microseconds: 0) }
    }

    private func populate() {
        for number in 1...profile.desks {
            let request = Mark.plain(CommandId(high: random.next(), low: random.next()))
            desks.append(
                KnownDesk(
                    request: request, number: number,
                    partition: Keys.partition(
                        of: TenantId(ofAccountRequestedBy: request), among: profile.partitions), seed: random.next()))
        }
        for number in 0..<profile.producers {
            producers.append(
                DeskProducer(self, number, commands: profile.commands / profile.producers, seed: random.next()))
        }
        for _ in 0..<profile.workers { addWorker() }
        for producer in producers { producer.start() }
    }

    /// An account's database, which is still to be made.
    private func prepare(_ account: Account, partition: Int) {
        let switches = FakeDesk.Switches(
            checksEpoch: mutation != .epoch, checksBatchNumber: mutation != .batchNumber,
            knowsJournal: mutation != .journalLookup, loadsWork: mutation != .workingRows)
        let database = FakeDesk(account, partition: partition, key: key, switches)
        database.isRejected = { [unowned self] in rejected.contains($0) }
        database.committed = { [unowned self, unowned database] in committed($0, $1, in: database) }
        databases[account.tenant] = database
    }

    /// Something is wrong with tenants' own databases: the other tenants are not to notice.
    func disturb(_ tenants: some Sequence<TenantId>, seconds: Double) {
        let now = scheduler.now.nanoseconds
        for tenant in tenants {
            troubles[tenant, default: Disturbances()].add(from: now, to: now + Int64(seconds * 1e9))
        }
    }

    private func isReachable(since start: Int64) -> (TenantId) -> Bool {
        { [unowned self] in troubles[$0]?.isCalm(since: start, until: scheduler.now.nanoseconds) ?? true }
    }

    // MARK: - Workers

    @discardableResult
    func addWorker() -> SimulatedDeskWorker {
        incarnations += 1
        var options = DeskOptions(worker: WorkerId("w\(incarnations)"))
        options.partitions = profile.partitions
        options.trustedUsers = [DeskProducer.ingress]
        options.batchBound = profile.batchBound
        options.hands = profile.hands
        options.connections = profile.connections
        options.spillBound = profile.spillBound
        options.memoryBound = profile.memoryBound
        if mutation == .spill { options.silence = .seconds(86_400) }
        options.idleEviction = .seconds(profile.idleEviction)
        let worker = SimulatedDeskWorker(self, incarnations, options)
        workers.append(worker)
        trace.note("starts", UInt64(incarnations), 0, "\(worker.id)")
        worker.start()
        return worker
    }

    var running: [SimulatedDeskWorker] { workers.filter(\.isRunning) }

    /// The process is no more; whoever watches over it starts another.
    func died(_ worker: SimulatedDeskWorker, of what: String) {
        disturb(seconds: 10)
        trace.note("dies", UInt64(worker.number), 0, "\(worker.id) of \(what)")
        worker.kill()
        workers.removeAll { $0 === worker }
        scheduler.after(delay(100_000...3_000_000)) { [self] in
            if workers.count < profile.workers + 1 { addWorker() }
        }
    }

    func left(_ worker: SimulatedDeskWorker) {
        trace.note("left", UInt64(worker.number), 0, "\(worker.id)")
        workers.removeAll { $0 === worker }
        if running.isEmpty { addWorker() }
    }

    // MARK: - Messages

    /// - Returns: whether a message is in its queue now.
    func queue(_ commands: [SentDeskCommand], _ body: [UInt8], by user: String, in partition: Int) -> Bool {
        guard broker.publish(FakeBroker.Message(user: user, body: body), to: partition) else { return false }
        order += 1
        for (index, command) in commands.enumerated() {
            command.queued(order: order << 8 + UInt64(index), at: scheduler.now)
        }
        trace.note(
            "queued", order, UInt64(partition),
            "in \(partition): \(commands.map { "\(Describe.short($0.id)) \($0.expectation)" })")
        return true
    }

    /// Notices are on their way to whoever waits; some are lost.
    func deliver(_ notices: [Notice]) {
        guard !broker.isAway else { return }
        for notice in notices {
            guard case .replies(let to, let bytes) = notice, !chance(profile.losses) else { continue }
            let isConflict = to.hasSuffix(".c")
            let receiver = to.split(separator: "/").last.map(String.init) ?? to
            let name = isConflict ? String(receiver.dropLast(2)) : receiver
            guard let producer = producers.first(where: { $0.name == name }) else {
                fail("a reply to “\(to)”, who is nobody")
                return
            }
            scheduler.after(delay(20...500)) { producer.hear(bytes, isConflict: isConflict) }
        }
    }

    private func committed(_ batch: DeskBatch, _ sealed: SealedDeskBatch, in database: FakeDesk) {
        trace.note(
            "in", batch.tenant.low ^ batch.number, UInt64(bitPattern: batch.at.microseconds), Describe.text(batch))
        for row in sealed.rows { trace.mix(row.reply) }
        trace.mix(sealed.row.chain.bytes)
        auditor.observe(batch, sealed, in: database, at: scheduler.now)
        let desk = desks.first { $0.tenant == batch.tenant }
        for entry in batch.entries { if let decision = entry.decision { desk?.learn(decision) } }
    }
}
