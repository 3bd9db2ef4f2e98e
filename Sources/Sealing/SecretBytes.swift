internal import CSodium

/// Bytes that must not leak: kept apart between guard pages, out of core dumps and, where the system allows, out of
/// swap; read-only once made, wiped when the last reference goes, and never printed.
public final class SecretBytes: @unchecked Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    // because: the memory is written in `init` only, and the system keeps it read-only from then on

    private let memory: UnsafeMutableRawBufferPointer

    /// - Throws: `outOfMemory`.
    init(count: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Void) throws(SealingError) {
        precondition(count > 0, "a secret has bytes")
        Sodium.start()
        guard let start = sodium_malloc(count) else {
            throw SealingError(code: .outOfMemory, description: "no memory for \(count) bytes of a secret")
        }
        memory = UnsafeMutableRawBufferPointer(start: start, count: count)
        fill(memory)
        Sodium.check(sodium_mprotect_readonly(start))
    }

    /// A copy of bytes that the caller has; where they came from it is the caller's to wipe them.
    public convenience init(copying bytes: [UInt8]) throws(SealingError) {
        guard !bytes.isEmpty else {
            throw SealingError(code: .wrongLength, description: "a secret has one byte at least")
        }
        try self.init(count: bytes.count) { $0.copyBytes(from: bytes) }
    }

    /// Random bytes.
    public convenience init(random count: Int) throws(SealingError) {
        try self.init(count: count) { randombytes_buf($0.octets, $0.count) }
    }

    deinit {
        // Wipes it first.
        sodium_free(memory.baseAddress)
    }

    public var count: Int { memory.count }

    /// Lends the bytes; they must not be kept.
    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(memory))
    }

    public var description: String { "(secret)" }
    public var debugDescription: String { "(secret)" }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
