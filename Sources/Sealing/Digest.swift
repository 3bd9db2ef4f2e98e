/// 32 bytes that a hash or an authentication code came to. Kept in the value itself: no allocation.
///
/// `==` is for hashes that everybody may know. An authentication code is compared by `HMACKey.isValid`, which takes the
/// same time whatever the bytes.
public struct Digest: Sendable, Hashable, CustomStringConvertible {
    public static let count = 32

    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    /// What stands where there is nothing to hash: before the first of a chain.
    public static let zero = Digest { _ in }

    init(filling fill: (UnsafeMutablePointer<UInt8>) -> Void) {
        withUnsafeMutableBytes(of: &words) { fill($0.octets) }
    }

    /// - Throws: `wrongLength`.
    public init(_ bytes: some Collection<UInt8>) throws(SealingError) {
        guard bytes.count == Self.count else {
            throw .wrongLength("a digest", is: bytes.count, mustBe: Self.count)
        }
        withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: bytes) }
    }

    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try Swift.withUnsafeBytes(of: words, body)
    }

    public var bytes: [UInt8] { withUnsafeBytes { Array($0) } }

    /// In lower-case hexadecimal.
    public var description: String { Hex.encode(bytes) }

    public static func == (left: Digest, right: Digest) -> Bool { left.words == right.words }

    public func hash(into hasher: inout Hasher) { withUnsafeBytes { hasher.combine(bytes: $0) } }
}
