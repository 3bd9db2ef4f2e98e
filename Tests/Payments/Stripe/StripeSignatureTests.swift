internal import FoundationEssentials
internal import Runtime
internal import Sealing
internal import TestSupport
internal import Testing
internal import Wire

@testable internal import Payments

@Suite struct StripeSignatureTests {
    static let secret = "whsec_test_secret"
    static let body = #"{"id": "evt_1", "type": "ping", "data": {"object": {"name": "Zoë"}}}"#
    static let seconds = Sample.now.microseconds / 1_000_000

    private static func provider(_ secrets: String...) throws -> StripeProvider {
        let keys = try secrets.map { try HMACKey(Array($0.utf8)) }
        return StripeProvider(StripeAccount(key: Secret("sk"), webhookKeys: keys), caller: ScriptedCaller((500, "")))
    }

    static func signature(_ body: String, _ secret: String = secret, at seconds: Int64 = seconds) throws -> String {
        "\(try HMACKey(Array(secret.utf8)).code(for: Array("\(seconds).\(body)".utf8)))"
    }

    private static func webhook(_ header: String?, _ body: String = body, after: Duration = .zero) -> Webhook {
        Webhook(
            headers: header.map { ["stripe-signature": $0] } ?? [:], body: Array(body.utf8),
            receivedAt: Sample.now + after)
    }

    private static func good(_ secret: String = secret) throws -> String {
        "t=\(seconds),v1=\(try signature(body, secret))"
    }

