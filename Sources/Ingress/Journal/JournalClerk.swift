internal import API
internal import HTTPServer
internal import Pipeline
internal import Postgres
internal import Runtime
internal import Ticketing

/// Asks the journal for what replies did not tell: for those who wait too long, and for those who ask what became of a
/// request. One thread, one statement for all who ask at a time.
final class JournalClerk: Sendable {
    private struct Receipt: Sendable {
        let call: Call
        let id: RequestId
    }

    private let reception: Reception
    private let pool: PostgresPool
    private let metrics: ReceptionMetrics
    private let desk: InquiryDesk
    private let receipts = Lock<[Receipt]>([])
    private let lastFailure = Lock<String?>(nil)
    private static let mostReceipts = 100

    init(reception: Reception, pool: PostgresPool, answers: Answers, metrics: ReceptionMetrics) {
        self.reception = reception
        self.pool = pool
        self.metrics = metrics
        desk = InquiryDesk(interval: .milliseconds(100), answers: answers)
    }

    func start() throws {
        try desk.start(name: "journal") { inquiries in
            self.turn(inquiries)
            for receipt in self.takeReceipts() { self.answer(receipt) }
        } end: {
            for receipt in self.takeReceipts() { receipt.call.refuse(.stopping) }
        }
    }

    func stop() { desk.stop() }

    /// Nobody waits any longer.
    func drain() { desk.drain() }

    /// Answers what became of a tenant's request, at the latest after so many seconds.
    func inquire(_ call: Call, _ id: RequestId, of tenant: TenantId, seconds: Int) throws(Fault) {
        try desk.add(call, id, of: tenant, seconds: seconds)
    }

    func receipt(_ call: Call, _ id: RequestId) throws(Fault) {
        let isTaken = receipts.withLock { receipts in
            guard receipts.count < Self.mostReceipts, !desk.isStopped else { return false }
            receipts.append(Receipt(call: call, id: id))
            return true
        }
        guard isTaken else { throw InquiryDesk.tooMany }
        desk.ring()
    }

    private func takeReceipts() -> [Receipt] {
        receipts.withLock { receipts in
            defer { receipts = [] }
            return receipts
        }
    }

    // MARK: on its thread

    private func turn(_ inquiries: [InquiryDesk.Inquiry]) {
        let overdue = reception.overdue()
        guard !overdue.isEmpty || !inquiries.isEmpty else { return }
        let wanted = desk.wanted(overdue, inquiries)
        let found: [JournaledDecision]
        do {
            found = try pool.withConnection(timeout: .milliseconds(500)) { try JournaledDecision.find(wanted, on: $0) }
        } catch {
            note("\(error)")
            for inquiry in inquiries { inquiry.call.refuse(Self.unavailable) }
            return
        }
        note(nil)
        metrics.asked.add(overdue.count)
        metrics.found.add(found.count)
        if !overdue.isEmpty { reception.decided(found) }
        desk.settle(inquiries, found, firstWeek: firstWeek()) { id in
            reception.standing(of: id.expected, in: id.partition)
        }
    }

    private static let unavailable = Fault.unavailable("The journal cannot be asked at the moment.")

    /// What was decided in a week before this one has been dropped; nil where that cannot be told.
    private func firstWeek() -> Int? {
        let first = try? pool.withConnection(timeout: .milliseconds(500)) { try JournaledDecision.firstWeek(on: $0) }
        return first.flatMap { $0 }
    }

    private func answer(_ receipt: Receipt) {
        do {
            let json = try pool.withConnection(timeout: .milliseconds(500)) {
                try DatabaseReceipt.json(of: receipt.id.command, from: receipt.id.week, on: $0)
            }
            guard let json else {
                let isForgotten = firstWeek().map { receipt.id.week < $0 } ?? false
                return receipt.call.refuse(isForgotten ? InquiryDesk.gone : InquiryDesk.undecided)
            }
            receipt.call.answer(.tagged(json))
        } catch let error as ReceiptError {
            receipt.call.refuse(Fault(error))
        } catch {
            note("\(error)")
            receipt.call.refuse(Self.unavailable)
        }
    }

    /// Failures are told once, until there is an end to them.
    private func note(_ failure: String?) {
        let before = lastFailure.withLock { last in
            defer { last = failure }
            return last
        }
        if let failure, before == nil {
            metrics.log.warning("the journal cannot be asked", nil, ["error.message": .string(failure)])
        } else if failure == nil, before != nil {
            metrics.log.info("the journal can be asked again")
        }
    }
}

extension Fault {
    init(_ error: ReceiptError) { self.init(.gone, "There is no receipt any more: \(error).") }
}
