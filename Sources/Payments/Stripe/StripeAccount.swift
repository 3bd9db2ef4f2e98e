public import Runtime
public import Sealing

/// Where Stripe is, and who we are there.
public struct StripeAccount: Sendable {
    public var url = "https://api.stripe.com"
    public var key: Secret
    /// Any of them may have signed: two while one takes another's place.
    public var webhookKeys: [HMACKey]
    public var tolerance: Duration = .seconds(300)
    public var methods = PaymentsSection.StripeMethods.automatic

    /// What answers look like is fixed by it, whatever the account's own version is.
    static let version = "2024-06-20"

    public init(key: Secret, webhookKeys: [HMACKey]) {
        self.key = key
        self.webhookKeys = webhookKeys
    }
}
