internal import Ticketing

/// What a group does to claims: whatever happens to a place on the way, its row changes once, from the hands that it
/// was in before the group to those that it is in behind it.
struct ClaimTable {
    struct Key: Hashable, Comparable {
        let event: EventId
        let show: Int32
        let place: UInt32

        static func < (left: Self, right: Self) -> Bool {
            if left.event != right.event { return left.event < right.event }
            return left.show == right.show ? left.place < right.place : left.show < right.show
        }
    }

    /// Who has a place.
    struct Hands: Hashable {
        let holder: ReservationId?
        let kind: ClaimKind
    }

    struct Item {
        let key: Key
        /// nil: the place is free.
        let before: Hands?
        var after: Hands?
    }

    private var items: [Item] = []
    private var positions: [Key: Int] = [:]

    mutating func removeAll() {
        items.removeAll(keepingCapacity: true)
        positions.removeAll(keepingCapacity: true)
    }

    mutating func insert(_ claims: Claims, event: EventId) throws(Contradiction) {
        try move(claims, event: event, from: nil, to: Hands(holder: claims.holder, kind: claims.kind))
    }

    mutating func delete(_ claims: Claims, event: EventId) throws(Contradiction) {
        try move(claims, event: event, from: Hands(holder: claims.holder, kind: claims.kind), to: nil)
    }

    mutating func change(_ claims: Claims, to kind: ClaimKind, event: EventId) throws(Contradiction) {
        try move(
            claims, event: event, from: Hands(holder: claims.holder, kind: claims.kind),
            to: Hands(holder: claims.holder, kind: kind))
    }

    private mutating func move(
        _ claims: Claims, event: EventId, from before: Hands?, to after: Hands?
    ) throws(Contradiction) {
        for place in claims.places {
            let key = Key(event: event, show: Int32(clamping: claims.show), place: place)
            if let position = positions[key] {
                guard items[position].after == before else {
                    throw Contradiction("place \(place) of show \(claims.show) is in other hands")
                }
                items[position].after = after
            } else {
                positions[key] = items.count
                items.append(Item(key: key, before: before, after: after))
            }
        }
    }

    /// The net changes by what they are in the table, in key order. A place that was taken and freed is none of them.
    var net: Net {
        var net = Net()
        net.inserts.reserveCapacity(items.count)
        for item in items {
            switch (item.before, item.after) {
            case (nil, nil): break
            case (nil, .some): net.inserts.append(item)
            case (.some, nil): net.deletes.append(item)
            case (.some, .some): net.changes.append(item)
            }
        }
        // Best available takes places in their order, so that there is mostly nothing to sort.
        net.inserts = net.inserts.inOrder { $0.key }
        net.deletes = net.deletes.inOrder { $0.key }
        net.changes = net.changes.inOrder { $0.key }
        return net
    }

    struct Net {
        var inserts: [Item] = []
        var deletes: [Item] = []
        var changes: [Item] = []
    }
}
