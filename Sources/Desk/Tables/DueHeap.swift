/// What comes when: a binary heap that knows where each slot is, so that an entry can be moved or taken out.
///
/// The order is (at, tie), and ties are distinct: so it depends on no history.
struct DueHeap<Tie: Comparable & Sendable>: Sendable {
    struct Entry: Sendable {
        var at: Int64
        var tie: Tie
        var slot: Slot

        static func < (left: Entry, right: Entry) -> Bool {
            left.at == right.at ? left.tie < right.tie : left.at < right.at
        }
    }

    private(set) var entries: [Entry] = []
    /// By slot: the entry's position + 1, or 0.
    private var positions: [UInt32] = []

    var first: Entry? { entries.first }
    var count: Int { entries.count }
    var isEmpty: Bool { entries.isEmpty }

    func contains(_ slot: Slot) -> Bool { Int(slot) < positions.count && positions[Int(slot)] != 0 }

    /// Adds the slot, or moves it.
    mutating func set(_ slot: Slot, at: Int64, tie: Tie) {
        remove(slot)
        while positions.count <= Int(slot) { positions.append(0) }
        entries.append(Entry(at: at, tie: tie, slot: slot))
        moveUp(from: entries.count - 1)
    }

    mutating func remove(_ slot: Slot) {
        guard contains(slot) else { return }
        let position = Int(positions[Int(slot)]) - 1
        positions[Int(slot)] = 0
        let last = entries.removeLast()
        guard position < entries.count else { return }
        entries[position] = last
        positions[Int(last.slot)] = UInt32(position + 1)
        if position > 0, last < entries[(position - 1) / 2] {
            moveUp(from: position)
        } else {
            moveDown(from: position)
        }
    }

    private mutating func moveUp(from start: Int) {
        let entry = entries[start]
        var position = start
        while position > 0 {
            let parent = (position - 1) / 2
            guard entry < entries[parent] else { break }
            put(entries[parent], at: position)
            position = parent
        }
        put(entry, at: position)
    }

    private mutating func moveDown(from start: Int) {
        let entry = entries[start]
        var position = start
        while true {
            var child = position * 2 + 1
            guard child < entries.count else { break }
            if child + 1 < entries.count, entries[child + 1] < entries[child] { child += 1 }
            guard entries[child] < entry else { break }
            put(entries[child], at: position)
            position = child
        }
        put(entry, at: position)
    }

    private mutating func put(_ entry: Entry, at position: Int) {
        entries[position] = entry
        positions[Int(entry.slot)] = UInt32(position + 1)
    }
}
