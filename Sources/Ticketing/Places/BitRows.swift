/// Rows of bits, each with a summary (one bit for 64), so that the next set bit among 100,000 is found at once.
struct BitRows: Sendable {
    let width: Int
    private let wordCount: Int
    private let stride: Int
    private var words: [UInt64]

    init(rows: Int, width: Int) {
        self.width = width
        wordCount = (width + 63) / 64
        stride = wordCount + (wordCount + 63) / 64
        words = [UInt64](repeating: 0, count: rows * stride)
    }

    func contains(_ position: Int, row: Int = 0) -> Bool {
        words[row * stride + position >> 6] >> UInt64(position & 63) & 1 == 1
    }

    mutating func insert(_ position: Int, row: Int = 0) {
        let word = position >> 6
        words[row * stride + word] |= 1 << UInt64(position & 63)
        words[row * stride + wordCount + word >> 6] |= 1 << UInt64(word & 63)
    }

    mutating func remove(_ position: Int, row: Int = 0) {
        let word = position >> 6
        words[row * stride + word] &= ~(1 << UInt64(position & 63))
        if words[row * stride + word] == 0 {
            words[row * stride + wordCount + word >> 6] &= ~(1 << UInt64(word & 63))
        }
    }

    /// The first set bit at or after a position, before a limit.
    func next(from position: Int, below limit: Int, row: Int = 0) -> Int? {
        guard position < limit else { return nil }
        let base = row * stride
        var word = position >> 6
        var bits = words[base + word] & ~0 << UInt64(position & 63)
        if bits == 0 {
            guard let filled = nextFilledWord(after: word, base: base + wordCount) else { return nil }
            word = filled
            bits = words[base + word]
        }
        let found = word << 6 + bits.trailingZeroBitCount
        return found < limit ? found : nil
    }

    /// The first clear bit at or after a position; the limit if there is none before it.
    func nextClear(from position: Int, below limit: Int, row: Int = 0) -> Int {
        let base = row * stride
        var word = position >> 6
        var bits = ~words[base + word] & ~0 << UInt64(position & 63)
        while bits == 0 {
            word += 1
            guard word << 6 < limit else { return limit }
            bits = ~words[base + word]
        }
        return Swift.min(word << 6 + bits.trailingZeroBitCount, limit)
    }

    private func nextFilledWord(after word: Int, base: Int) -> Int? {
        let next = word + 1
        guard next < wordCount else { return nil }
        var summary = next >> 6
        var bits = words[base + summary] & ~0 << UInt64(next & 63)
        while bits == 0 {
            summary += 1
            guard base + summary < base + (wordCount + 63) / 64 else { return nil }
            bits = words[base + summary]
        }
        return summary << 6 + bits.trailingZeroBitCount
    }
}
