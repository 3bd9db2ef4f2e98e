public import Runtime
public import Ticketing

/// What somebody posted who says that he is a provider.
public struct Webhook: Sendable {
    /// By lower-case name.
    public let headers: [String: String]
    public let body: [UInt8]
    public let receivedAt: Timestamp

    public init(headers: [String: String], body: [UInt8], receivedAt: Timestamp) {
        self.headers = headers
        self.body = body
        self.receivedAt = receivedAt
    }
}

/// Why a webhook is not believed, in words for its sender.
public struct WebhookRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Code: String, Sendable, Hashable, CaseIterable {
        case missingSignature = "missing-signature"
        case wrongSignature = "wrong-signature"
        case stale
        /// Signed, and yet not what the provider sends.
        case malformed
        /// What is needed to check it cannot be had at the moment.
        case unavailable
    }

    public let code: Code
    public let reason: String

    public init(_ code: Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    public var description: String { "\(code.rawValue): \(reason)" }
}

/// What a provider tells, once or several times, in any order.
public struct ProviderMessage: Sendable, Hashable {
    /// The provider's id for it: the same again is the same message.
    public let id: String
    public let about: About
    public let news: News

    public init(id: String, about: About, news: News) {
        self.id = id
        self.about = about
        self.news = news
    }

    /// What it is about, as far as the message says.
    public struct About: Sendable, Hashable {
        /// From the ids that were kept beside the payment; nil where the message does not carry them.
        public let subject: PaymentSubject?
        /// The payment's, at the provider; nil where the message is about no payment.
        public let reference: String?

        public init(subject: PaymentSubject?, reference: String?) {
            self.subject = subject
            self.reference = reference
        }
    }

    public enum News: Sendable, Hashable {
        case payment(PaymentResult)
        /// A refund of ours; nil for one that was made on the provider's own page.
        case refund(RefundId?, reference: String, Money, RefundResult)
        case dispute(reference: String, Money, Dispute)
        /// Of no interest, and answered all the same.
        case other(kind: String)
    }

    public enum Dispute: Sendable, Hashable {
        /// The money is gone until it is settled.
        case opened
        case won
        case lost
    }
}
