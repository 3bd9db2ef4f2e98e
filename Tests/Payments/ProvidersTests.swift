internal import HTTPClient
internal import Runtime
internal import TestSupport
internal import Testing

@testable internal import Payments

@Suite struct ProvidersTests {
    private func section(_ environment: [String: String]) throws -> PaymentsSection {
        let variables = Dictionary(uniqueKeysWithValues: environment.map { ("TURNSTILE_PAYMENTS_\($0.key)", $0.value) })
        return try Settings.load(file: nil, environment: variables, sections: [PaymentsSection.self])[
            PaymentsSection.self]
    }

    private let stripe = ["STRIPE_KEY": "sk_test_hunter2", "STRIPE_WEBHOOK_SECRETS": "whsec_hunter2, whsec_b"]
    private let paypal = ["PAYPAL_CLIENT": "c", "PAYPAL_SECRET": "hunter2", "PAYPAL_WEBHOOKS": "WH-1, WH-2"]

    private func providers(
        _ environment: [String: String], _ caller: ScriptedCaller = ScriptedCaller((500, "")),
        metrics: Metrics = Metrics(), time: ManualTime = ManualTime()
    ) throws -> Providers {
        try Providers(
            try section(environment), caller: caller, metrics: BreakerMetrics(metrics), time: time)
    }

    @Test func noneUnlessTheyAreNamed() throws {
        let none = try providers(stripe.merging(paypal) { first, _ in first })
        #expect(none.names.isEmpty && none["stripe"] == nil)
        let both = try providers(
            stripe.merging(paypal) { first, _ in first }.merging(["PROVIDERS": "stripe, paypal"]) { $1 })
        #expect(both.names == ["paypal", "stripe"])
        #expect(both["stripe"]?.name == "stripe" && both["paypal"]?.name == "paypal" && both["other"] == nil)
    }

    @Test func theSandboxIsOneWhereThereIsOne() throws {
        func names(_ listed: String, _ environment: [String: String]) throws -> [String] {
            let variables = Dictionary(
                uniqueKeysWithValues: environment.map { ("TURNSTILE_SANDBOX_\($0.key)", $0.value) })
            let settings = try Settings.load(file: nil, environment: variables, sections: [SandboxSection.self])
            let section = try section(stripe.merging(["PROVIDERS": listed]) { $1 })
            return try Providers(
                section, sandbox: settings[SandboxSection.self], caller: ScriptedCaller((500, "")),
                metrics: BreakerMetrics(Metrics())
            ).names
        }
        let sandbox = ["KEY": "k", "WEBHOOK_SECRETS": "s, t"]
        #expect(try names("", [:]).isEmpty)
        #expect(try names("", sandbox) == ["sandbox"])
        #expect(try names("sandbox,stripe", sandbox) == ["sandbox", "stripe"])
        for (listed, environment) in [
            ("sandbox", [:]), ("", ["KEY": "k"]), ("", ["KEY": "k", "WEBHOOK_SECRETS": ", "]),
        ] {
            let error = try #require(throws: ProvidersError.self) { try names(listed, environment) }
            #expect("\(error)".contains("sandbox.key"), "\(error)")
        }
    }

    @Test func whatIsMissingIsSaid() throws {
        for (environment, word) in [
            (["PROVIDERS": "bank"], "bank"), (["PROVIDERS": "stripe"], "stripeKey"),
            (["PROVIDERS": "stripe", "STRIPE_KEY": "sk_1"], "stripeWebhookSecrets"),
            (["PROVIDERS": "stripe", "STRIPE_KEY": "sk_1", "STRIPE_WEBHOOK_SECRETS": " , "], "stripeWebhookSecrets"),
            (["PROVIDERS": "paypal"], "paypalClient"),
            (["PROVIDERS": "paypal", "PAYPAL_CLIENT": "c", "PAYPAL_SECRET": "s"], "paypalWebhooks"),
            (paypal.merging(["PROVIDERS": "paypal", "PAYPAL_ROOTS": "/nowhere.pem"]) { $1 }, "/nowhere.pem"),
        ] {
            let error = try #require(throws: ProvidersError.self) { try providers(environment) }
            #expect("\(error)".contains(word), "\(error)")
        }
    }

    @Test func settingsThatCannotBe() throws {
        for (name, value) in [
            ("STRIPE_URL", "ftp://x"), ("STRIPE_URL", "https://api.stripe.com/"), ("PAYPAL_URL", "https://a b"),
            ("AUTHORITIES", "ca.pem"), ("STRIPE_METHODS", "cash"), ("PAYPAL_RETURN_URL", "shop"),
        ] { #expect(throws: SettingsError.self, "\(name)=\(value)") { try section([name: value]) } }
    }

    @Test func theSectionIsHeard() throws {
        let section = try section([
            "CONNECT_TIMEOUT": "2s", "TIMEOUT": "7s", "CALLS_UNDER_WAY": "3", "PROXY": "http://p:1",
            "AUTHORITIES": "/ca.pem", "BREAKER_FAILURES": "2", "BREAKER_FIRST_PAUSE": "5s",
            "BREAKER_LONGEST_PAUSE": "1s",
        ])
        let client = HTTPClient.Options(section)
        #expect(client.connectTimeout == .seconds(2) && client.timeout == .seconds(7) && client.callsUnderWay == 3)
        #expect(client.proxy == "http://p:1" && client.authorities == "/ca.pem")
        let breaker = CircuitBreaker.Options(section)
        #expect(breaker.failures == 2 && breaker.firstPause == .seconds(5) && breaker.longestPause == .seconds(5))
        let usual = HTTPClient.Options(PaymentsSection.defaults)
        #expect(usual.proxy == nil && usual.authorities == nil)
    }

    @Test func secretsAreNotShown() throws {
        let section = try section(stripe.merging(paypal) { first, _ in first })
        #expect(!"\(section)".contains("hunter2"))
        var text = ""
        dump(section, to: &text)
        #expect(!text.contains("hunter2"))
    }

    /// Of one that does not answer, the others take no harm.
    @Test func eachHasABreakerOfItsOwn() throws {
        let metrics = Metrics()
        let environment = stripe.merging(paypal) { first, _ in first }.merging(
            ["PROVIDERS": "stripe,paypal", "BREAKER_FAILURES": "2"]) { $1 }
        let caller = ScriptedCaller((503, ""))
        let all = try providers(environment, caller, metrics: metrics)
        let stripe = try #require(all["stripe"])
        for _ in 0..<5 { #expect(try refusal { () throws(ProviderError) in try stripe.fetch("pi_1") }.code == .later) }
        #expect(caller.calls.count == 2)
        let text = String(decoding: metrics.text(), as: UTF8.self)
        #expect(text.contains("turnstile_breaker_state{to=\"stripe\"} 2"))
        #expect(text.contains("turnstile_breaker_state{to=\"paypal\"} 0"))
    }
}
