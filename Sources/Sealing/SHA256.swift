internal import CSodium

/// SHA-256 (FIPS 180-4), at once or part by part.
///
///     let leaf = SHA256.hash { hash in
///         hash.update(salt)
///         hash.update(payload)
///     }
public struct SHA256: Sendable {
    private var state = crypto_hash_sha256_state()

    public init() {
        Sodium.check(crypto_hash_sha256_init(&state))
    }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        Sodium.check(crypto_hash_sha256_update(&state, bytes.octets, UInt64(bytes.count)))
    }

    public mutating func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

    public mutating func update(_ digest: Digest) { digest.withUnsafeBytes { update($0) } }

    public mutating func update(byte: UInt8) { withUnsafeBytes(of: byte) { update($0) } }

    /// The hash of what came so far; more may follow.
    public var digest: Digest {
        var state = state
        return Digest { Sodium.check(crypto_hash_sha256_final(&state, $0)) }
    }

    public static func hash(_ bytes: UnsafeRawBufferPointer) -> Digest {
        Digest { Sodium.check(crypto_hash_sha256($0, bytes.octets, UInt64(bytes.count))) }
    }

    public static func hash(_ bytes: [UInt8]) -> Digest { bytes.withUnsafeBytes { hash($0) } }

    /// The hash of several parts that are nowhere copied together.
    public static func hash(_ parts: (inout SHA256) -> Void) -> Digest {
        var hash = SHA256()
        parts(&hash)
        return hash.digest
    }
}
