internal import HTTPClient
internal import Runtime
internal import Sealing
internal import Wire

/// Calls in the name of our account: with a token that is fetched when it is needed, and kept while it is good.
final class PayPalSession: Sendable {
    private struct Token {
        let text: Secret
        let goodUntil: MonotonicTime
    }

    private let account: PayPalAccount
    private let caller: any HTTPCaller
    private let time: any TimeSource
    private let token = Lock<Token?>(nil)

    /// A token is not used in its last minute: its way takes time, too.
    private static let margin: Int64 = 60
    /// PayPal takes longer keys for none.
    private static let longestKey = 108

    init(_ account: PayPalAccount, caller: any HTTPCaller, time: any TimeSource) {
        self.account = account
        self.caller = caller
        self.time = time
    }

    struct Reply {
        let answer: HTTPAnswer
        let body: JSONValue?
        var isGood: Bool { answer.status == 200 || answer.status == 201 }
    }

    /// A call and its answer, whatever it is; only one that the token is to blame for is made again with a new one.
    func send(
        _ method: HTTPCall.Method, _ path: String, _ body: JSONValue? = nil, key: String? = nil
    ) throws(ProviderError) -> Reply {
        var call = HTTPCall(method, account.url + path, body: body?.bytes ?? [])
        // In full: PayPal's usual answer leaves out what was captured.
        call.headers = [
            ("Accept", "application/json"), ("Content-Type", "application/json"), ("Prefer", "return=representation"),
        ]
        if let key { call.headers.append(("PayPal-Request-Id", Self.shortened(key))) }
        let reply = try send(call, token: try currentToken())
        guard reply.answer.status == 401 else { return reply }
        token.withLock { $0 = nil }
        return try send(call, token: try currentToken())
    }

    private func send(_ call: HTTPCall, token: Secret) throws(ProviderError) -> Reply {
        var call = call
        call.headers.append(("Authorization", "Bearer \(token.exposed)"))
        let answer: HTTPAnswer
        do throws(HTTPCallError) { answer = try caller.send(call) } catch { throw ProviderError(error) }
        return Reply(answer: answer, body: try? JSONValue(parsing: answer.body))
    }

    /// Several threads may fetch one at once: each is good.
    private func currentToken() throws(ProviderError) -> Secret {
        let asked = time.monotonic
        if let known = token.withLock({ $0 }), known.goodUntil > asked { return known.text }
        let login = Base64.encode(Array("\(account.client):\(account.secret.exposed)".utf8), .standard)
        var form = FormText()
        form.add("grant_type", "client_credentials")
        let call = HTTPCall(
            .post, account.url + "/v1/oauth2/token",
            headers: [
                ("Authorization", "Basic \(login)"), ("Accept", "application/json"),
                ("Content-Type", "application/x-www-form-urlencoded"),
            ], body: form.bytes)
        let answer: HTTPAnswer
        do throws(HTTPCallError) { answer = try caller.send(call) } catch { throw ProviderError(error) }
        let body = try? JSONValue(parsing: answer.body)
        guard answer.status == 200 else {
            // Whatever it says against our login, it says nothing against the payment.
            throw ProviderError(.later, "no token: \(PayPalFailure.error(answer, body).reason)")
        }
        guard let text = body?["access_token"]?.text, !text.isEmpty, let seconds = body?["expires_in"]?.wholeNumber
        else {
            throw .unreadable("token")
        }
        let good = Duration.seconds(max(min(seconds, 86_400) - Self.margin, 0))
        token.withLock { $0 = Token(text: Secret(text), goodUntil: asked + good) }
        return Secret(text)
    }

    private static func shortened(_ key: String) -> String {
        key.utf8.count <= longestKey ? key : "\(SHA256.hash(Array(key.utf8)))"
    }
}
