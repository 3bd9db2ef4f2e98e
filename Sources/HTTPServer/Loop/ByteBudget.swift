internal import Synchronization

/// A number of bytes that many share.
final class ByteBudget: Sendable {
    private let used = Atomic<Int>(0)
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    func take(_ bytes: Int) -> Bool {
        if used.add(bytes, ordering: .relaxed).newValue <= limit { return true }
        give(back: bytes)
        return false
    }

    func give(back bytes: Int) {
        let left = used.subtract(bytes, ordering: .relaxed).newValue
        precondition(left >= 0, "more bytes were given back than taken")
    }
}