    @Test func whatStripeSignedIsBelieved() throws {
        let provider = try Self.provider(Self.secret)
        #expect(try provider.read(Self.webhook(try Self.good())).id == "evt_1")
        let signature = try Self.signature(Self.body)
        for header in [
            "t=\(Self.seconds), v1=\(signature)", "v1=\(signature),t=\(Self.seconds)",
            "t=\(Self.seconds),v0=abc,v1=\(signature),v2=x",
            "t=\(Self.seconds),v1=00ff,v1=zz,v1=\(String(repeating: "a", count: 64)),v1=\(signature)",
        ] { #expect(try provider.read(Self.webhook(header)).id == "evt_1", "\(header)") }
    }

    @Test func anyOfTheSecretsMayHaveSigned() throws {
        let provider = try Self.provider("whsec_new", Self.secret)
        #expect(try provider.read(Self.webhook(try Self.good())).id == "evt_1")
        #expect(try provider.read(Self.webhook(try Self.good("whsec_new"))).id == "evt_1")
        #expect(refusal(of: Self.webhook(try Self.good("whsec_old")), by: provider) == .wrongSignature)
        #expect(refusal(of: Self.webhook(try Self.good()), by: try Self.provider()) == .wrongSignature)
    }

    @Test func whatIsForgedIsNot() throws {
        let provider = try Self.provider(Self.secret)
        let signature = try Self.signature(Self.body)
        // Another body: truncated, longer, written anew with the same meaning.
        for body in [
            String(Self.body.dropLast()), Self.body + " ", "", Self.body.replacing(": ", with: ":"),
            Self.body.replacing("ë", with: "\\u00eb"), Self.body.replacing("evt_1", with: "evt_2"),
        ] { #expect(refusal(of: Self.webhook(try Self.good(), body), by: provider) == .wrongSignature, "\(body)") }
        for header in [
            "t=\(Self.seconds + 1),v1=\(signature)", "t=0\(Self.seconds),v1=\(signature)",
            "t=\(Self.seconds),v1=\(signature.dropLast(2))", "t=\(Self.seconds),v1=\(signature)00",
            "t=\(Self.seconds),v1=\(try Self.signature(Self.body, "whsec_other"))",
        ] { #expect(refusal(of: Self.webhook(header), by: provider) == .wrongSignature, "\(header)") }
    }

    @Test func headersThatCannotBeRead() throws {
        let provider = try Self.provider(Self.secret)
        let signature = try Self.signature(Self.body)
        let none: [String?] = [
            nil, "", "t=\(Self.seconds)", "v1=\(signature)", "t=,v1=\(signature)", "t=x,v1=\(signature)",
            "t=-5,v1=\(signature)", "t=9999999999999,v1=\(signature)", "t=1,t=2,v1=\(signature)",
            "t=\(Self.seconds),v0=\(signature)", "t=\(Self.seconds),v1", "t=\(Self.seconds),v1=xyz",
            "t=\(Self.seconds),v1=\(signature)," + String(repeating: "a=b,", count: 2_000),
        ]
        for header in none {
            #expect(refusal(of: Self.webhook(header), by: provider) == .missingSignature, "\(header ?? "nil")")
        }
    }

    @Test func signaturesGetOld() throws {
        let provider = try Self.provider(Self.secret)
        let good = try Self.good()
        for age in [Duration.seconds(300), .seconds(-300)] {
            #expect(try provider.read(Self.webhook(good, after: age)).id == "evt_1")
        }
        for age in [Duration.seconds(300) + .microseconds(1), .seconds(-301), .seconds(86_400 * 365)] {
            #expect(refusal(of: Self.webhook(good, after: age), by: provider) == .stale)
        }
        // Forged and stale is forged.
        let forged = "t=\(Self.seconds - 1_000),v1=\(try Self.signature(Self.body))"
        #expect(refusal(of: Self.webhook(forged), by: provider) == .wrongSignature)
    }

    @Test func whatIsSignedMayStillBeNothing() throws {
        let provider = try Self.provider(Self.secret)
        for body in [
            "", "[]", "{}", "nonsense", #"{"id": "evt_1"}"#, #"{"id": "", "type": "x", "data": {"object": {}}}"#,
        ] {
            let header = "t=\(Self.seconds),v1=\(try Self.signature(body))"
            #expect(refusal(of: Self.webhook(header, body), by: provider) == .malformed, "\(body)")
        }
    }

    // MARK: Stripe's own library

    private func library(_ cases: [JSONValue]) throws -> [String] {
        let folder = try TemporaryFolder("signatures")
        let file = try folder.write(String(decoding: JSONValue.array(cases).bytes, as: UTF8.self), to: "cases.json")
        let outcome = try Tool.run(try Peers.python(), [Peers.script("signatures.py"), file])
        guard outcome.code == 0 else { throw Peers.Failure(description: outcome.error) }
        return try JSONValue(parsing: Array(outcome.output.utf8)).elements.compactMap(\.text)
    }

    /// Whatever its library signs, we believe; whatever we would sign, its library believes; and both refuse the same.
    @Test func agreesWithTheOfficialLibrary() async throws {
        try await onThread { [self] in
            let provider = try Self.provider("whsec_new", Self.secret)
            let now = Int64(Date().timeIntervalSince1970)
            let received = Timestamp(microseconds: now * 1_000_000)
            let bodies = [Self.body, "{}", #"{"id":"evt_2","type":"x","data":{"object":{}},"text":"\n\t€😀"}"#]

            let signed = try library(
                bodies.map { ["sign": .string(Self.secret), "time": .integer(now), "body": .string($0)] })
            #expect(signed.count == bodies.count)
            for (header, body) in zip(signed, bodies) {
                #expect(header == "t=\(now),v1=\(try Self.signature(body, at: now))")
                let webhook = Webhook(
                    headers: ["stripe-signature": header], body: Array(body.utf8), receivedAt: received)
                try StripeSignature.check(
                    webhook, [try HMACKey(Array(Self.secret.utf8))], tolerance: .seconds(300))
            }

            // The body, who signs, how long ago, and what is done to it on the way.
            let signature = try Self.signature(Self.body, at: now)
            let old = now - 1_000
            let vectors: [(name: String, header: String, body: String, isGood: Bool)] = [
                ("valid", "t=\(now),v1=\(signature)", Self.body, true),
                ("two signatures", "t=\(now),v1=\(String(repeating: "0", count: 64)),v1=\(signature)", Self.body, true),
                ("forged", "t=\(now),v1=\(try Self.signature(Self.body, "whsec_x", at: now))", Self.body, false),
                ("another time", "t=\(now - 1),v1=\(signature)", Self.body, false),
                ("stale", "t=\(old),v1=\(try Self.signature(Self.body, at: old))", Self.body, false),
                ("truncated", "t=\(now),v1=\(signature)", String(Self.body.dropLast(3)), false),
                ("re-encoded", "t=\(now),v1=\(signature)", Self.body.replacing(": ", with: ":"), false),
                ("escaped", "t=\(now),v1=\(signature)", Self.body.replacing("ë", with: "\\u00eb"), false),
                ("no version", "t=\(now),v0=\(signature)", Self.body, false),
                ("no time", "v1=\(signature)", Self.body, false),
            ]
            let verdicts = try library(
                vectors.map {
                    [
                        "check": .string(Self.secret), "header": .string($0.header), "body": .string($0.body),
                        "age": 300,
                    ]
                })
            #expect(verdicts.count == vectors.count)
            for (vector, verdict) in zip(vectors, verdicts) {
                #expect((verdict == "good") == vector.isGood, "\(vector.name): \(verdict)")
                let webhook = Webhook(
                    headers: ["stripe-signature": vector.header], body: Array(vector.body.utf8), receivedAt: received)
                let ours = (try? provider.read(webhook)) != nil
                #expect(ours == vector.isGood, "\(vector.name)")
            }
        }
    }
}
