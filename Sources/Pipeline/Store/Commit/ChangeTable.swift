internal import Ticketing
internal import Wire

/// What a group tells readers of the shows that it changes: for each, from which version to which, and one line of all.
struct ChangeTable {
    typealias Key = RowKey<ShowNumber>

    struct Item {
        let key: Key
        let first: UInt64
        fileprivate(set) var merge: ChangeMerge

        var last: UInt64 { merge.version }
        /// As it is stored.
        var line: [UInt8] {
            var bytes: [UInt8] = []
            merge.line.append(to: &bytes)
            return bytes
        }
    }

    private var items: [Item] = []
    private var positions: [Key: Int] = [:]

    mutating func removeAll() {
        items.removeAll(keepingCapacity: true)
        positions.removeAll(keepingCapacity: true)
    }

    /// - Throws: when a version is left out.
    mutating func add(_ change: ShowChange, event: EventId) throws(Contradiction) {
        let key = Key(event: event, id: change.show)
        let position: Int
        if let known = positions[key] {
            position = known
            let version = items[known].merge.version
            guard change.version == version || change.version == version + 1 else {
                throw Contradiction("version \(change.version) of show \(change.show) comes after \(version)")
            }
        } else {
            position = items.count
            positions[key] = position
            let merge = ChangeMerge(show: ShowId(event, change.show), version: change.version)
            items.append(Item(key: key, first: change.version, merge: merge))
        }
        items[position].merge.add(change.kind, version: change.version)
    }

    /// In key order.
    var rows: [Item] { items.inOrder { $0.key } }
}
