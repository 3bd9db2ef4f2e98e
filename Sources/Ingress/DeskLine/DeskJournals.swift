internal import API
internal import HTTPServer
internal import Pipeline
internal import Postgres
internal import Runtime
internal import Tenancy
internal import Ticketing

/// Asks the journals of tenants for what replies did not tell: for those who wait too long, and for those who ask what
/// became of a request. Each tenant has its own, in its own database: one that is away keeps nobody else waiting.
///
/// A request of an account that is not ready has no journal yet, and is pending.
final class DeskJournals: Sendable {
    private struct Inquiry: Sendable {
        let call: Call
        let id: RequestId
        let tenant: TenantId
        let deadline: MonotonicTime
    }

    private struct State {
        var inquiries = Inquiries<Inquiry>(bound: 10_000, most: 2_000, interval: DeskJournals.interval)
        /// Receipts that are being looked up.
        var receipts = 0
        var isDraining = false
        var isStopped = false
    }

    private let reception: Reception
    private let tenants: Tenants
    private let answers: Answers
    private let metrics: ReceptionMetrics
    private let time = SystemTime()
    private let state = Lock(State())
    private let bell = Bell()
    private let thread = Lock<OwnedThread?>(nil)
    private static let interval = Duration.milliseconds(200)
    private static let mostReceipts = 100

    init(
        reception: Reception, tenants: Tenants, answers: Answers, metrics: ReceptionMetrics
    ) {
        self.reception = reception
        self.tenants = tenants
        self.answers = answers
        self.metrics = metrics
    }

    func start() throws {
        let thread = try OwnedThread(name: "desk-journals") { self.run() }
        self.thread.withLock { $0 = thread }
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        bell.ring()
        thread.withLock { $0.take() }?.join()
    }

    /// Nobody waits any longer.
    func drain() {
        state.withLock { $0.isDraining = true }
        bell.ring()
    }

    /// Answers what became of a tenant's request, at the latest after so many seconds.
    func inquire(_ call: Call, _ id: RequestId, of tenant: TenantId, seconds: Int) throws(Fault) {
        let inquiry = Inquiry(call: call, id: id, tenant: tenant, deadline: time.monotonic + .seconds(seconds))
        let isTaken = state.withLock { $0.isStopped ? false : $0.inquiries.add(inquiry) }
        guard isTaken else { throw Self.tooMany }
        bell.ring()
    }

    func receipt(_ call: Call, _ id: RequestId, of tenant: TenantId) throws(Fault) {
        guard let place = tenants.directory[tenant], place.isActive else { throw Self.undecided }
        let isTaken = state.withLock { state in
            guard !state.isStopped, state.receipts < Self.mostReceipts else { return false }
            state.receipts += 1
            return true
        }
        guard isTaken else { throw Self.tooMany }
        tenants.asker.post(
            TenantAsker.Job(
                perform: { connection in
                    let result = try Self.receipt(of: id, on: connection)
                    self.state.withLock { $0.receipts -= 1 }
                    switch result {
                    case .success(let json): call.answer(.tagged(json))
                    case .failure(let fault): call.refuse(fault)
                    }
                },
                refuse: { refusal in
                    self.state.withLock { $0.receipts -= 1 }
                    call.refuse(Fault(refusal))
                }), at: place)
    }

    private static let tooMany = Fault.unavailable("Too many ask at the moment.")
    private static let undecided = Fault(.notFound, "This request is not decided.")
    private static let gone = Fault(.gone, "What became of this request is no longer kept.")

    private static func receipt(
        of id: RequestId, on connection: PostgresConnection
    ) throws -> Result<[UInt8], Fault> {
        do {
            let json = try DatabaseReceipt.json(of: id.command, from: id.week, on: connection)
            if let json { return .success(json) }
            let firstWeek = try JournaledDecision.firstWeek(on: connection)
            return .failure(firstWeek.map { id.week < $0 } ?? false ? gone : undecided)
        } catch let error as ReceiptError {
            return .failure(Fault(.gone, "There is no receipt any more: \(error)."))
        }
    }

