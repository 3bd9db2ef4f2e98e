internal import CSodium

/// Comparisons that take the same time wherever the difference is.
public enum ConstantTime {
    /// Whether the bytes are the same. How long they are is no secret: of different lengths, they differ at once.
    public static func equal(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        guard left.count == right.count else { return false }
        guard let one = left.baseAddress, let other = right.baseAddress else { return true }
        return sodium_memcmp(one, other, left.count) == 0
    }

    public static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.withUnsafeBytes { left in right.withUnsafeBytes { equal(left, $0) } }
    }

    public static func equal(_ left: String, _ right: String) -> Bool { equal(Array(left.utf8), Array(right.utf8)) }
}
