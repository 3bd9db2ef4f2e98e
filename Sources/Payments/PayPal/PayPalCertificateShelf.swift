internal import Certificates
internal import Runtime

/// Which certificates are known, which could not be had, and how many were fetched lately: strangers say where a
/// certificate is, and must not make us fetch without end.
struct PayPalCertificateShelf {
    enum Answer {
        case known(Certificate)
        /// Not to be had, or not believed, a moment ago.
        case refused(WebhookRefusal)
        /// The caller fetches it, and puts what came of it here.
        case fetch
        case tooMany
    }

    private static let mostKnown = 16
    private static let mostRefused = 64
    private static let keepRefusal = Duration.seconds(60)
    private static let fetchesAMinute = 10

    private var known: [(url: String, certificate: Certificate, until: Timestamp)] = []
    private var refused: [(url: String, refusal: WebhookRefusal, until: Timestamp)] = []
    private var fetches: [Timestamp] = []

    mutating func look(_ url: String, at now: Timestamp) -> Answer {
        known.removeAll { $0.until <= now }
        refused.removeAll { $0.until <= now }
        if let entry = known.first(where: { $0.url == url }) { return .known(entry.certificate) }
        if let entry = refused.first(where: { $0.url == url }) { return .refused(entry.refusal) }
        // A clock that was set back must not stop it for long.
        fetches.removeAll { $0 + .seconds(60) <= now || $0 > now }
        guard fetches.count < Self.fetchesAMinute else { return .tooMany }
        fetches.append(now)
        return .fetch
    }

    /// For as long as it is good.
    mutating func put(_ certificate: Certificate, from url: String) {
        let end = Timestamp(microseconds: 0) + .seconds(certificate.validity.upperBound)
        known.removeAll { $0.url == url }
        if known.count == Self.mostKnown { known.removeFirst() }
        known.append((url, certificate, end))
    }

    mutating func put(_ refusal: WebhookRefusal, from url: String, at now: Timestamp) {
        refused.removeAll { $0.url == url }
        if refused.count == Self.mostRefused { refused.removeFirst() }
        refused.append((url, refusal, now + Self.keepRefusal))
    }
}