    // MARK: on its thread

    private func run() {
        while true {
            bell.wait(for: Self.interval)
            let (inquiries, isStopped) = state.withLock { state in
                state.isStopped
                    ? (state.inquiries.removeAll(), true)
                    : (state.inquiries.take(at: time.monotonic, isLast: state.isDraining), false)
            }
            if isStopped {
                for inquiry in inquiries { inquiry.call.refuse(.unavailable("This process is stopping.")) }
                return
            }
            turn(inquiries)
        }
    }

    private func turn(_ inquiries: [Inquiry]) {
        let overdue = Dictionary(grouping: reception.overdueByKey()) { $0.key.tenant }.mapValues { $0.map(\.id) }
        let asked = Dictionary(grouping: inquiries, by: \.tenant)
        for tenant in Set(overdue.keys).union(asked.keys) {
            let (overdue, inquiries) = (overdue[tenant] ?? [], asked[tenant] ?? [])
            // While it is not active, nothing of it can be decided that anybody could read.
            guard let place = tenants.directory[tenant], place.isActive else {
                settle(inquiries, [], firstWeek: nil)
                continue
            }
            look(for: overdue, inquiries, at: place)
        }
    }

    private func look(for overdue: [CommandId], _ inquiries: [Inquiry], at place: TenantPlace) {
        let week = Keys.week(of: Time(microseconds: time.wall.microseconds))
        var wanted = overdue.flatMap { [(id: $0, week: week), (id: $0, week: week - 1)] }
        for inquiry in inquiries { wanted += inquiry.id.weeks(now: week).map { (inquiry.id.command, $0) } }
        let isOld = inquiries.contains { $0.id.week < week - 1 }
        metrics.asked.add(overdue.count)
        tenants.asker.post(
            TenantAsker.Job(
                perform: { [wanted] connection in
                    let found = try JournaledDecision.find(wanted, on: connection)
                    // Asked for only where a request is old.
                    let firstWeek = isOld ? try JournaledDecision.firstWeek(on: connection) : nil
                    self.metrics.found.add(found.count)
                    if !overdue.isEmpty { self.reception.decided(found) }
                    self.settle(inquiries, found, firstWeek: firstWeek)
                },
                // What is overdue is asked for again in its time.
                refuse: { refusal in for inquiry in inquiries { inquiry.call.refuse(Fault(refusal)) } }), at: place)
    }

    /// - Parameter firstWeek: what was decided in a week before it has been dropped.
    private func settle(_ inquiries: [Inquiry], _ found: [JournaledDecision], firstWeek: Int?) {
        guard !inquiries.isEmpty else { return }
        let (isDraining, isStopped) = state.withLock { ($0.isDraining, $0.isStopped) }
        let now = time.monotonic
        let byId = Dictionary(found.map { ($0.id, $0) }) { first, _ in first }
        var waiting: [Inquiry] = []
        for inquiry in inquiries {
            if let decision = byId[inquiry.id.command] {
                answers.report(
                    .decided(.init(status: decision.status, body: decision.reply), isReplayed: false), of: inquiry.id,
                    to: inquiry.call)
            } else if let firstWeek, inquiry.id.week < firstWeek {
                inquiry.call.refuse(Self.gone)
            } else if inquiry.deadline <= now || isDraining || isStopped {
                let pending = IntakeAnswer<Asker>.Pending(
                    expected: 0, acceptedAt: time.wall, position: nil, etaSeconds: nil)
                answers.report(.pending(pending), of: inquiry.id, to: inquiry.call)
            } else if !inquiry.call.responder.isClientGone {
                waiting.append(inquiry)
            }
        }
        guard !waiting.isEmpty else { return }
        state.withLock { $0.inquiries.putBack(waiting) }
    }
}
