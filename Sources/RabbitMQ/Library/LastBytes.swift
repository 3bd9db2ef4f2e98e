internal import Glibc

/// What the caches of the decoder compare with.
extension [UInt8] {
    /// Whether there is something and it is the same.
    func holds(_ raw: UnsafeRawBufferPointer) -> Bool {
        guard count == raw.count, let other = raw.baseAddress else { return false }
        return withUnsafeBytes { own in own.baseAddress.map { memcmp($0, other, raw.count) == 0 } ?? false }
    }

    mutating func hold(_ raw: UnsafeRawBufferPointer) {
        removeAll(keepingCapacity: true)
        append(contentsOf: raw)
    }
}
