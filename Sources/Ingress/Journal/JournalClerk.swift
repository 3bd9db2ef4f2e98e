internal import API
internal import HTTPServer
internal import Pipeline
internal import Postgres
internal import Runtime
internal import Ticketing

/// Asks the journal for what replies did not tell: for those who wait too long, and for those who ask what became of a
/// request. One thread, one statement for all who ask at a time.
final class JournalClerk: Sendable {
    private struct Inquiry: Sendable {
        let call: Call
        let id: RequestId
        let deadline: MonotonicTime
    }

    private struct Receipt: Sendable {
        let call: Call
        let id: RequestId
    }

    private struct State {
        var inquiries = Inquiries<Inquiry>(bound: 10_000, most: 2_000, interval: JournalClerk.interval)
        var receipts: [Receipt] = []
        var lastFailure: String?
        var isDraining = false
        var isStopped = false
    }

    private let reception: Reception
    private let pool: PostgresPool
    private let answers: Answers
    private let metrics: ReceptionMetrics
    private let time = SystemTime()
    private let state = Lock(State())
    private let bell = Bell()
    private let thread = Lock<OwnedThread?>(nil)
    private static let interval = Duration.milliseconds(100)
    private static let mostReceipts = 100

    init(reception: Reception, pool: PostgresPool, answers: Answers, metrics: ReceptionMetrics) {
        self.reception = reception
        self.pool = pool
        self.answers = answers
        self.metrics = metrics
    }

    func start() throws {
        let thread = try OwnedThread(name: "journal") { self.run() }
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

    /// Answers what became of a request, at the latest after so many seconds.
    func inquire(_ call: Call, _ id: RequestId, seconds: Int) throws(Fault) {
        let inquiry = Inquiry(call: call, id: id, deadline: time.monotonic + .seconds(seconds))
        try enqueue { $0.inquiries.add(inquiry) }
    }

    func receipt(_ call: Call, _ id: RequestId) throws(Fault) {
        try enqueue { state in
            guard state.receipts.count < Self.mostReceipts else { return false }
            state.receipts.append(Receipt(call: call, id: id))
            return true
        }
    }

    private func enqueue(_ add: (inout State) -> Bool) throws(Fault) {
        let isTaken = state.withLock { state in
            guard !state.isStopped else { return false }
            return add(&state)
        }
        guard isTaken else { throw .unavailable("Too many ask at the moment.") }
        bell.ring()
    }

    // MARK: on its thread

    private func run() {
        while true {
            bell.wait(for: Self.interval)
            let (inquiries, receipts, isStopped) = state.withLock { state in
                defer { state.receipts = [] }
                let inquiries =
                    state.isStopped
                    ? state.inquiries.removeAll()
                    : state.inquiries.take(at: time.monotonic, isLast: state.isDraining)
                return (inquiries, state.receipts, state.isStopped)
            }
            if isStopped {
                for inquiry in inquiries { inquiry.call.refuse(.unavailable("This process is stopping.")) }
                for receipt in receipts { receipt.call.refuse(.unavailable("This process is stopping.")) }
                return
            }
            turn(inquiries)
            for receipt in receipts { answer(receipt) }
        }
    }

    private func turn(_ inquiries: [Inquiry]) {
        let overdue = reception.overdue()
        guard !overdue.isEmpty || !inquiries.isEmpty else { return }
        let week = Keys.week(of: Time(microseconds: time.wall.microseconds))
        var wanted = overdue.flatMap { [(id: $0, week: week), (id: $0, week: week - 1)] }
        for inquiry in inquiries { wanted += inquiry.id.weeks(now: week).map { (inquiry.id.command, $0) } }
        let found: [JournaledDecision]
        do {
            found = try pool.withConnection(timeout: .milliseconds(500)) { try JournaledDecision.find(wanted, on: $0) }
        } catch {
            note("\(error)")
            for inquiry in inquiries { inquiry.call.refuse(.unavailable("The journal cannot be asked at the moment.")) }
            return
        }
        note(nil)
        metrics.asked.add(overdue.count)
        metrics.found.add(found.count)
        if !overdue.isEmpty { reception.decided(found) }
        settle(inquiries, found, week)
    }

    private func settle(_ inquiries: [Inquiry], _ found: [JournaledDecision], _ week: Int) {
        let isDraining = state.withLock { $0.isDraining }
        let now = time.monotonic
        // Asked for once, and only where a request is old.
        lazy var firstWeek = self.firstWeek()
        let byId = Dictionary(found.map { ($0.id, $0) }) { first, _ in first }
        var waiting: [Inquiry] = []
        for inquiry in inquiries {
            if let decision = byId[inquiry.id.command] {
                answers.report(
                    .decided(.init(status: decision.status, body: decision.reply), isReplayed: false), of: inquiry.id,
                    to: inquiry.call)
            } else if inquiry.id.week < week - 1, inquiry.id.week < firstWeek {
                inquiry.call.refuse(Fault(.gone, "What became of this request is no longer kept."))
            } else if inquiry.deadline <= now || isDraining {
                let standing = reception.standing(of: inquiry.id.expected, in: inquiry.id.partition)
                let pending = IntakeAnswer<Asker>.Pending(
                    expected: inquiry.id.expected, acceptedAt: time.wall, position: standing.position,
                    etaSeconds: standing.etaSeconds)
                answers.report(.pending(pending), of: inquiry.id, to: inquiry.call)
            } else if !inquiry.call.responder.isClientGone {
                waiting.append(inquiry)
            }
        }
        guard !waiting.isEmpty else { return }
        state.withLock { $0.inquiries.putBack(waiting) }
    }

    /// What was decided in a week before this one has been dropped; nothing, where that cannot be told.
    private func firstWeek() -> Int {
        let first = try? pool.withConnection(timeout: .milliseconds(500)) { try JournaledDecision.firstWeek(on: $0) }
        return first.flatMap { $0 } ?? .min
    }

    private func answer(_ receipt: Receipt) {
        do {
            let json = try pool.withConnection(timeout: .milliseconds(500)) {
                try DatabaseReceipt.json(of: receipt.id.command, from: receipt.id.week, on: $0)
            }
            guard let json else {
                let isForgotten = receipt.id.week < firstWeek()
                receipt.call.refuse(
                    isForgotten
                        ? Fault(.gone, "What became of this request is no longer kept.")
                        : Fault(.notFound, "This request is not decided."))
                return
            }
            receipt.call.answer(.tagged(json))
        } catch let error as ReceiptError {
            receipt.call.refuse(Fault(.gone, "There is no receipt any more: \(error)."))
        } catch {
            note("\(error)")
            receipt.call.refuse(.unavailable("The journal cannot be asked at the moment."))
        }
    }

    /// Failures are told once, until there is an end to them.
    private func note(_ failure: String?) {
        let before = state.withLock { state in
            defer { state.lastFailure = failure }
            return state.lastFailure
        }
        if let failure, before == nil {
            metrics.log.warning("the journal cannot be asked", nil, ["error.message": .string(failure)])
        } else if failure == nil, before != nil {
            metrics.log.info("the journal can be asked again")
        }
    }
}
