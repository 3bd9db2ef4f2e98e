internal import Pipeline
internal import Postgres
internal import Schema
internal import TestSupport
internal import Testing

@testable internal import Cashier

/// One payment in a database of its own, written as decisions write it, and what the books make of it.
struct LedgerScene {
    let session: PostgresConnection

    static let event = PostgresUUID(high: 1, low: 1)
    static let payment = PostgresUUID(high: 2, low: 2)
    static let booking = PostgresUUID(high: 3, low: 3)

    static func with(_ body: @escaping @Sendable (LedgerScene) throws -> Void) async throws {
        try await TestDatabase.with { database in
            let scene = try LedgerScene(database)
            defer { scene.session.close() }
            try body(scene)
        }
    }

    /// The caller closes its session.
    init(_ database: TestDatabase) throws {
        session = try PostgresConnection.connect(database.settings)
        _ = try Migrator.migrate(session, to: try Migration.read(folder: "\(Tool.packageFolder)/Config/schema"))
    }

    // MARK: what is decided

    /// An attempt to pay, of which this was taken so far.
    func checkOut(captured: Int64? = nil, _ currency: String = "EUR") throws {
        try session.execute(
            """
            INSERT INTO payment (
                event, id, id_index, reservation, reservation_index, attempt, provider, amount, accept_equivalent,
                status, captured, captured_currency)
            VALUES ($1, $2, 0, $3, 0, 1, 'sandbox', 2000, false, 1, $4, $5)
            """, Self.event, Self.payment, Self.booking, captured, captured.map { _ in currency })
    }

    func capture(_ amount: Int64, _ currency: String = "EUR") throws {
        try session.execute("UPDATE payment SET status = 4, captured = $1, captured_currency = $2", amount, currency)
    }

    func book() throws {
        try session.execute(
            """
            INSERT INTO booking (
                event, id, id_index, show, buyer, payment, payment_index, terms, booked_at, is_moved, status)
            VALUES ($1, $2, 0, 1, 'ann', $3, 0, 1, now(), false, 0)
            """, Self.event, Self.booking, Self.payment)
    }

    /// - Parameter reported: the provider's name and the currency of one that was made on its own page.
    func refund(_ number: Int32, _ amount: Int64, status: Int16 = 0, reported: (name: String, currency: String)? = nil)
        throws
    {
        try session.execute(
            """
            INSERT INTO refund (
                event, id, id_index, payment, payment_index, amount, reason, status, reference, currency)
            VALUES ($1, $2, $3, $2, 0, $4, $5, $6, $7, $8)
            """, Self.event, Self.payment, number, amount, Int16(reported == nil ? 0 : 6), status, reported?.name,
            reported?.currency)
    }

    func settleRefund(_ number: Int32, status: Int16) throws {
        try session.execute("UPDATE refund SET status = $2 WHERE id_index = $1", number, status)
    }

    func dispute(_ name: String, _ amount: Int64, status: Int16 = 0, _ currency: String = "EUR") throws {
        try session.execute(
            """
            INSERT INTO dispute (event, payment, payment_index, reference, amount, currency, status)
            VALUES ($1, $2, 0, $3, $4, $5, $6)
            """, Self.event, Self.payment, name, amount, currency, status)
    }

    func settleDispute(_ name: String, status: Int16, amount: Int64? = nil) throws {
        try session.execute(
            "UPDATE dispute SET status = $2, amount = coalesce($3, amount) WHERE reference = $1", name, status, amount)
    }

    // MARK: what providers call it

    func name(_ reference: String, at provider: String) throws { try name(Self.payment, reference, provider) }

    /// One that nothing here knows of but its name.
    func nameAnother(_ reference: String, at provider: String) throws {
        try name(PostgresUUID(high: 4, low: 4), reference, provider)
    }

    private func name(_ payment: PostgresUUID, _ reference: String, _ provider: String) throws {
        try session.execute(
            """
            INSERT INTO provider_payment (
                event, payment, payment_index, tenant, reservation, reservation_index, provider, reference)
            VALUES ($1, $2, 0, $1, $3, 0, $4, $5)
            """, Self.event, payment, Self.booking, provider, reference)
    }

    // MARK: what the books say

    /// Of accounts that are not empty; together they come to nothing.
    func balances() throws -> [String: Int64] {
        let rows = try session.query(
            """
            SELECT account, sum(amount)::bigint FROM (
                SELECT target AS account, amount FROM ledger UNION ALL SELECT source, -amount FROM ledger) AS moves
            GROUP BY account HAVING sum(amount) <> 0
            """
        ).decode((String, Int64).self)
        let balances = Dictionary(uniqueKeysWithValues: rows.map { ($0.0, $0.1) })
        #expect(balances.values.reduce(0, +) == 0)
        return balances
    }

    func entries() throws -> Int { try session.query("SELECT count(*) FROM ledger").one().get(0, as: Int.self) }

    /// What does not hold, by its promise.
    func broken() throws -> [String] {
        var broken: [String] = []
        for check in BooksCheck.all {
            var findings = Findings()
            try check.run(in: session, &findings)
            #expect(findings.first.allSatisfy { $0.code == .money && $0.event != nil })
            if !findings.isEmpty { broken.append(check.promise) }
        }
        return broken
    }
}
