public import Payments
public import Postgres
internal import Runtime
public import Ticketing
internal import Wire

/// What a provider's message is about.
public struct WebhookClues: Sendable {
    private let payments: ProviderPayments

    public init(pool: PostgresPool) { payments = ProviderPayments(pool: pool) }

    /// By the ids that it carries, else by the provider's name for the payment; nil for what nobody here has made.
    public func subject(of message: ProviderMessage, at provider: String) throws -> PaymentSubject? {
        if let subject = message.about.subject { return subject }
        guard let reference = message.about.reference else { return nil }
        return try payments.subject(of: reference, at: provider)
    }

    /// Sees to it that the payment is asked for at once.
    public func look(at subject: PaymentSubject) throws { try payments.lookNow(subject) }

    /// Keeps it for a person to look at. Again is no harm.
    public func keepStray(_ message: ProviderMessage, of provider: String) throws {
        let money = message.news.money
        try payments.pool.withConnection { connection in
            try connection.transaction { transaction in
                // The provider is told that we have it.
                try transaction.run(script: "SET LOCAL synchronous_commit = on")
                try transaction.execute(
                    """
                    INSERT INTO stray_message (provider, message, news, reference, amount, currency)
                    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
                    """, provider, message.id, message.news.word, message.about.reference, money?.amount,
                    money?.currency.description)
            }
        }
    }
}

extension ProviderMessage {
    /// What the event's partition is told.
    public func command(about subject: PaymentSubject) -> Command {
        switch news {
        case .payment(let result): .paymentResult(subject.payment, result)
        case .refund(let refund?, _, _, let result): .refundResult(refund, result)
        case .refund(nil, let reference, let money, _):
            .refundReported(
                subject.payment, ReportedRefund(reference: Label(reference).shortened, money: money))
        case .dispute(let reference, let money, let step):
            .paymentDispute(
                subject.payment,
                DisputeNews(reference: Label(reference).shortened, money: money, status: step.status))
        case .other: preconditionFailure("what is of no interest is told nobody")
        }
    }
}

extension ProviderMessage.News {
    var money: Money? {
        switch self {
        case .payment(.succeeded(let money)), .refund(_, _, let money, _), .dispute(_, let money, _): money
        case .payment, .other: nil
        }
    }

    var word: String {
        switch self {
        case .payment(.succeeded): "payment-succeeded"
        case .payment(.failed): "payment-failed"
        case .payment(.cancelled): "payment-cancelled"
        case .refund(_, _, _, .succeeded): "refund-succeeded"
        case .refund(_, _, _, .failed): "refund-failed"
        case .dispute(_, _, let step): "dispute-\(step)"
        case .other(let kind): kind
        }
    }
}

extension ProviderMessage.Dispute {
    fileprivate var status: DisputeStatus {
        switch self {
        case .opened: .opened
        case .won: .won
        case .lost: .lost
        }
    }
}
