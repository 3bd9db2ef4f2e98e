internal import CSodium

/// A key that seals small secrets for keeping (XChaCha20-Poly1305): what is sealed can be neither read nor changed
/// without it.
///
///     let sealed = key.seal(clientSecret, for: paymentID)
///     let opened = try key.open(sealed, for: paymentID)
public struct SealingKey: Sendable {
    public static let count = 32
    /// How much longer than the secret the sealed bytes are: a version, a nonce and a tag.
    public static let overhead = 1 + nonceCount + tagCount

    private static let version: UInt8 = 1
    private static let nonceCount = Int(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES)
    private static let tagCount = Int(crypto_aead_xchacha20poly1305_ietf_ABYTES)

    private let secret: SecretBytes

    /// A new key.
    public init() throws(SealingError) {
        secret = try SecretBytes(random: Self.count)
    }

    /// - Throws: `wrongLength`, or `outOfMemory`.
    public init(_ bytes: [UInt8]) throws(SealingError) {
        guard bytes.count == Self.count else {
            throw .wrongLength("a sealing key", is: bytes.count, mustBe: Self.count)
        }
        secret = try SecretBytes(copying: bytes)
    }

    /// Lends the key, for keeping it.
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try secret.withUnsafeBytes(body)
    }

    /// Seals a secret, each time differently: its nonce is random, and long enough to never come twice.
    ///
    /// - Parameter context: what it belongs to, such as the id of its row; not kept in it, but needed to open it, so
    /// that it cannot
    ///   be moved elsewhere.
    public func seal(_ plain: [UInt8], for context: [UInt8]) -> [UInt8] {
        Sodium.start()
        let head = [Self.version] + SecureRandom.bytes(Self.nonceCount)
        return [UInt8](unsafeUninitializedCapacity: plain.count + Self.overhead) { buffer, count in
            _ = buffer.initialize(from: head)
            let sealed = UnsafeMutableRawBufferPointer(buffer).octets + head.count
            var length: UInt64 = 0
            secret.withUnsafeBytes { key in
                head.withUnsafeBytes { head in
                    Sodium.check(
                        crypto_aead_xchacha20poly1305_ietf_encrypt(
                            sealed, &length, plain, UInt64(plain.count), context, UInt64(context.count), nil,
                            head.octets + 1, key.octets))
                }
            }
            count = head.count + Int(length)
        }
    }

    /// - Throws: `notAuthentic` when it was changed or belongs to another key or context; `malformed` when it was never
    /// sealed.
    public func open(_ sealed: [UInt8], for context: [UInt8]) throws(SealingError) -> [UInt8] {
        Sodium.start()
        guard sealed.count >= Self.overhead, sealed.first == Self.version else {
            throw SealingError(code: .malformed, description: "these bytes were not sealed by this version")
        }
        var result: Int32 = -1
        let head = 1 + Self.nonceCount
        let plain = [UInt8](unsafeUninitializedCapacity: sealed.count - Self.overhead) { buffer, count in
            var length: UInt64 = 0
            sealed.withUnsafeBytes { sealed in
                secret.withUnsafeBytes { key in
                    result = crypto_aead_xchacha20poly1305_ietf_decrypt(
                        buffer.baseAddress, &length, nil, sealed.octets + head,
                        UInt64(sealed.count - head), context, UInt64(context.count), sealed.octets + 1,
                        key.octets)
                }
            }
            count = result == 0 ? Int(length) : 0
        }
        guard result == 0 else {
            throw SealingError(
                code: .notAuthentic, description: "what was sealed was changed, or belongs to another key or context")
        }
        return plain
    }
}
