internal import HTTPServer
internal import Postgres
internal import Runtime
internal import Sealing

/// Every decision of the sandbox: one transaction each, with what is to be told of it. So it may be killed at any time.
struct SandboxStore: Sendable {
    let fates: Fates
    let refundTime: Duration
    let time: any TimeSource

    init(fates: Fates, refundTime: Duration = .zero, time: any TimeSource = SystemTime()) {
        self.fates = fates
        self.refundTime = refundTime
        self.time = time
    }

    // MARK: looking

    private static let select: SQL = """
        SELECT p.reference, p.key, p.tenant, p.event, p.payment, p.reservation, p.amount, p.currency,
            CASE WHEN p.effective_at > clock_timestamp() THEN 'processing' ELSE p.status END,
            p.captured, p.reason, p.dispute, p.dispute_status, p.dispute_amount, p.created_at
        FROM sandbox.payment AS p
        """

    func find(_ reference: String, _ session: some PostgresSession) throws -> StoredPayment? {
        try payment(session.query("\(Self.select) WHERE p.reference = $1", reference), session)
    }

    /// - Throws: a problem where there is none.
    func require(_ reference: String, _ session: some PostgresSession) throws -> StoredPayment {
        guard let payment = try find(reference, session) else { throw Problem.noSuchPayment }
        return payment
    }

    /// The same, and nobody else decides anything about it until the transaction ends.
    func lock(_ reference: String, _ transaction: PostgresTransaction) throws -> StoredPayment {
        let rows = try transaction.query("\(Self.select) WHERE p.reference = $1 FOR UPDATE", reference)
        guard let payment = try payment(rows, transaction) else { throw Problem.noSuchPayment }
        return payment
    }

    private func payment(_ rows: PostgresResult, _ session: some PostgresSession) throws -> StoredPayment? {
        guard let row = try rows.oneOrNone() else { return nil }
        guard let status = StoredPayment.Status(rawValue: try row.get(8)) else { return nil }
        var payment = StoredPayment(
            reference: try row.get(0), key: try row.get(1),
            order: NewPayment(
                tenant: try row.get(2), event: try row.get(3), payment: try row.get(4), reservation: try row.get(5),
                amount: try row.get(6), currency: try row.get(7)),
            status: status, captured: try row.get(9), reason: try row.get(10), createdAt: try row.get(14))
        if let reference = try row.get(11, as: String?.self), let amount = try row.get(13, as: Int64?.self),
            let status = try row.get(12, as: String?.self).flatMap(StoredDispute.Status.init)
        {
            payment.dispute = StoredDispute(reference: reference, status: status, amount: amount)
        }
        // A statement of its own: it sees what others have done while the payment's row was waited for.
        payment.refunded = try session.query(
            """
            SELECT coalesce(sum(amount), 0)::bigint FROM sandbox.refund
            WHERE payment = $1 AND (status <> 'failed' OR effective_at > clock_timestamp())
            """, payment.reference
        ).one().get(0)
        return payment
    }

    // MARK: making

    /// - Returns: the payment, and whether it is new.
    func create(
        _ order: NewPayment, key: String, _ connection: PostgresConnection
    ) throws -> (payment: StoredPayment, isNew: Bool) {
        try connection.transaction { transaction in
            let made = try transaction.execute(
                """
                INSERT INTO sandbox.payment
                    (reference, key, tenant, event, payment, reservation, amount, currency, status)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'pending')
                ON CONFLICT (key) DO NOTHING
                """, RandomID.make(prefix: "sbx"), key, order.tenant, order.event, order.payment, order.reservation,
                order.amount, order.currency)
            let rows = try transaction.query("\(Self.select) WHERE p.key = $1", key)
            guard let payment = try payment(rows, transaction) else { throw Problem.noSuchPayment }
            guard payment.order == order else { throw Problem.keyReused }
            return (payment, made == 1)
        }
    }

    // MARK: telling

    /// Writes down that this is to be told.
    ///
    /// - Parameter delay: until it is true.
    func tell(
        _ text: MessageText, named name: String, in delay: Duration = .zero, by choice: (inout Fate) -> Void = { _ in },
        _ transaction: PostgresTransaction
    ) throws {
        var fate = fates.message("\(name) \(text.type)")
        choice(&fate)
        let id = RandomID.make(prefix: "msg")
        let due = (delay + fate.delay).microseconds
        let hold = fate.hold?.microseconds ?? 0
        try transaction.execute(
            """
            INSERT INTO sandbox.webhook (message, payment, type, body, due_at, next_at, is_held, is_lost, copies)
            SELECT $1, $2, $3, $4, due_at, CASE WHEN $5 THEN NULL ELSE due_at + $6 * interval '1 microsecond' END,
                $7 AND NOT $5, $5, $8
            FROM (SELECT clock_timestamp() + $9 * interval '1 microsecond' AS due_at) AS due
            """, id, text.payment.reference, text.type, text.json(id: id, at: time.wall + delay), fate.isLost, hold,
            fate.hold != nil, Int32(fate.copies), due)
    }
}
