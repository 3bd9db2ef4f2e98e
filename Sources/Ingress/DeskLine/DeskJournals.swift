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
    private let reception: Reception
    private let tenants: Tenants
    private let metrics: ReceptionMetrics
    private let desk: InquiryDesk
    /// Receipts that are being looked up.
    private let receipts = Lock(0)
    private static let mostReceipts = 100

    init(
        reception: Reception, tenants: Tenants, answers: Answers, metrics: ReceptionMetrics
    ) {
        self.reception = reception
        self.tenants = tenants
        self.metrics = metrics
        desk = InquiryDesk(interval: .milliseconds(200), answers: answers)
    }

    func start() throws { try desk.start(name: "desk-journals", turn: turn) }
    func stop() { desk.stop() }

    /// Nobody waits any longer.
    func drain() { desk.drain() }

    /// Answers what became of a tenant's request, at the latest after so many seconds.
    func inquire(_ call: Call, _ id: RequestId, of tenant: TenantId, seconds: Int) throws(Fault) {
        try desk.add(call, id, of: tenant, seconds: seconds)
    }

    func receipt(_ call: Call, _ id: RequestId, of tenant: TenantId) throws(Fault) {
        guard let place = tenants.directory[tenant], place.isActive else { throw InquiryDesk.undecided }
        let isTaken = receipts.withLock { count in
            guard count < Self.mostReceipts, !desk.isStopped else { return false }
            count += 1
            return true
        }
        guard isTaken else { throw InquiryDesk.tooMany }
        tenants.asker.post(
            TenantAsker.Job(
                perform: { connection in
                    let result = try Self.receipt(of: id, on: connection)
                    self.receipts.withLock { $0 -= 1 }
                    switch result {
                    case .success(let json): call.answer(.tagged(json))
                    case .failure(let fault): call.refuse(fault)
                    }
                },
                refuse: { refusal in
                    self.receipts.withLock { $0 -= 1 }
                    call.refuse(Fault(refusal))
                }), at: place)
    }

    private static func receipt(
        of id: RequestId, on connection: PostgresConnection
    ) throws -> Result<[UInt8], Fault> {
        do {
            let json = try DatabaseReceipt.json(of: id.command, from: id.week, on: connection)
            if let json { return .success(json) }
            let firstWeek = try JournaledDecision.firstWeek(on: connection)
            let isForgotten = firstWeek.map { id.week < $0 } ?? false
            return .failure(isForgotten ? InquiryDesk.gone : InquiryDesk.undecided)
        } catch let error as ReceiptError {
            return .failure(Fault(error))
        }
    }

    // MARK: on its thread

    private func turn(_ inquiries: [InquiryDesk.Inquiry]) {
        let overdue = Dictionary(grouping: reception.overdueByKey()) { $0.key.tenant }.mapValues { $0.map(\.id) }
        let asked = Dictionary(grouping: inquiries, by: \.tenant)
        for tenant in Set(overdue.keys).union(asked.keys) {
            let (overdue, inquiries) = (overdue[tenant] ?? [], asked[tenant] ?? [])
            // While it is not active, nothing of it can be decided that anybody could read.
            guard let place = tenants.directory[tenant], place.isActive else {
                desk.settle(inquiries, [], firstWeek: nil)
                continue
            }
            look(for: overdue, inquiries, at: place)
        }
    }

    private func look(for overdue: [CommandId], _ inquiries: [InquiryDesk.Inquiry], at place: TenantPlace) {
        let wanted = desk.wanted(overdue, inquiries)
        metrics.asked.add(overdue.count)
        tenants.asker.post(
            TenantAsker.Job(
                perform: { connection in
                    let found = try JournaledDecision.find(wanted, on: connection)
                    let isOld = inquiries.contains { self.desk.isOld($0.id) }
                    let firstWeek = isOld ? try JournaledDecision.firstWeek(on: connection) : nil
                    self.metrics.found.add(found.count)
                    if !overdue.isEmpty { self.reception.decided(found) }
                    self.desk.settle(inquiries, found, firstWeek: firstWeek)
                },
                // What is overdue is asked for again in its time.
                refuse: { refusal in for inquiry in inquiries { inquiry.call.refuse(Fault(refusal)) } }), at: place)
    }
}
