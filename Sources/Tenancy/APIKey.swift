internal import Sealing

/// A key as its holder has it: `key_….sk_…`. Kept is only the hash of the secret.
public struct APIKey: Sendable, CustomStringConvertible {
    public let id: String
    private let secret: String

    /// A new key. The secret has 256 random bits, so that a plain SHA-256 of it is as good as a slow hash.
    public static func make() -> APIKey {
        APIKey(id: RandomID.make(prefix: "key"), secret: RandomID.make(prefix: "sk", bits: 256))
    }

    /// Reads what came in an `Authorization` header; nil for what no key can look like.
    public init?(_ text: String) {
        guard text.utf8.count <= 200 else { return nil }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].hasPrefix("key_"), parts[0].utf8.count > 4, !parts[1].isEmpty else {
            return nil
        }
        id = String(parts[0])
        secret = String(parts[1])
    }

    private init(id: String, secret: String) {
        self.id = id
        self.secret = secret
    }

    /// What its holder sends. Shown once, when the key is made.
    public var text: String { "\(id).\(secret)" }

    /// What is stored, and what a key that is sent is compared by.
    public var secretHash: [UInt8] { SHA256.hash(Array(secret.utf8)).bytes }

    /// Without the secret.
    public var description: String { id }
}
