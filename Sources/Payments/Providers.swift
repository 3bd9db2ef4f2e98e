internal import Certificates
public import HTTPClient
public import Runtime
internal import Sealing

/// The providers of this installation, by name, as the section `payments` has them, and the sandbox where there is one.
/// Each is asked through a breaker of its own, and all through one client.
public struct Providers: Sendable {
    /// Those that there can be.
    public enum Name: String, Sendable, CaseIterable {
        case sandbox
        case stripe
        case paypal
    }

    /// What each is made from.
    struct Parts {
        let section: PaymentsSection
        let sandboxSection: SandboxSection
        /// Through the breaker.
        let caller: any HTTPCaller
        let time: any TimeSource
    }

    private let all: [String: any PaymentProvider]

    /// - Parameter sandbox: with a key, it is a provider whatever the section `payments` names.
    /// - Throws: what is missing or wrong in the settings.
    public init(
        _ section: PaymentsSection, sandbox: SandboxSection = .defaults, caller: any HTTPCaller,
        metrics: BreakerMetrics,
        time: any TimeSource = SystemTime()
    ) throws(ProvidersError) {
        var all: [String: any PaymentProvider] = [:]
        let isBeside = sandbox.key != nil && !section.providers.contains(Name.sandbox.rawValue)
        for text in section.providers + (isBeside ? [Name.sandbox.rawValue] : []) {
            guard let name = Name(rawValue: text) else {
                throw ProvidersError("payments.providers: there is no provider “\(text)”")
            }
            let breaking = BreakingCaller(
                caller, name: text, CircuitBreaker.Options(section), metrics: metrics, time: time)
            all[text] = try Self.make(
                name, Parts(section: section, sandboxSection: sandbox, caller: breaking, time: time))
        }
        self.all = all
    }

    /// For tests, and for whoever has others.
    public init(_ providers: [any PaymentProvider]) {
        all = Dictionary(providers.map { ($0.name, $0) }) { first, _ in first }
    }

    /// nil for one that there is not, or that is not switched on.
    public subscript(name: String) -> (any PaymentProvider)? { all[name] }

    public var names: [String] { all.keys.sorted() }

    private static func make(_ name: Name, _ parts: Parts) throws(ProvidersError) -> any PaymentProvider {
        switch name {
        case .sandbox: try parts.sandbox()
        case .stripe: try parts.stripe()
        case .paypal: try parts.paypal()
        }
    }
}

/// What the settings lack.
public struct ProvidersError: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}

extension Providers.Parts {
    func sandbox() throws(ProvidersError) -> any PaymentProvider {
        let provider: SandboxProvider?
        do { provider = try SandboxProvider(sandboxSection, caller: caller) } catch {
            throw ProvidersError("sandbox.webhookSecrets: \(error)")
        }
        guard let provider else { throw ProvidersError("sandbox.key and sandbox.webhookSecrets must be set") }
        return provider
    }

    func stripe() throws(ProvidersError) -> any PaymentProvider {
        guard let key = section.stripeKey else { throw ProvidersError("payments.stripeKey is not set") }
        let secrets = (section.stripeWebhookSecrets?.exposed ?? "").split { $0 == "," || $0 == " " }
        guard !secrets.isEmpty else { throw ProvidersError("payments.stripeWebhookSecrets is not set") }
        var keys: [HMACKey] = []
        for secret in secrets {
            do throws(SealingError) { keys.append(try HMACKey(Array(secret.utf8))) } catch {
                throw ProvidersError("payments.stripeWebhookSecrets: \(error)")
            }
        }
        var account = StripeAccount(key: key, webhookKeys: keys)
        account.url = section.stripeURL
        account.tolerance = section.stripeTolerance
        account.methods = section.stripeMethods
        return StripeProvider(account, caller: caller)
    }

    func paypal() throws(ProvidersError) -> any PaymentProvider {
        guard let secret = section.paypalSecret, !section.paypalClient.isEmpty else {
            throw ProvidersError("payments.paypalClient and payments.paypalSecret must be set")
        }
        guard !section.paypalWebhooks.isEmpty else { throw ProvidersError("payments.paypalWebhooks is not set") }
        var account = PayPalAccount(
            client: section.paypalClient, secret: secret, webhooks: section.paypalWebhooks, roots: try roots())
        account.url = section.paypalURL
        account.certificateHosts = section.paypalCertificateHosts
        account.certificateNames = section.paypalCertificateNames
        account.returnURL = section.paypalReturnURL.isEmpty ? nil : section.paypalReturnURL
        account.cancelURL = section.paypalCancelURL.isEmpty ? nil : section.paypalCancelURL
        return PayPalProvider(account, caller: caller, time: time)
    }

    private func roots() throws(ProvidersError) -> CertificateRoots {
        let bytes: [UInt8]
        do { bytes = try SmallFile.read(section.paypalRoots, limit: 4 << 20) } catch {
            throw ProvidersError("payments.paypalRoots: \(section.paypalRoots): \(error.reason)")
        }
        do throws(CertificateError) { return try CertificateRoots(pem: bytes) } catch {
            throw ProvidersError("payments.paypalRoots: \(section.paypalRoots): \(error)")
        }
    }
}

extension CircuitBreaker.Options {
    /// How the section `payments` wants a provider to be left alone.
    public init(_ section: PaymentsSection) {
        self.init()
        failures = section.breakerFailures
        firstPause = section.breakerFirstPause
        longestPause = max(section.breakerFirstPause, section.breakerLongestPause)
    }
}

extension HTTPClient.Options {
    /// How the section `payments` wants the client for all providers to be.
    public init(_ section: PaymentsSection) {
        self.init()
        connectTimeout = section.connectTimeout
        timeout = section.timeout
        callsUnderWay = section.callsUnderWay
        authorities = section.authorities.isEmpty ? nil : section.authorities
        proxy = section.proxy.isEmpty ? nil : section.proxy
    }
}
