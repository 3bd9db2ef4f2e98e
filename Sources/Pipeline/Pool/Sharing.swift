/// Who owns what: the same answer in every process that sees the same members, without anybody leading.
package enum Sharing {
    /// Bounded rendezvous hashing: each partition goes to the member that it ranks highest among those who have room,
    /// and nobody has room for more than a fair share, rounded up.
    ///
    /// - Returns: the positions in `partitions` that are the worker's.
    package static func share(of worker: WorkerId, partitions: Int, members: [WorkerId]) -> Set<Int> {
        guard let own = members.firstIndex(of: worker), partitions > 0 else { return [] }
        let most = (partitions + members.count - 1) / members.count
        var loads = [Int](repeating: 0, count: members.count)
        let seeds = members.map { hash($0.text) }
        var mine: Set<Int> = []
        for partition in 0..<partitions {
            var best = -1
            var bestScore: UInt64 = 0
            for member in members.indices where loads[member] < most {
                let score = Keys.mix(seeds[member] ^ Keys.mix(UInt64(partition)))
                if best < 0 || score > bestScore {
                    best = member
                    bestScore = score
                }
            }
            loads[best] += 1
            if best == own { mine.insert(partition) }
        }
        return mine
    }

    /// FNV-1a.
    private static func hash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
