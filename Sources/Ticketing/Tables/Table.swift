/// What has a key of its own.
protocol Keyed {
    associatedtype Key: Hashable & Comparable
    var key: Key { get }
}

/// Where a record lies in its table. It holds until the record is removed, and never leaves this module.
typealias Slot = UInt32

extension Slot {
    static let none = Slot.max
}

/// Records by key and by slot. Slots are used again, so a table is as large as it ever had to be at once.
struct Table<Record: Keyed> {
    private var records: [Record] = []
    private var vacant: [Slot] = []
    private var index = SlotIndex()

    var count: Int { index.count }

    subscript(slot: Slot) -> Record {
        _read { yield records[Int(slot)] }
        _modify { yield &records[Int(slot)] }
    }

    func slot(of key: Record.Key) -> Slot? {
        index.slot(hash: key.hashValue) { records[Int($0)].key == key }
    }

    /// The record's key must be new.
    mutating func insert(_ record: Record) -> Slot {
        let slot: Slot
        if let reused = vacant.popLast() {
            slot = reused
            records[Int(slot)] = record
        } else {
            slot = Slot(records.count)
            records.append(record)
        }
        index.insert(slot, hash: record.key.hashValue)
        return slot
    }

    mutating func remove(_ slot: Slot) {
        index.remove(slot, hash: records[Int(slot)].key.hashValue)
        vacant.append(slot)
    }

    /// Slots in the order of their keys: the one order that does not depend on the process.
    var sortedSlots: [Slot] {
        index.slots.sorted { records[Int($0)].key < records[Int($1)].key }
    }
}

extension Table: Sendable where Record: Sendable {}
