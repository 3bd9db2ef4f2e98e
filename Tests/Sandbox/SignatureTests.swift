internal import HTTPClient
internal import Payments
internal import Runtime
internal import TestSupport
internal import Testing
internal import Ticketing
internal import Wire

/// Whom the provider believes.
@Suite struct SignatureTests {
    private struct Nobody: HTTPCaller {
        func send(_ call: HTTPCall) throws(HTTPCallError) -> HTTPAnswer {
            throw HTTPCallError(.unreachable, "nobody is asked", mayHaveArrived: false)
        }
    }

    private static let now = Timestamp(microseconds: 1_764_313_200_000_000)

    private static func provider(_ secrets: String = "old,new") throws -> SandboxProvider {
        let settings = try Settings.load(
            file: nil,
            environment: ["TURNSTILE_SANDBOX_KEY": "k", "TURNSTILE_SANDBOX_WEBHOOK_SECRETS": secrets],
            sections: [SandboxSection.self])
        return try #require(try SandboxProvider(settings[SandboxSection.self], caller: Nobody()))
    }

    private static func body(
        _ type: String = "payment.succeeded", event: EventId? = nil, id: String = "msg_1"
    ) -> [UInt8] {
        let subject = ProviderTests.subject()
        let payment = ScopedId(event ?? subject.event, subject.payment)
        let reservation = ScopedId(subject.event, subject.reservation)
        return Array(
            """
            {"id":"\(id)","type":"\(type)","payment":{"reference":"sbx_1","status":"succeeded",
            "subject":{"tenant":"\(subject.tenant.text)","event":"\(subject.event.text)",
            "payment":"\(payment.text)","reservation":"\(reservation.text)"},
            "amount":1999,"captured":1999,"refunded":0,"currency":"EUR"}}
            """.utf8)
    }

    private static func sign(
        _ body: [UInt8], with secret: String = "new", at time: Timestamp = now
    ) throws -> String {
        try #require(try SandboxSignature([Secret(secret)])).value(for: body, at: time)
    }

    private static func read(
        _ body: [UInt8], _ signature: String?, at time: Timestamp = now, secrets: String = "old,new"
    ) throws -> Result<ProviderMessage, WebhookRefusal> {
        let provider = try provider(secrets)
        do throws(WebhookRefusal) {
            let headers = signature.map { [SandboxSignature.header: $0] } ?? [:]
            return .success(try provider.read(Webhook(headers: headers, body: body, receivedAt: time)))
        } catch {
            return .failure(error)
        }
    }

    private static func refusal(
        _ body: [UInt8], _ signature: String?, at time: Timestamp = now
    ) throws -> WebhookRefusal.Code? {
        guard case .failure(let refusal) = try read(body, signature, at: time) else { return nil }
        return refusal.code
    }

    /// Computed with another implementation (Python's hmac): secret `new`, time 1764313200, body `{}`.
    @Test func itIsWhatOthersCompute() throws {
        let value = try Self.sign(Array("{}".utf8))
        #expect(value == "t=1764313200,v1=" + Self.known)
    }

    private static let known = "2d72cd0cebe653c17b9657fad0b577e172d8852ea9bec202d5bb738c4f0a49af"

    @Test(arguments: ["old", "new"])
    func anyOfTheSecretsIsBelieved(secret: String) throws {
        let message = try Self.read(Self.body(), try Self.sign(Self.body(), with: secret)).get()
        #expect(message.id == "msg_1" && message.about.subject == ProviderTests.subject())
    }

    @Test func severalCodesAreTried() throws {
        let (one, other) = (try Self.sign(Self.body(), with: "gone"), try Self.sign(Self.body()))
        let both = one + "," + other.split(separator: ",")[1]
        #expect(try Self.refusal(Self.body(), both) == nil)
    }

