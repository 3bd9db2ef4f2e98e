/// Agents by number, from 0: a bit each.
struct AgentSet: Hashable, Sendable {
    private var words: [UInt64] = []
    private(set) var count = 0

    init() {}

    /// All below a number.
    init(below limit: Int) {
        for agent in 0..<limit { insert(agent) }
    }

    var isEmpty: Bool { count == 0 }

    func contains(_ agent: Int) -> Bool {
        agent / 64 < words.count && words[agent / 64] & 1 << UInt64(agent % 64) != 0
    }

    mutating func insert(_ agent: Int) {
        guard !contains(agent) else { return }
        while words.count <= agent / 64 { words.append(0) }
        words[agent / 64] |= 1 << UInt64(agent % 64)
        count += 1
    }

    mutating func remove(_ agent: Int) {
        guard contains(agent) else { return }
        words[agent / 64] &= ~(1 << UInt64(agent % 64))
        count -= 1
    }

    /// The lowest number.
    var first: Int? {
        guard let word = words.firstIndex(where: { $0 != 0 }) else { return nil }
        return word * 64 + words[word].trailingZeroBitCount
    }
}
