internal import Certificates
internal import HTTPClient
internal import Runtime
internal import Sealing
internal import TestSupport
internal import Testing
internal import Ticketing
internal import Wire

@testable internal import Payments

/// Webhooks that are signed as PayPal signs them, by certificates of an authority of the test's own.
@Suite struct PayPalWebhookTests {
    static let name = "messageverificationcerts.paypal.com"
    static let url = "https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-df8cd2d5"
    static let body: [UInt8] = Array(
        #"{"id": "WH-1", "event_type": "X.Y", "resource": {"id": "r", "name": "Zoë"}}"#.utf8)

    /// Keys take their time: one of each for all tests that need no other.
    private static let usual = Result {
        let authority = try TestAuthority()
        return (authority, try authority.issue("signer", subject: "/O=PayPal, Inc./CN=\(name)"))
    }

    /// PayPal's side, and ours.
    private struct Scene {
        let authority: TestAuthority
        let signer: TestAuthority.Identity
        let caller: ScriptedCaller
        let provider: PayPalProvider

        /// - Parameters:
        ///   - subject: of the signer's certificate; nil: PayPal's.
        ///   - answer: to whoever asks for a certificate; nil: the signer's chain.
        init(
            subject: String? = nil,
            answer: (@Sendable (HTTPCall) throws(HTTPCallError) -> HTTPAnswer)? = nil
        ) throws {
            let (authority, usual) = try PayPalWebhookTests.usual.get()
            let signer = try subject.map { try authority.issue("another", subject: $0) } ?? usual
            let chain = try signer.certificate + authority.middle
            self.authority = authority
            self.signer = signer
            caller = ScriptedCaller { call throws(HTTPCallError) in
                if let answer { return try answer(call) }
                return HTTPAnswer(status: 200, headers: [], body: chain)
            }
            provider = PayPalProvider(
                PayPalAccount(
                    client: "c", secret: Secret("s"), webhooks: ["WH-OLD", "WH-OURS"],
                    roots: try CertificateRoots(pem: try authority.root)), caller: caller)
        }

        func webhook(
            _ body: [UInt8] = PayPalWebhookTests.body, by other: TestAuthority.Identity? = nil,
            for webhook: String = "WH-OURS",
            after: Duration = .zero, _ change: (inout [String: String]) -> Void = { _ in }
        ) throws -> Webhook {
            let (id, time) = ("69cd13f0-d67a-11e5-baa3-778b53f4ae55", "2026-01-01T00:00:00Z")
            let signature = try (other ?? signer).sign(Array("\(id)|\(time)|\(webhook)|\(CRC32.of(body))".utf8))
            var headers = [
                "paypal-transmission-id": id, "paypal-transmission-time": time,
                "paypal-transmission-sig": Base64.encode(signature, .standard), "paypal-auth-algo": "SHA256withRSA",
                "paypal-cert-url": PayPalWebhookTests.url,
            ]
            change(&headers)
            return Webhook(headers: headers, body: body, receivedAt: SystemTime().wall + after)
        }
    }

    @Test func theSumIsTheRightOne() {
        #expect(CRC32.of(Array("123456789".utf8)) == 0xCBF4_3926)
        #expect(CRC32.of([]) == 0)
    }

    @Test func whatPayPalSignedIsBelieved() async throws {
        try await onThread {
            let scene = try Scene()
            #expect(try scene.provider.read(try scene.webhook()).id == "WH-1")
            // An older webhook's, or sent again after days: the same certificate, which is fetched once.
            #expect(try scene.provider.read(try scene.webhook(for: "WH-OLD")).id == "WH-1")
            #expect(try scene.provider.read(try scene.webhook(after: .seconds(3 * 86_400))).id == "WH-1")
            #expect(scene.caller.calls.map(\.url) == [Self.url])
            #expect(scene.caller.calls[0].headers.isEmpty)
        }
    }

    @Test func whatIsForgedIsNot() async throws {
        try await onThread {
            let scene = try Scene()
            let good = try scene.webhook()
            let stranger = try scene.authority.issue("stranger", subject: "/CN=\(Self.name)")
            for webhook in [
                Webhook(headers: good.headers, body: good.body + [0x20], receivedAt: good.receivedAt),
                Webhook(headers: good.headers, body: Array(good.body.dropLast()), receivedAt: good.receivedAt),
                Webhook(headers: good.headers, body: [], receivedAt: good.receivedAt),
                Webhook(
                    headers: good.headers, body: try JSONValue(parsing: good.body).bytes, receivedAt: good.receivedAt),
                try scene.webhook(for: "WH-ANOTHERS"), try scene.webhook(by: stranger),
                try scene.webhook { $0["paypal-transmission-id"] = "other" },
                try scene.webhook { $0["paypal-transmission-time"] = "2026-01-01T00:00:01Z" },
                try scene.webhook { $0["paypal-transmission-sig"] = "AAAA" },
                try scene.webhook { $0["paypal-transmission-sig"] = "!" },
                try scene.webhook { $0["paypal-auth-algo"] = "SHA1withRSA" },
            ] { #expect(refusal(of: webhook, by: scene.provider) == .wrongSignature) }
        }
    }

    @Test(arguments: [
        "paypal-transmission-id", "paypal-transmission-time", "paypal-transmission-sig", "paypal-auth-algo",
        "paypal-cert-url",
    ])
    func withoutAHeader(name: String) async throws {
        try await onThread {
            let scene = try Scene()
            #expect(refusal(of: try scene.webhook { $0[name] = nil }, by: scene.provider) == .missingSignature)
            #expect(refusal(of: try scene.webhook { $0[name] = "" }, by: scene.provider) == .missingSignature)
            let long = String(repeating: "a", count: 3_000)
            #expect(refusal(of: try scene.webhook { $0[name] = long }, by: scene.provider) == .missingSignature)
            #expect(scene.caller.calls.isEmpty)
        }
    }

    // MARK: The certificate

    @Test func certificatesComeFromPayPalAlone() async throws {
        try await onThread {
            let scene = try Scene()
            for url in [
                "http://api.paypal.com/v1/notifications/certs/CERT-1",
                "https://evil.test/v1/notifications/certs/CERT-1",
                "https://api.paypal.com.evil.test/v1/notifications/certs/CERT-1",
                "https://api.paypal.com@evil.test/v1/notifications/certs/CERT-1",
                "https://evil.test/https://api.paypal.com/v1/notifications/certs/CERT-1",
                "https://api.paypal.com:8443/v1/notifications/certs/CERT-1",
                "https://api.paypal.com/v1/notifications/certs/../../oauth/CERT-1",
                "https://api.paypal.com/v1/notifications/certs/CERT-1?x=y",
                "https://api.paypal.com/v1/notifications/certs/CERT-1#x",
                "https://api.paypal.com/v1/notifications/certs/", "https://api.paypal.com/v1/other/CERT-1",
                "HTTPS://API.PAYPAL.COM/v1/notifications/certs/CERT-1", "file:///etc/passwd", "x",
            ] {
                let webhook = try scene.webhook { $0["paypal-cert-url"] = url }
                #expect(refusal(of: webhook, by: scene.provider) == .wrongSignature, "\(url)")
            }
            #expect(scene.caller.calls.isEmpty)
        }
    }

    @Test func certificatesThatAreNotBelieved() async throws {
        try await onThread {
            // Another's name; nobody known vouches; the chain has a gap; no certificate at all.
            let named = try Scene(subject: "/CN=www.paypal.com")
            #expect(refusal(of: try named.webhook(), by: named.provider) == .wrongSignature)
            let stranger = try TestAuthority()
            let forger = try stranger.issue("forger", subject: "/CN=\(Self.name)")
            let forged = try forger.certificate + stranger.middle
            for body in [forged, try forger.certificate, Array("<html>".utf8), []] {
                let scene = try Scene(answer: { _ in HTTPAnswer(status: 200, headers: [], body: body) })
                #expect(refusal(of: try scene.webhook(by: forger), by: scene.provider) == .wrongSignature)
            }
            let own = try Scene()
            let alone = try own.signer.certificate
            let gap = try Scene(answer: { _ in HTTPAnswer(status: 200, headers: [], body: alone) })
            #expect(refusal(of: try gap.webhook(by: own.signer), by: gap.provider) == .wrongSignature)
        }
    }

    @Test func aCertificateThatHasEndedIsNotBelieved() async throws {
        try await onThread {
            let scene = try Scene()
            let late = try scene.webhook(after: .seconds(21 * 86_400))
            #expect(refusal(of: late, by: scene.provider) == .wrongSignature)
            // Nor one that was good when it was fetched.
            let other = try Scene()
            #expect(try other.provider.read(try other.webhook()).id == "WH-1")
            #expect(refusal(of: try other.webhook(after: .seconds(21 * 86_400)), by: other.provider) == .wrongSignature)
            #expect(other.caller.calls.count == 2)
        }
    }

    @Test func aCertificateThatCannotBeHad() async throws {
        try await onThread {
            let results: [Result<HTTPAnswer, HTTPCallError>] = [
                .success(HTTPAnswer(status: 404, headers: [], body: [])),
                .success(HTTPAnswer(status: 503, headers: [], body: [])),
                .failure(HTTPCallError(.timeout, "x", mayHaveArrived: true)),
            ]
            for result in results {
                let scene = try Scene(answer: { _ throws(HTTPCallError) in try result.get() })
                #expect(refusal(of: try scene.webhook(), by: scene.provider) == .unavailable)
                // Not asked again at once, but after a while.
                #expect(refusal(of: try scene.webhook(after: .seconds(50)), by: scene.provider) == .unavailable)
                #expect(scene.caller.calls.count == 1)
                #expect(refusal(of: try scene.webhook(after: .seconds(70)), by: scene.provider) == .unavailable)
                #expect(scene.caller.calls.count == 2)
            }
        }
    }

    @Test func strangersCannotMakeUsFetchWithoutEnd() async throws {
        try await onThread {
            let scene = try Scene(answer: { _ in HTTPAnswer(status: 404, headers: [], body: []) })
            for number in 0..<30 {
                let webhook = try scene.webhook { $0["paypal-cert-url"] = Self.url + "\(number)" }
                #expect(refusal(of: webhook, by: scene.provider) == .unavailable)
            }
            #expect(scene.caller.calls.count == 10)
            let later = try scene.webhook(after: .seconds(65)) { $0["paypal-cert-url"] = Self.url + "x" }
            #expect(refusal(of: later, by: scene.provider) == .unavailable)
            #expect(scene.caller.calls.count == 11)
        }
    }
}