    @Test func strangersAreNotBelieved() throws {
        let body = Self.body()
        #expect(try Self.refusal(body, nil) == .missingSignature)
        #expect(try Self.refusal(body, try Self.sign(body, with: "stolen")) == .wrongSignature)
        let good = try Self.sign(body)
        // Cut off, changed, written otherwise.
        #expect(try Self.refusal(Array(body.dropLast()), good) == .wrongSignature)
        #expect(try Self.refusal(body + [0x20], good) == .wrongSignature)
        #expect(try Self.refusal(body.filter { $0 != 0x0A }, good) == .wrongSignature)
        #expect(try Self.refusal([], good) == .wrongSignature)
        var changed = body
        changed[20] ^= 1
        #expect(try Self.refusal(changed, good) == .wrongSignature)
        #expect(try Self.refusal(body, good.replacing("t=1764313200", with: "t=1764313201")) == .wrongSignature)
        #expect(try Self.refusal(body, good.replacing("t=1764313200", with: "t=01764313200")) == .wrongSignature)
    }

    @Test func aHeaderOfAnotherFormIsNoSignature() throws {
        let good = try Self.sign(Self.body())
        let code = String(good.split(separator: ",")[1])
        for header in [
            "", "t=1764313200", code, "t=,\(code)", "t=x,\(code)", "t=-1,\(code)", "t=1764313200,t=1764313200,\(code)",
            "t=1764313200,v1=", "t=1764313200,v1=zz", "t=1764313200,\(code.dropLast(2))", "t=1764313200, \(code)",
            "t=1764313200,v0=\(code.dropFirst(3))", good + ",", good + ",v2=00",
            good + String(repeating: "," + code, count: 16), String(repeating: "a", count: 5_000),
        ] {
            #expect(try Self.refusal(Self.body(), header) == .wrongSignature, "\(header.prefix(100))")
        }
    }

    @Test func whatIsOldOrOfTheFutureIsStale() throws {
        let body = Self.body()
        for seconds in [-300, 0, 300] {
            #expect(try Self.refusal(body, try Self.sign(body), at: Self.now + .seconds(seconds)) == nil)
        }
        for seconds in [-301, 301, 86_400 * 30] {
            #expect(try Self.refusal(body, try Self.sign(body), at: Self.now + .seconds(seconds)) == .stale)
        }
        // Who cannot sign hears nothing of the time.
        let forged = try Self.sign(body, with: "stolen", at: Timestamp(microseconds: 0))
        #expect(try Self.refusal(body, forged) == .wrongSignature)
    }

    @Test func whatIsSignedAndNoMessageIsMalformed() throws {
        let good = String(decoding: Self.body(), as: UTF8.self)
        for text in [
            "", "{", "[]", "{}", good.replacing("\"id\"", with: "\"no\""), good.replacing("1999", with: "\"1999\""),
            good.replacing("\"EUR\"", with: "\"euro\""), good.replacing("\"payment\":{", with: "\"payments\":{"),
            good.replacing("payment.succeeded", with: "refund.succeeded"),
            good.replacing("payment.succeeded", with: "dispute.opened"), good + "x",
        ] {
            let body = Array(text.utf8)
            #expect(try Self.refusal(body, try Self.sign(body)) == .malformed, "\(text)")
        }
    }

    @Test func whatIsOfNoInterestIsSo() throws {
        let body = Self.body("payment.viewed")
        let message = try Self.read(body, try Self.sign(body)).get()
        #expect(message.news == .other(kind: "payment.viewed"))
    }

    @Test func idsThatAreNoneOfOursAreNoSubject() throws {
        let good = String(decoding: Self.body(), as: UTF8.self)
        for text in [
            good.replacing("tnt_", with: "ten_"), good.replacing("\"subject\"", with: "\"about\""),
            String(decoding: Self.body(event: EventId(high: 9, low: 9)), as: UTF8.self),
        ] {
            let body = Array(text.utf8)
            let message = try Self.read(body, try Self.sign(body)).get()
            #expect(message.about.subject == nil && message.about.reference == "sbx_1")
        }
    }
}
