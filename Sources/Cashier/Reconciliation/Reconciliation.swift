public import Payments
public import Pipeline
public import Postgres
internal import Runtime
internal import Ticketing

/// Compares the books with the tables, and both with what the providers say: whatever differs is listed.
///
/// The database is looked at in one snapshot of it, and the providers after that: of a payment that is under way
/// meanwhile the provider may know more. Such a one is looked at again before it is called a difference.
public enum Reconciliation {
    public struct Report: Sendable {
        public var payments = 0
        /// Payments that were asked for at their providers.
        public var asked = 0
        /// What was proved of the tables, a sentence each.
        public var promises: [String] = []
        public var findings = Findings()
        public var open = OpenMoney()
    }

    public static func run(
        _ settings: PostgresSettings, providers: Providers, progress: (Int) -> Void = { _ in }
    ) throws -> Report {
        var report = Report()
        report.promises = BooksCheck.all.map(\.promise)
        let rows = try SnapshotSession.run(settings, as: "turnstile-reconcile") { session in
            // Whole tables are compared. For the first few rows the server would go through them in their order, which
            // takes for ever where all is well, and where an event has many payments.
            try session.run(script: "SET LOCAL enable_nestloop = off; SET LOCAL enable_mergejoin = off")
            for check in BooksCheck.all { try check.run(in: session, &report.findings) }
            report.open = try OpenMoney.read(in: session)
            report.payments = try session.query("SELECT count(*) FROM payment").one().get(0, as: Int.self)
            return try StoredPayment.all(in: session)
        }
        let doubts = try Self.ask(rows, providers, &report, progress)
        guard !doubts.isEmpty else { return report }
        // What had come by then and was not decided yet is by now; what is still another is a difference.
        let again = try SnapshotSession.run(settings, as: "turnstile-reconcile") { session in
            try StoredPayment.all(in: session)
        }
        let known = Dictionary(again.map { ($0.reference, $0) }) { first, _ in first }
        for doubt in doubts {
            let stored = known[doubt.stored.reference] ?? doubt.stored
            if let difference = stored.difference(from: doubt.told) {
                report.findings.add(
                    Finding(.money, event: stored.event, "\(stored.provider) \(stored.reference): \(difference)"))
            }
        }
        return report
    }

    private struct Doubt {
        let stored: StoredPayment
        let told: ProviderPayment
    }

    /// How many are asked for before somebody is told how far it has come.
    private static let step = 1_000

    private static func ask(
        _ rows: [StoredPayment], _ providers: Providers, _ report: inout Report,
        _ progress: (Int) -> Void
    ) throws -> [Doubt] {
        let round = ProviderRound(providers: providers)
        var doubts: [Doubt] = []
        var silent: [ProviderRound.Answer] = []
        func note(_ answers: [ProviderRound.Answer]) {
            for answer in answers {
                switch answer.told {
                case .success(let told):
                    report.asked += 1
                    if answer.stored.difference(from: told) != nil {
                        doubts.append(Doubt(stored: answer.stored, told: told))
                    }
                case .failure: silent.append(answer)
                }
            }
        }
        for start in stride(from: 0, to: rows.count, by: step) {
            note(try round.ask(rows[start..<min(start + step, rows.count)]))
            if report.asked >= step { progress(report.asked) }
        }
        // Among very many calls, some fail that would not have a moment later.
        let again = silent.filter { if case .failure(let error) = $0.told { error.code == .later } else { false } }
        if !again.isEmpty, report.asked > 0 {
            silent.removeAll { if case .failure(let error) = $0.told { error.code == .later } else { false } }
            note(try round.ask(again.map(\.stored)[...]))
        }
        addSilent(silent, to: &report.findings)
        return doubts
    }

    private static func addSilent(_ silent: [ProviderRound.Answer], to findings: inout Findings) {
        var counts: [String: (count: Int, reason: String)] = [:]
        for answer in silent {
            guard case .failure(let error) = answer.told else { continue }
            counts[answer.stored.provider, default: (0, error.reason)].count += 1
        }
        for (provider, (count, reason)) in counts.sorted(by: { $0.key < $1.key }) {
            findings.add(Finding(.money, "\(provider) said nothing of \(count) payments: \(reason)"))
        }
    }
}

