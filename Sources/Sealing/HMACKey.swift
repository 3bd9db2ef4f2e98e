internal import CSodium

/// A key for HMAC-SHA256 (RFC 2104). What depends on the key alone is computed once, when it is made.
///
///     let key = try HMACKey(bytes)
///     let code = key.code(for: message)
///     guard key.isValid(code, for: message) else { … }
public struct HMACKey: Sendable {
    /// The state of an HMAC that has taken the key and nothing else.
    private let start: SecretBytes

    /// - Parameter key: of any length but 0; 32 bytes are right.
    public init(_ key: [UInt8]) throws(SealingError) {
        try self.init(SecretBytes(copying: key))
    }

    public init(_ key: SecretBytes) throws(SealingError) {
        start = try SecretBytes(count: MemoryLayout<crypto_auth_hmacsha256_state>.size) { memory in
            var state = crypto_auth_hmacsha256_state()
            key.withUnsafeBytes { Sodium.check(crypto_auth_hmacsha256_init(&state, $0.octets, $0.count)) }
            withUnsafeBytes(of: state) { memory.copyMemory(from: $0) }
            sodium_memzero(&state, MemoryLayout<crypto_auth_hmacsha256_state>.size)
        }
    }

    public func code(for message: UnsafeRawBufferPointer) -> Digest { code { $0.update(message) } }

    public func code(for message: [UInt8]) -> Digest { message.withUnsafeBytes { code(for: $0) } }

    /// The code of several parts that are nowhere copied together.
    public func code(_ parts: (inout HMAC) -> Void) -> Digest {
        var hmac = HMAC(start)
        defer { hmac.wipe() }
        parts(&hmac)
        return hmac.code()
    }

    /// Whether somebody who has the key made this code for this message. Takes the same time whatever the code.
    public func isValid(_ code: Digest, for message: UnsafeRawBufferPointer) -> Bool {
        let right = self.code(for: message)
        return code.withUnsafeBytes { given in right.withUnsafeBytes { ConstantTime.equal(given, $0) } }
    }

    public func isValid(_ code: Digest, for message: [UInt8]) -> Bool {
        message.withUnsafeBytes { isValid(code, for: $0) }
    }

    /// An authentication code in the making.
    public struct HMAC {
        private var state: crypto_auth_hmacsha256_state

        fileprivate init(_ start: SecretBytes) {
            state = start.withUnsafeBytes { $0.loadUnaligned(as: crypto_auth_hmacsha256_state.self) }
        }

        public mutating func update(_ bytes: UnsafeRawBufferPointer) {
            Sodium.check(crypto_auth_hmacsha256_update(&state, bytes.octets, UInt64(bytes.count)))
        }

        public mutating func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

        fileprivate mutating func code() -> Digest {
            Digest { Sodium.check(crypto_auth_hmacsha256_final(&state, $0)) }
        }

        fileprivate mutating func wipe() { sodium_memzero(&state, MemoryLayout<crypto_auth_hmacsha256_state>.size) }
    }
}
