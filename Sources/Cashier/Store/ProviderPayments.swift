internal import Payments
internal import Pipeline
internal import Postgres
internal import Runtime
internal import Sealing
internal import Ticketing
internal import Wire

/// What payments are called at their providers: the table `provider_payment`, and the looks that are planned with it.
struct ProviderPayments: Sendable {
    let pool: PostgresPool
    /// When a payment is looked at for the first time.
    var firstLook = Duration.seconds(60)

    struct Known: Sendable {
        let reservation: ReservationId
        let reference: String?
    }

    /// When a payment is looked at whose message did not come, in multiples of the first time.
    private static let looks = [1, 5, 15, 60, 1_440]

    /// - Returns: whether it was to be cancelled meanwhile.
    func made(
        _ subject: PaymentSubject, _ provider: String, _ reference: String, _ access: [UInt8]?,
        by request: EffectRequest
    ) throws -> Bool {
        try pool.withConnection { connection in
            try connection.transaction { transaction in
                let row = try transaction.query(
                    """
                    INSERT INTO provider_payment (
                        event, payment, payment_index, tenant, reservation, reservation_index, provider, reference,
                        access)
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                    ON CONFLICT (event, payment, payment_index)
                        DO UPDATE SET reference = excluded.reference, access = excluded.access
                    RETURNING is_unwanted
                    """, subject.event.uuid, subject.payment.uuid, subject.payment.number, subject.tenant.uuid,
                    subject.reservation.uuid, subject.reservation.number, provider, reference, access)
                let body = PaymentWork.fetchBody(
                    ScopedId(subject.event, subject.payment), provider: provider, reference: reference)
                for (index, look) in Self.looks.enumerated() {
                    try Self.plan(
                        body, id: Self.look(index, of: request), subject.event, subject.tenant,
                        partition: Int32(request.partition), command: request.command, trace: request.trace,
                        after: firstLook * look, transaction)
                }
                return try row.one().get(0, as: Bool.self)
            }
        }
    }

    private static func plan(
        _ body: [UInt8], id: PostgresUUID, _ event: EventId, _ tenant: TenantId, partition: Int32, command: CommandId,
        trace: TraceContext?, after pause: Duration, _ session: any PostgresSession
    ) throws {
        try session.execute(
            """
            INSERT INTO effect (id, kind, event, tenant, partition, command, trace, body, next_at, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now() + $9 * interval '1 microsecond', now())
            ON CONFLICT DO NOTHING
            """, id, EffectKind.payments.rawValue, event.uuid, tenant.uuid, partition, command.uuid,
            trace?.traceparent, PostgresJSON(bytes: body), pause.microseconds)
    }

    /// Brings the payment's next look forward: its provider says that there is something to see.
    func lookNow(_ subject: PaymentSubject) throws {
        try pool.withConnection { connection in
            try connection.execute(
                """
                UPDATE effect SET next_at = now()
                WHERE id = (
                    SELECT id FROM effect
                    WHERE kind = $1 AND state = 'waiting' AND holder IS NULL AND next_at > now() AND event = $2
                        AND body ->> 'do' = 'fetch-payment' AND body ->> 'payment' = $3
                    ORDER BY next_at LIMIT 1)
                """, EffectKind.payments.rawValue, subject.event.uuid, ScopedId(subject.event, subject.payment).text)
        }
    }

    /// Ids that follow from the payment's own effect: made again, they are the same looks.
    private static func look(_ index: Int, of request: EffectRequest) -> PostgresUUID {
        request.commandId(1_000 + index).uuid
    }

    /// It is not to be paid any more, made or not.
    ///
    /// - Returns: its name, if it was made.
    func unwanted(_ payment: PaymentId, _ provider: String, _ request: EffectRequest) throws -> String? {
        try pool.withConnection { connection in
            try connection.query(
                """
                INSERT INTO provider_payment (
                    event, payment, payment_index, tenant, reservation, reservation_index, provider, is_unwanted)
                SELECT event, id, id_index, $4, reservation, reservation_index, provider, true FROM payment
                WHERE event = $1 AND id = $2 AND id_index = $3
                ON CONFLICT (event, payment, payment_index) DO UPDATE SET is_unwanted = true
                RETURNING reference
                """, request.event.uuid, payment.uuid, payment.number, request.tenant.uuid
            ).oneOrNone().flatMap { try $0.get(0, as: String?.self) }
        }
    }

    func find(_ payment: PaymentId, _ request: EffectRequest) throws -> Known? {
        try pool.withConnection { connection in
            try connection.query(
                """
                SELECT reservation, reservation_index, reference FROM provider_payment
                WHERE event = $1 AND payment = $2 AND payment_index = $3
                """, request.event.uuid, payment.uuid, payment.number
            ).oneOrNone().map { row in
                let (reservation, index, reference) = try row.decode((PostgresUUID, Int32, String?).self)
                return Known(reservation: ReservationId(reservation, index), reference: reference)
            }
        }
    }

    /// Whether nothing that a provider has to say of it is still to come.
    func isSettled(_ payment: PaymentId, _ event: EventId) throws -> Bool {
        try pool.withConnection { connection in
            try connection.query(
                "SELECT captured IS NOT NULL FROM payment WHERE event = $1 AND id = $2 AND id_index = $3",
                event.uuid, payment.uuid, payment.number
            ).oneOrNone().map { try $0.get(0, as: Bool.self) } ?? false
        }
    }

    /// Of which payment a provider speaks.
    func subject(of reference: String, at provider: String) throws -> PaymentSubject? {
        try pool.withConnection { connection in
            try connection.query(
                """
                SELECT tenant, event, payment, payment_index, reservation, reservation_index FROM provider_payment
                WHERE provider = $1 AND reference = $2
                """, provider, reference
            ).oneOrNone().map { row in
                let (tenant, event, payment, index, reservation, reservationIndex) = try row.decode(
                    (PostgresUUID, PostgresUUID, PostgresUUID, Int32, PostgresUUID, Int32).self)
                return PaymentSubject(
                    tenant: TenantId(tenant), event: EventId(event), payment: PaymentId(payment, index),
                    reservation: ReservationId(reservation, reservationIndex))
            }
        }
    }
}
