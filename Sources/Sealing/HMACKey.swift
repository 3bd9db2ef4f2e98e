internal import CSodium

/// A key for HMAC-SHA256 (RFC 2104). What depends on the key alone is computed once, when it is made.
///
///     let key = try HMACKey(bytes)
///     let code = key.code(for: message)
///     guard key.isValid(code, for: message) else { … }
public struct HMACKey: Sendable {
    /// The states of the inner and of the outer hash, each of which has taken the key and nothing else.
    private let start: SecretBytes

    private static let blockBytes = 64

    /// - Parameter key: of any length but 0; 32 bytes are right.
    public init(_ key: [UInt8]) throws(SealingError) {
        try self.init(SecretBytes(copying: key))
    }

    public init(_ key: SecretBytes) throws(SealingError) {
        start = try SecretBytes(count: 2 * SHA256.savedBytes) { memory in
            Self.save(key, with: 0x36, in: UnsafeMutableRawBufferPointer(rebasing: memory[..<SHA256.savedBytes]))
            Self.save(key, with: 0x5C, in: UnsafeMutableRawBufferPointer(rebasing: memory[SHA256.savedBytes...]))
        }
    }

    /// A key of more than a block stands for its hash.
    private static func save(_ key: SecretBytes, with pad: UInt8, in memory: UnsafeMutableRawBufferPointer) {
        withUnsafeTemporaryAllocation(byteCount: blockBytes, alignment: 1) { block in
            var hash = SHA256()
            defer {
                sodium_memzero(block.baseAddress, blockBytes)
                sodium_memzero(&hash, MemoryLayout<SHA256>.size)
            }
            block.initializeMemory(as: UInt8.self, repeating: 0)
            key.withUnsafeBytes { key in
                if key.count <= blockBytes {
                    block.copyMemory(from: key)
                } else {
                    SHA256.hash(key).withUnsafeBytes { block.copyMemory(from: $0) }
                }
            }
            for index in block.indices { block[index] ^= pad }
            hash.update(UnsafeRawBufferPointer(block))
            hash.save(in: memory)
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
        private var inner: SHA256
        private var outer: SHA256

        fileprivate init(_ start: SecretBytes) {
            (inner, outer) = start.withUnsafeBytes { bytes in
                (
                    SHA256(savedIn: UnsafeRawBufferPointer(rebasing: bytes[..<SHA256.savedBytes])),
                    SHA256(savedIn: UnsafeRawBufferPointer(rebasing: bytes[SHA256.savedBytes...]))
                )
            }
        }

        public mutating func update(_ bytes: UnsafeRawBufferPointer) { inner.update(bytes) }

        public mutating func update(_ bytes: [UInt8]) { inner.update(bytes) }

        fileprivate mutating func code() -> Digest {
            outer.update(inner.finish())
            return outer.finish()
        }

        fileprivate mutating func wipe() {
            sodium_memzero(&inner, MemoryLayout<SHA256>.size)
            sodium_memzero(&outer, MemoryLayout<SHA256>.size)
        }
    }
}
