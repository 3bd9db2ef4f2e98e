package import Ticketing

/// Ids that may have been decided: "no" is sure, "yes" has to be looked up. Sixteen bits an id, and one cache line a
/// question for each of its layers, which double in size.
package struct IdFilter: Sendable {
    private struct Layer: Sendable {
        var words: [UInt64]
        var room: Int

        /// Sixteen bits an id at least.
        init(capacity: Int) {
            words = [UInt64](repeating: 0, count: max(1, capacity / 32) * 8)
            room = words.count * 4
        }

        /// Where the id's block of eight words begins.
        private func block(_ high: UInt64) -> Int {
            Int(high.multipliedFullWidth(by: UInt64(words.count / 8)).high) * 8
        }

        func mayContain(_ high: UInt64, _ low: UInt64) -> Bool {
            let start = block(high)
            var bits = low
            for word in start..<start + 8 {
                if words[word] & (1 &<< (bits & 63)) == 0 { return false }
                bits &>>= 6
            }
            return true
        }

        mutating func insert(_ high: UInt64, _ low: UInt64) {
            let start = block(high)
            var bits = low
            for word in start..<start + 8 {
                words[word] |= 1 &<< (bits & 63)
                bits &>>= 6
            }
            room -= 1
        }
    }

    private var layers: [Layer] = []
    package private(set) var count = 0

    package init() {}

    package func mayContain(_ id: CommandId) -> Bool {
        guard !layers.isEmpty else { return false }
        let (high, low) = Self.spread(id)
        return layers.contains { $0.mayContain(high, low) }
    }

    package mutating func insert(_ id: CommandId) {
        if layers.last.map({ $0.room == 0 }) ?? true { layers.append(Layer(capacity: max(1_024, 2 * count))) }
        let (high, low) = Self.spread(id)
        layers[layers.count - 1].insert(high, low)
        count += 1
    }

    /// Ids are a stranger's to choose: all of their bits go into each half.
    private static func spread(_ id: CommandId) -> (UInt64, UInt64) {
        let low = Keys.mix(id.low ^ Keys.mix(id.high))
        return (Keys.mix(low ^ id.high), low)
    }
}
