public import Runtime
internal import Sealing

/// How the sandbox signs what it tells: `t=1764313200,v1=5f3c…`, where `v1` is HMAC-SHA256, in hexadecimal, over the
/// time in seconds, a dot and the body. There are several of them while the secret is being changed.
public struct SandboxSignature: Sendable {
    /// In the case that headers are looked up by.
    public static let header = "sandbox-signature"
    /// How far the time may be from the receiver's: a message that was overheard is worth nothing later.
    public static let tolerance = Duration.seconds(300)

    private static let longestHeader = 4_096
    private static let mostCodes = 16

    private let keys: [HMACKey]

    /// - Parameter secrets: at least one; an empty one is none.
    public init?(_ secrets: [Secret]) throws {
        keys = try secrets.filter { !$0.exposed.isEmpty }.map { try HMACKey(Array($0.exposed.utf8)) }
        guard !keys.isEmpty else { return nil }
    }

    /// The header's value, with a code by each secret.
    public func value(for body: [UInt8], at time: Timestamp) -> String {
        let seconds = String(time.microseconds / 1_000_000)
        return (["t=" + seconds] + keys.map { "v1=\(Self.code($0, seconds, body))" }).joined(separator: ",")
    }

    private static func code(_ key: HMACKey, _ seconds: String, _ body: [UInt8]) -> Digest {
        key.code { hmac in
            hmac.update(Array((seconds + ".").utf8))
            hmac.update(body)
        }
    }

    /// Throws unless somebody who has one of the secrets signed the body, a short time ago.
    public func check(_ header: String?, of body: [UInt8], at now: Timestamp) throws(WebhookRefusal) {
        guard let header else {
            throw WebhookRefusal(.missingSignature, "There is no header Sandbox-Signature.")
        }
        guard let (seconds, codes) = Self.parts(header) else {
            throw WebhookRefusal(.wrongSignature, "The header Sandbox-Signature is not t=SECONDS,v1=CODE.")
        }
        // Nothing of what is inside is believed before, the time included.
        var isSigned = false
        for key in keys {
            let right = Self.code(key, seconds, body)
            for code in codes where right.withUnsafeBytes({ right in code.withUnsafeBytes { $0.isSame(right) } }) {
                isSigned = true
            }
        }
        guard isSigned else {
            throw WebhookRefusal(.wrongSignature, "The signature is not by a secret that is known here.")
        }
        let age = Int64(seconds).map { abs(now.microseconds / 1_000_000 - $0) }
        guard let age, age <= Self.tolerance.components.seconds else {
            throw WebhookRefusal(.stale, "It was signed more than five minutes before or after now.")
        }
    }

    /// The time as it was written, and the codes.
    private static func parts(_ header: String) -> (seconds: String, codes: [Digest])? {
        guard header.utf8.count <= longestHeader else { return nil }
        var seconds: String?
        var codes: [Digest] = []
        for part in header.split(separator: ",", omittingEmptySubsequences: false) {
            if part.hasPrefix("t="), seconds == nil {
                let text = part.dropFirst(2)
                guard (1...12).contains(text.utf8.count), text.utf8.allSatisfy({ $0 &- 0x30 < 10 }) else { return nil }
                seconds = String(text)
            } else if part.hasPrefix("v1="), codes.count < mostCodes {
                guard let bytes = Hex.decode(String(part.dropFirst(3))), let code = try? Digest(bytes) else {
                    return nil
                }
                codes.append(code)
            } else {
                return nil
            }
        }
        guard let seconds, !codes.isEmpty else { return nil }
        return (seconds, codes)
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func isSame(_ other: UnsafeRawBufferPointer) -> Bool { ConstantTime.equal(self, other) }
}