/// What is not settled, and is no difference all the same.
public struct OpenMoney: Sendable {
    public struct Amount: Sendable {
        public let what: String
        public let count: Int
        public let amount: Int64
        public let currency: String
    }

    public var amounts: [Amount] = []

    /// A count and a sum for each kind and currency.
    static func read(in session: any PostgresSession) throws -> OpenMoney {
        let rows = try session.query(
            """
            SELECT 'refunds that have not arrived', count(*), sum(r.amount)::bigint, p.captured_currency
            FROM refund AS r JOIN payment AS p ON (p.event, p.id, p.id_index) = (r.event, r.payment, r.payment_index)
            WHERE r.status = 0 GROUP BY p.captured_currency
            UNION ALL
            SELECT 'refunds that failed: a person has to look', count(*), sum(r.amount)::bigint, p.captured_currency
            FROM refund AS r JOIN payment AS p ON (p.event, p.id, p.id_index) = (r.event, r.payment, r.payment_index)
            WHERE r.status = 1 GROUP BY p.captured_currency
            UNION ALL
            SELECT 'incidents: money for nothing that is known', count(*), coalesce(sum(amount), 0)::bigint,
                coalesce(currency, '')
            FROM incident GROUP BY currency
            UNION ALL
            SELECT 'messages of providers about nothing that is known', count(*), coalesce(sum(amount), 0)::bigint,
                coalesce(currency, '')
            FROM stray_message GROUP BY currency
            UNION ALL
            SELECT 'calls to providers that were given up', count(*), 0, ''
            FROM effect WHERE kind = 'payments' AND state = 'parked' HAVING count(*) > 0
            """)
        return OpenMoney(
            amounts: try rows.decode((String, Int64, Int64, String).self).map {
                Amount(what: $0, count: Int($1), amount: $2, currency: $3)
            })
    }
}

/// A payment as the tables have it.
struct StoredPayment: Sendable {
    let event: EventId
    let provider: String
    let reference: String
    /// What was taken, in minor units and its currency.
    let captured: (amount: Int64, currency: String)?
    /// What arrived at the buyer again.
    let refunded: Int64
    let hasPendingRefund: Bool

    static func all(in session: any PostgresSession) throws -> [StoredPayment] {
        try session.query(
            """
            SELECT a.event, a.provider, a.reference, p.captured, p.captured_currency,
                coalesce(r.done, 0)::bigint, coalesce(r.is_pending, false)
            FROM provider_payment AS a
            LEFT JOIN payment AS p ON (p.event, p.id, p.id_index) = (a.event, a.payment, a.payment_index)
            LEFT JOIN (
                SELECT event, payment, payment_index, sum(amount) FILTER (WHERE status = 2) AS done,
                    bool_or(status <> 2) AS is_pending
                FROM refund GROUP BY event, payment, payment_index) AS r
                ON (r.event, r.payment, r.payment_index) = (a.event, a.payment, a.payment_index)
            WHERE a.reference IS NOT NULL
            ORDER BY a.created_at
            """
        ).decode((PostgresUUID, String, String, Int64?, String?, Int64, Bool).self).map {
            (event, provider, reference, captured, currency, refunded, hasPendingRefund) in
            StoredPayment(
                event: EventId(event), provider: provider, reference: reference,
                captured: captured.flatMap { amount in currency.map { (amount, $0) } }, refunded: refunded,
                hasPendingRefund: hasPendingRefund)
        }
    }

    /// In words; nil where the provider says the same.
    func difference(from told: ProviderPayment) -> String? {
        let known = captured.map { "\($0.amount) \($0.currency)" }
        switch told.state {
        case .succeeded(let money):
            let said = "\(money.amount) \(money.currency)"
            guard known == said else { return "the provider took \(said), and here it is \(known ?? "not paid")" }
        case .open, .failed, .cancelled:
            if let known { return "the provider took nothing, and here \(known) were paid" }
        }
        // What is on its way back may be counted there already.
        guard let back = told.refunded, !hasPendingRefund, back.amount != refunded else { return nil }
        return "the provider gave \(back.amount) \(back.currency) back, and here it is \(refunded)"
    }
}
