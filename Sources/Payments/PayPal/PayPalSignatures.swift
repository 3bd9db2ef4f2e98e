internal import Certificates
internal import HTTPClient
internal import Runtime
internal import Sealing

/// Whether PayPal sent a webhook: RSA with SHA-256 over `transmission id|time|webhook id|CRC-32 of the body`, by a
/// certificate that is fetched from where the message says, if that is one of the places that are allowed.
///
/// PayPal sends again for days what was not taken, with the signature of the first time: so none is too old. What was
/// seen before is known by its id.
final class PayPalSignatures: Sendable {
    private let account: PayPalAccount
    private let caller: any HTTPCaller
    private let shelf = Lock(PayPalCertificateShelf())

    private static let algorithm = "SHA256withRSA"
    private static let folder = "/v1/notifications/certs/"

    init(_ account: PayPalAccount, caller: any HTTPCaller) {
        self.account = account
        self.caller = caller
    }

    func check(_ webhook: Webhook) throws(WebhookRefusal) {
        let id = try header("paypal-transmission-id", of: webhook)
        let time = try header("paypal-transmission-time", of: webhook)
        let url = try header("paypal-cert-url", of: webhook)
        let text = try header("paypal-transmission-sig", of: webhook)
        guard try header("paypal-auth-algo", of: webhook) == Self.algorithm,
            let signature = Base64.decode(text, .standard), !signature.isEmpty
        else { throw WebhookRefusal(.wrongSignature, "this is no signature of \(Self.algorithm)") }
        let certificate = try certificate(at: url, webhook.receivedAt)
        let sum = CRC32.of(webhook.body)
        let isSigned = account.webhooks.contains { webhookId in
            certificate.verifies(signature, of: Array("\(id)|\(time)|\(webhookId)|\(sum)".utf8))
        }
        guard isSigned else { throw WebhookRefusal(.wrongSignature, "PayPal did not sign this, or not for us") }
    }

    private func header(_ name: String, of webhook: Webhook) throws(WebhookRefusal) -> String {
        guard let value = webhook.headers[name], (1...2_048).contains(value.utf8.count) else {
            throw WebhookRefusal(.missingSignature, "there is no \(name)")
        }
        return value
    }

    // MARK: The certificate

    private func certificate(at url: String, _ now: Timestamp) throws(WebhookRefusal) -> Certificate {
        guard isAllowed(url) else {
            throw WebhookRefusal(.wrongSignature, "certificates are not taken from there")
        }
        switch shelf.withLock({ $0.look(url, at: now) }) {
        case .known(let certificate): return certificate
        case .refused(let refusal): throw refusal
        case .tooMany: throw WebhookRefusal(.unavailable, "too many certificates were asked for lately")
        case .fetch: break
        }
        do throws(WebhookRefusal) {
            let certificate = try fetch(url, now)
            shelf.withLock { $0.put(certificate, from: url) }
            return certificate
        } catch {
            shelf.withLock { $0.put(error, from: url, at: now) }
            throw error
        }
    }

    /// https, one of the hosts, and PayPal's folder of certificates: nothing that could be taken for another place.
    private func isAllowed(_ url: String) -> Bool {
        account.certificateHosts.contains { host in
            let place = "https://\(host)\(Self.folder)"
            return url.hasPrefix(place) && pathPart(String(url.dropFirst(place.count))) != nil
        }
    }

    private func fetch(_ url: String, _ now: Timestamp) throws(WebhookRefusal) -> Certificate {
        let answer: HTTPAnswer
        do throws(HTTPCallError) { answer = try caller.send(HTTPCall(.get, url)) } catch {
            throw WebhookRefusal(.unavailable, "the certificate cannot be had: \(error.code.rawValue)")
        }
        guard answer.status == 200 else {
            throw WebhookRefusal(.unavailable, "the certificate cannot be had: \(answer.status)")
        }
        let chain: [Certificate]
        do throws(CertificateError) {
            chain = try Certificate.all(pem: answer.body)
            try account.roots.check(chain, at: now.microseconds / 1_000_000)
        } catch {
            throw WebhookRefusal(.wrongSignature, "the certificate is not believed: \(error)")
        }
        guard let name = chain[0].commonName, account.certificateNames.contains(name) else {
            throw WebhookRefusal(.wrongSignature, "the certificate has another's name")
        }
        return chain[0]
    }
}
