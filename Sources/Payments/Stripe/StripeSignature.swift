internal import Runtime
internal import Sealing

/// `Stripe-Signature: t=1492774577,v1=5257a8…,v1=…,v0=…`: HMAC-SHA256 over the time, a dot and the body as it came.
enum StripeSignature {
    private static let longestHeader = 4_096
    private static let mostSignatures = 16

    static func check(
        _ webhook: Webhook, _ keys: [HMACKey], tolerance: Duration
    ) throws(WebhookRefusal) {
        guard let header = webhook.headers["stripe-signature"] else {
            throw WebhookRefusal(.missingSignature, "there is no Stripe-Signature")
        }
        guard let (time, seconds, signatures) = parse(header) else {
            throw WebhookRefusal(.missingSignature, "the Stripe-Signature has no t and no v1 that can be read")
        }
        // All are tried, whichever is right, so that the time taken tells nothing.
        var isSigned = false
        for key in keys {
            let right = key.code { hmac in
                hmac.update(Array(time.utf8))
                hmac.update([UInt8(ascii: ".")])
                hmac.update(webhook.body)
            }
            for signature in signatures where ConstantTime.equal(signature, right.bytes) { isSigned = true }
        }
        guard isSigned else { throw WebhookRefusal(.wrongSignature, "nobody who is known signed this") }
        // A clock that is ahead of Stripe's, or behind, by as much as a message may be old, is wrong itself.
        let age = webhook.receivedAt.microseconds - seconds * 1_000_000
        guard abs(age) <= tolerance.microseconds else {
            throw WebhookRefusal(.stale, "it was signed \(age / 1_000_000) s ago")
        }
    }

    /// The time as it was signed, and as a number; and each `v1`. Other versions are passed over.
    private static func parse(_ header: String) -> (time: String, seconds: Int64, signatures: [[UInt8]])? {
        guard header.utf8.count <= longestHeader else { return nil }
        var time: String?
        var signatures: [[UInt8]] = []
        for part in header.split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2 else { return nil }
            let name = pair[0].drop { $0 == " " }
            switch name {
            case "t" where time == nil: time = String(pair[1])
            case "t": return nil
            case "v1" where signatures.count < mostSignatures:
                if let bytes = Hex.decode(String(pair[1])) { signatures.append(bytes) }
            default: continue
            }
        }
        // Twelve digits: no sum with it can overflow.
        guard let time, time.utf8.count <= 12, time.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let seconds = Int64(time), !signatures.isEmpty
        else { return nil }
        return (time, seconds, signatures)
    }
}
