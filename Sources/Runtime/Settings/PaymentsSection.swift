/// The section `payments`.
public struct PaymentsSection: SettingsSection {
    public static let name = "payments"
    public static let documentation = """
        Payment providers: one account at each for the whole installation.
        """

    /// How Stripe finds out what a buyer can pay with.
    public enum StripeMethods: String, Sendable, CaseIterable {
        /// What the account's dashboard allows, by country and amount.
        case automatic
        case card
    }

    public let providers: [String]
    public let httpPort: Int
    public let firstLook: Duration

    public let connectTimeout: Duration
    public let timeout: Duration
    public let callsUnderWay: Int
    public let authorities: String
    public let proxy: String
    public let breakerFailures: Int
    public let breakerFirstPause: Duration
    public let breakerLongestPause: Duration

    public let stripeURL: String
    public let stripeKey: Secret?
    public let stripeWebhookSecrets: Secret?
    public let stripeTolerance: Duration
    public let stripeMethods: StripeMethods

    public let paypalURL: String
    public let paypalClient: String
    public let paypalSecret: Secret?
    public let paypalWebhooks: [String]
    public let paypalCertificateHosts: [String]
    public let paypalCertificateNames: [String]
    public let paypalRoots: String
    public let paypalReturnURL: String
    public let paypalCancelURL: String

    public init(_ read: SectionReader) {
        providers = Self.list(
            read.text(
                "providers", default: "", length: 0...255,
                """
                Those that a checkout may name, with commas between them: stripe, paypal; and the sandbox where there \
                is one.
                """
            ))

        firstLook = read.duration(
            "firstLook", default: .seconds(60), in: .milliseconds(100) ... .seconds(3_600),
            """
            After how long a payment is asked for at its provider, since its message may have been lost; again after \
            5, 15, 60 and 1,440 times as long.
            """)
        httpPort = read.integer(
            "httpPort", default: 0, in: 0...65_535,
            "Where a payments worker serves /healthz, /readyz and /metrics on loopback; 0 for nowhere.")
        connectTimeout = read.duration(
            "connectTimeout", default: .seconds(5), in: .milliseconds(100) ... .seconds(60),
            "How long a connection to a provider may take, TLS included.")
        timeout = read.duration(
            "timeout", default: .seconds(20), in: .milliseconds(100) ... .seconds(120),
            "How long a provider may take to answer.")
        callsUnderWay = read.integer(
            "callsUnderWay", default: 64, in: 1...1_000, unit: "calls",
            "Calls to providers that one process has under way at most.")
        authorities = read.text(
            "authorities", default: "", length: 0...4_096, form: Self.path,
            "A file of those who may vouch for providers (PEM); empty: whom the system trusts.")
        proxy = read.text(
            "proxy", default: "", length: 0...255,
            "A proxy between here and the providers, such as http://10.0.0.1:3128. The environment's are not used.")
        breakerFailures = read.integer(
            "breakerFailures", default: 5, in: 1...1_000, unit: "calls",
            "After how many calls in a row that failed a provider is left alone for a while.")
        breakerFirstPause = read.duration(
            "breakerFirstPause", default: .seconds(1), in: .milliseconds(10) ... .seconds(600),
            "For how long; each time that it fails again right after, for twice as long.")
        breakerLongestPause = read.duration(
            "breakerLongestPause", default: .seconds(60), in: .milliseconds(10) ... .seconds(3_600),
            "The longest of these pauses.")

        stripeURL = read.text(
            "stripeURL", default: "https://api.stripe.com", length: 8...255, form: Self.url, "Where Stripe is.")
        stripeKey = read.secret("stripeKey", "Stripe's secret key: sk_… or rk_….")
        stripeWebhookSecrets = read.secret(
            "stripeWebhookSecrets",
            """
            What Stripe signs webhooks with: whsec_…; several with commas between them, while one takes another's \
            place.
            """)
        stripeTolerance = read.duration(
            "stripeTolerance", default: .seconds(300), in: .seconds(10) ... .seconds(3_600),
            "How old a signature of Stripe's may be.")
        stripeMethods = read.choice(
            "stripeMethods", default: .automatic,
            "What buyers can pay with: what Stripe's dashboard says, or cards alone.")

        paypalURL = read.text(
            "paypalURL", default: "https://api-m.paypal.com", length: 8...255, form: Self.url,
            "Where PayPal is; its sandbox is https://api-m.sandbox.paypal.com.")
        paypalClient = read.text("paypalClient", default: "", length: 0...255, "The client id of the REST app.")
        paypalSecret = read.secret("paypalSecret", "The REST app's secret.")
        paypalWebhooks = Self.list(
            read.text(
                "paypalWebhooks", default: "", length: 0...1_024,
                "The ids of the webhooks that point here, with commas between them. Signatures cover them."))
        paypalCertificateHosts = Self.list(
            read.text(
                "paypalCertificateHosts", default: "api.paypal.com, api-m.paypal.com", length: 1...1_024,
                """
                Where the certificates that vouch for webhooks are fetched from, and nowhere else; with commas between \
                them. The sandbox's is api.sandbox.paypal.com.
                """))
        paypalCertificateNames = Self.list(
            read.text(
                "paypalCertificateNames", default: "messageverificationcerts.paypal.com", length: 1...1_024,
                """
                The common names that those certificates may have. The sandbox's is \
                messageverificationcerts.sandbox.paypal.com.
                """))
        paypalRoots = read.text(
            "paypalRoots", default: "/etc/ssl/certs/ca-certificates.crt", length: 1...4_096, form: Self.path,
            "A file of those who may vouch for them (PEM).")
        paypalReturnURL = read.text(
            "paypalReturnURL", default: "", length: 0...1_024, form: Self.urlOrNothing,
            "Where PayPal sends a buyer who has paid; empty: as the REST app says.")
        paypalCancelURL = read.text(
            "paypalCancelURL", default: "", length: 0...1_024, form: Self.urlOrNothing,
            "Where PayPal sends a buyer who has not.")
    }

    /// What stands between commas.
    private static func list(_ text: String) -> [String] {
        text.split(separator: ",").map { part in
            let begun = part.drop { $0 == " " }
            return String(begun.prefix { $0 != " " })
        }
        .filter { !$0.isEmpty }
    }

    private typealias TextForm = (words: String, isGood: (String) -> Bool)

    private static var path: TextForm {
        ("that is empty or an absolute path", { $0.isEmpty || $0.first == "/" })
    }

    private static var url: TextForm {
        ("that is an http or https URL without a slash at its end", { isURL($0) && $0.last != "/" })
    }

    private static var urlOrNothing: TextForm {
        ("that is empty or an http or https URL", { $0.isEmpty || isURL($0) })
    }

    private static func isURL(_ text: String) -> Bool {
        (text.hasPrefix("https://") || text.hasPrefix("http://")) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }
}
