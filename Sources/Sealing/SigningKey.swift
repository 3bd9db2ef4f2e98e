internal import CSodium

/// A secret key for Ed25519 signatures (RFC 8032).
public struct SigningKey: Sendable {
    public static let seedCount = 32

    public let publicKey: VerifyingKey
    /// As libsodium has it: the seed and the public key.
    private let secret: SecretBytes

    /// A new key.
    public init() throws(SealingError) {
        try self.init(SecretBytes(random: Self.seedCount))
    }

    /// The key that follows from a seed, of which this keeps a copy.
    ///
    /// - Throws: `wrongLength`, or `outOfMemory`.
    public init(seed: [UInt8]) throws(SealingError) {
        guard seed.count == Self.seedCount else {
            throw .wrongLength("a seed", is: seed.count, mustBe: Self.seedCount)
        }
        try self.init(SecretBytes(copying: seed))
    }

    public init(_ seed: SecretBytes) throws(SealingError) {
        guard seed.count == Self.seedCount else {
            throw .wrongLength("a seed", is: seed.count, mustBe: Self.seedCount)
        }
        var publicBytes = [UInt8](repeating: 0, count: VerifyingKey.count)
        secret = try SecretBytes(count: Int(crypto_sign_SECRETKEYBYTES)) { memory in
            seed.withUnsafeBytes {
                Sodium.check(crypto_sign_seed_keypair(&publicBytes, memory.octets, $0.octets))
            }
        }
        publicKey = try VerifyingKey(publicBytes)
    }

    /// Lends the seed, for keeping it; see `SealingKey`.
    public func withSeed<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try secret.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[0..<Self.seedCount])) }
    }

    /// The signature of a message: always the same for the same message.
    public func sign(_ message: UnsafeRawBufferPointer) -> Signature {
        Signature { signature in
            secret.withUnsafeBytes {
                Sodium.check(
                    crypto_sign_detached(signature, nil, message.octets, UInt64(message.count), $0.octets))
            }
        }
    }

    public func sign(_ message: [UInt8]) -> Signature { message.withUnsafeBytes { sign($0) } }
}

/// The public half of a key for Ed25519 signatures.
public struct VerifyingKey: Sendable, Hashable, CustomStringConvertible {
    public static let count = 32

    public let bytes: [UInt8]

    /// - Throws: `wrongLength`. Bytes that are no point of the curve are taken, and verify nothing.
    public init(_ bytes: some Collection<UInt8>) throws(SealingError) {
        guard bytes.count == Self.count else {
            throw .wrongLength("a public key", is: bytes.count, mustBe: Self.count)
        }
        self.bytes = Array(bytes)
    }

    /// Whether the owner of the secret key signed this message.
    public func isValid(_ signature: Signature, for message: UnsafeRawBufferPointer) -> Bool {
        signature.bytes.withUnsafeBytes { signature in
            bytes.withUnsafeBytes {
                crypto_sign_verify_detached(signature.octets, message.octets, UInt64(message.count), $0.octets) == 0
            }
        }
    }

    public func isValid(_ signature: Signature, for message: [UInt8]) -> Bool {
        message.withUnsafeBytes { isValid(signature, for: $0) }
    }

    /// In URL-safe Base64, as `GET /v1/keys` shows it.
    public var description: String { Base64.encode(bytes) }
}

/// An Ed25519 signature.
public struct Signature: Sendable, Hashable, CustomStringConvertible {
    public static let count = 64

    public let bytes: [UInt8]

    init(filling fill: (UnsafeMutablePointer<UInt8>) -> Void) {
        bytes = [UInt8](unsafeUninitializedCapacity: Self.count) { buffer, count in
            if let start = buffer.baseAddress { fill(start) }
            count = Self.count
        }
    }

    /// - Throws: `wrongLength`.
    public init(_ bytes: some Collection<UInt8>) throws(SealingError) {
        guard bytes.count == Self.count else {
            throw .wrongLength("a signature", is: bytes.count, mustBe: Self.count)
        }
        self.bytes = Array(bytes)
    }

    /// In URL-safe Base64.
    public var description: String { Base64.encode(bytes) }
}
