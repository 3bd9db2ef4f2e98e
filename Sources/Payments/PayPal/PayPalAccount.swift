public import Certificates
public import Runtime

/// Where PayPal is, who we are there, and whom we believe to be it.
public struct PayPalAccount: Sendable {
    public var url = "https://api-m.paypal.com"
    public var client: String
    public var secret: Secret
    /// The ids of the webhooks that point here.
    public var webhooks: [String]
    /// Where certificates are fetched from.
    public var certificateHosts = ["api.paypal.com", "api-m.paypal.com"]
    /// The common names that they may have.
    public var certificateNames = ["messageverificationcerts.paypal.com"]
    /// Who may vouch for them.
    public var roots: CertificateRoots
    public var returnURL: String?
    public var cancelURL: String?

    public init(client: String, secret: Secret, webhooks: [String], roots: CertificateRoots) {
        self.client = client
        self.secret = secret
        self.webhooks = webhooks
        self.roots = roots
    }
}
