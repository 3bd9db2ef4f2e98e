internal import Ticketing

/// A row within its event.
struct RowKey<RowId: Hashable & Comparable & Sendable>: Hashable, Comparable, Sendable {
    let event: EventId
    let id: RowId

    static func < (left: Self, right: Self) -> Bool {
        left.event == right.event ? left.id < right.id : left.event < right.event
    }
}

/// What a group does to one table whose rows are written whole: several writes of one row become its insert or its last
/// update.
struct RowTable<RowId: Hashable & Comparable & Sendable, Row: Sendable> {
    typealias Key = RowKey<RowId>

    struct Item: Sendable {
        let key: Key
        var row: Row
        let isNew: Bool
    }

    private(set) var items: [Item] = []
    private var positions: [Key: Int] = [:]
    private var newCount = 0
    private let name: StaticString

    init(_ name: StaticString) { self.name = name }

    var isEmpty: Bool { items.isEmpty }

    mutating func removeAll() {
        items.removeAll(keepingCapacity: true)
        positions.removeAll(keepingCapacity: true)
        newCount = 0
    }

    mutating func insert(_ row: Row, event: EventId, id: RowId) throws(Contradiction) {
        let key = Key(event: event, id: id)
        guard positions.updateValue(items.count, forKey: key) == nil else {
            throw Contradiction("a \(name) row is inserted twice")
        }
        items.append(Item(key: key, row: row, isNew: true))
        newCount += 1
    }

    mutating func update(_ row: Row, event: EventId, id: RowId) {
        let key = Key(event: event, id: id)
        if let position = positions[key] {
            items[position].row = row
        } else {
            positions[key] = items.count
            items.append(Item(key: key, row: row, isNew: false))
        }
    }

    /// Changes a row that the group has written, or says that it has not.
    mutating func change(event: EventId, id: RowId, _ body: (inout Row) -> Void) -> Bool {
        guard let position = positions[Key(event: event, id: id)] else { return false }
        body(&items[position].row)
        return true
    }

    /// In key order.
    var inserted: [Item] { newCount == 0 ? [] : sorted(isNew: true) }
    var updated: [Item] { newCount == items.count ? [] : sorted(isNew: false) }

    private func sorted(isNew: Bool) -> [Item] {
        let wanted = newCount == (isNew ? items.count : 0) ? items : items.filter { $0.isNew == isNew }
        return wanted.inOrder { $0.key }
    }
}

/// Writes of one group that cannot all be true, whatever the database holds.
struct Contradiction: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
