/// How many there are in each minute from `base` on. A ring: time passes without anything being moved.
struct Window: Sendable {
    /// A minute's count is at its number modulo the ring's size, which is a power of two.
    private var counts: [Int32] = []
    private(set) var base: Int
    /// No minute from here on has any.
    private(set) var end: Int
    private(set) var total = 0

    init(from base: Int) {
        self.base = base
        end = base
    }

    subscript(minute: Int) -> Int {
        minute >= base && minute < end ? Int(counts[minute & (counts.count - 1)]) : 0
    }

    /// Minutes that have passed count nothing.
    mutating func add(_ count: Int, at minute: Int) {
        guard minute >= base else { return }
        if minute >= end {
            if minute - base >= counts.count { grow(for: minute) }
            end = minute + 1
        }
        let position = minute & (counts.count - 1)
        counts[position] += Int32(count)
        total += count
        precondition(counts[position] >= 0, "less than nothing in a minute")
        while end > base, counts[(end - 1) & (counts.count - 1)] == 0 { end -= 1 }
    }

    mutating func add(_ count: Int, in minutes: Range<Int>) {
        for minute in minutes { add(count, at: minute) }
    }

    /// Forgets the minutes before.
    mutating func advance(to minute: Int) {
        guard minute > base else { return }
        var passed = base
        while passed < min(minute, end) {
            let position = passed & (counts.count - 1)
            total -= Int(counts[position])
            counts[position] = 0
            passed += 1
        }
        base = minute
        end = max(end, base)
    }

    private mutating func grow(for minute: Int) {
        var size = max(64, counts.count)
        while size <= minute - base { size *= 2 }
        var larger = [Int32](repeating: 0, count: size)
        for minute in base..<end { larger[minute & (size - 1)] = Int32(self[minute]) }
        counts = larger
    }
}
