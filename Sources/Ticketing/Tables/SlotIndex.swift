/// A hash index from keys to slots that stores no keys: eight bytes an entry, and never iterated for an answer.
///
/// Open addressing with linear probing; a removal shifts what follows back, so there are no tombstones.
struct SlotIndex: Sendable {
    /// The key's hash in the upper half, slot + 1 in the lower; 0 is empty. At most three quarters are in use.
    private var buckets: [UInt64] = []
    private var mask = 0
    private(set) var count = 0

    /// The slot whose key has this hash and passes the test.
    func slot(hash: Int, where matches: (UInt32) -> Bool) -> UInt32? {
        guard count > 0 else { return nil }
        let tag = Self.tag(hash)
        var position = Int(tag) & mask
        while true {
            let bucket = buckets[position]
            if bucket == 0 { return nil }
            if UInt32(truncatingIfNeeded: bucket >> 32) == tag {
                let slot = UInt32(truncatingIfNeeded: bucket) - 1
                if matches(slot) { return slot }
            }
            position = (position + 1) & mask
        }
    }

    mutating func insert(_ slot: UInt32, hash: Int) {
        if (count + 1) * 4 > buckets.count * 3 { grow() }
        place(UInt64(Self.tag(hash)) << 32 | UInt64(slot + 1))
        count += 1
    }

    mutating func remove(_ slot: UInt32, hash: Int) {
        var hole = Int(Self.tag(hash)) & mask
        while UInt32(truncatingIfNeeded: buckets[hole]) != slot + 1 {
            precondition(buckets[hole] != 0, "the slot is not in the index")
            hole = (hole + 1) & mask
        }
        var position = hole
        while true {
            position = (position + 1) & mask
            let bucket = buckets[position]
            if bucket == 0 { break }
            let home = Int(bucket >> 32) & mask
            // It may fill the hole unless its home lies between the hole and where it is.
            if (position - home) & mask >= (position - hole) & mask {
                buckets[hole] = bucket
                hole = position
            }
        }
        buckets[hole] = 0
        count -= 1
    }

    /// All slots, in no order that means anything: whoever shows them sorts them first.
    var slots: [UInt32] {
        buckets.compactMap { $0 == 0 ? nil : UInt32(truncatingIfNeeded: $0) - 1 }
    }

    private static func tag(_ hash: Int) -> UInt32 { UInt32(truncatingIfNeeded: hash ^ hash >> 32) }

    private mutating func place(_ bucket: UInt64) {
        var position = Int(bucket >> 32) & mask
        while buckets[position] != 0 { position = (position + 1) & mask }
        buckets[position] = bucket
    }

    private mutating func grow() {
        let old = buckets
        buckets = [UInt64](repeating: 0, count: max(8, old.count * 2))
        mask = buckets.count - 1
        for bucket in old where bucket != 0 { place(bucket) }
    }
}
