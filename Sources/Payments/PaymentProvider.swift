public import Ticketing

/// Who takes the money. Every call is made at least once, and may be made again after nobody heard its answer: under
/// the same key the provider does it once.
///
/// Calls block, within time limits of their own, and come on several threads at once.
public protocol PaymentProvider: Sendable {
    /// As `checkout` names it, and the path of its webhooks.
    var name: String { get }

    /// Makes a payment that the buyer can pay, or finds that it was made before.
    func create(_ order: PaymentOrder) throws(ProviderError) -> ProviderPayment
    /// What the provider says of it now.
    func fetch(_ reference: String) throws(ProviderError) -> ProviderPayment
    /// Nobody shall pay it any more. Where the buyer was faster, the answer says so.
    func cancel(_ reference: String, key: String) throws(ProviderError) -> ProviderPayment
    /// Gives money back.
    func refund(_ order: RefundOrder) throws(ProviderError) -> ProviderRefund

    /// Checks who sent it, on the bytes as they came, before it looks into them.
    func read(_ webhook: Webhook) throws(WebhookRefusal) -> ProviderMessage
}

/// What a payment is for. The provider keeps the ids beside it and sends them back with each message.
public struct PaymentSubject: Sendable, Hashable {
    public let tenant: TenantId
    public let event: EventId
    public let payment: PaymentId
    public let reservation: ReservationId

    public init(tenant: TenantId, event: EventId, payment: PaymentId, reservation: ReservationId) {
        self.tenant = tenant
        self.event = event
        self.payment = payment
        self.reservation = reservation
    }
}

public struct PaymentOrder: Sendable, Hashable {
    public let subject: PaymentSubject
    public let money: Money
    /// The idempotency key.
    public let key: String

    public init(subject: PaymentSubject, money: Money, key: String) {
        self.subject = subject
        self.money = money
        self.key = key
    }
}

public struct RefundOrder: Sendable, Hashable {
    public let refund: RefundId
    public let subject: PaymentSubject
    /// The payment's, at the provider.
    public let reference: String
    public let money: Money
    /// The idempotency key.
    public let key: String

    public init(refund: RefundId, subject: PaymentSubject, reference: String, money: Money, key: String) {
        self.refund = refund
        self.subject = subject
        self.reference = reference
        self.money = money
        self.key = key
    }
}

/// A payment as its provider has it.
public struct ProviderPayment: Sendable, Hashable {
    public enum State: Sendable, Hashable {
        /// To be paid by the buyer: with a secret for the provider's form in a shop's page, or on a page of the
        /// provider's.
        case open(clientSecret: String?, payUrl: String?)
        case succeeded(Money)
        /// This attempt will not be paid.
        case failed(reason: String)
        case cancelled
    }

    /// The provider's name for it.
    public let reference: String
    public let state: State
    /// What of it went back, or is on its way; nil where the provider does not say.
    public let refunded: Money?

    public init(reference: String, state: State, refunded: Money? = nil) {
        self.reference = reference
        self.state = state
        self.refunded = refunded
    }
}

/// A refund as its provider has it.
public struct ProviderRefund: Sendable, Hashable {
    public enum State: Sendable, Hashable {
        /// A message will say what became of it.
        case pending
        case succeeded
        case failed(reason: String)
    }

    public let reference: String
    public let state: State

    public init(reference: String, state: State) {
        self.reference = reference
        self.state = state
    }
}

/// Why a provider did not do it.
public struct ProviderError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Code: Sendable, Hashable {
        /// It may work later: no connection, no answer in time, an answer that says so, or the breaker is open.
        case later
        /// It never will: the provider says what is wrong with it.
        case never
        /// There is no such payment at the provider.
        case unknown
    }

    public let code: Code
    /// Nothing personal, no secrets.
    public let reason: String

    public init(_ code: Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    public var description: String { "\(code): \(reason)" }
}
