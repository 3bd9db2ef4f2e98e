package import Ticketing

/// Several versions of a show told as one: where each place stood before the first and stands behind the last.
///
///     var merge = ChangeMerge(from: lines[0])
///     for line in lines.dropFirst() { merge.add(line) }
///     merge.net.append(to: &message)
///
/// Whoever has one of the versions in between comes to the newest, too, by setting each place of `line` to what it
/// became.
public struct ChangeMerge: Sendable {
    public let show: ShowId
    /// The newest that is in it.
    public private(set) var version: UInt64

    private var passages: [Passage] = []
    /// Where each place's passage is. Kept only once a place has come out of order: best available takes them in it.
    private var positions: [UInt32: Int]?
    private var waiting: [(tier: Int, count: Int)] = []
    private var isAdded = false
    private var isCancelled = false

    /// One place's way.
    private struct Passage {
        let place: UInt32
        let from: PlaceStatus
        var to: PlaceStatus
    }

    public init(from first: ChangeLine) {
        self.init(show: first.show, version: first.version)
        for change in first.changes { add(change, version: first.version) }
    }

    /// Of nothing yet.
    package init(show: ShowId, version: UInt64) {
        self.show = show
        self.version = version
    }

    /// Adds what was told next. A line of no newer version than what is in it says nothing new, and is passed over: it
    /// may come from the table while its like comes from the broker.
    public mutating func add(_ line: ChangeLine) {
        precondition(line.show == show, "changes of one show are merged")
        guard line.version > version else { return }
        version = line.version
        for change in line.changes { add(change, version: line.version) }
    }

    /// Adds one change of that version, which is not before the newest.
    package mutating func add(_ change: ShowChange.Kind, version: UInt64) {
        precondition(version >= self.version, "changes are merged in the order of their versions")
        self.version = version
        switch change {
        case .places(let list, let from, let to):
            for place in list { move(place, from, to) }
        case .line(let tier, let count):
            if let index = waiting.firstIndex(where: { $0.tier == tier }) {
                waiting[index].count = count
            } else {
                waiting.append((tier, count))
            }
        case .added: isAdded = true
        case .cancelled: isCancelled = true
        }
    }

    private mutating func move(_ place: UInt32, _ from: PlaceStatus, _ to: PlaceStatus) {
        if positions == nil, let last = passages.last, last.place >= place {
            positions = Dictionary(uniqueKeysWithValues: passages.enumerated().map { ($1.place, $0) })
        }
        if let known = positions?[place] {
            passages[known].to = to
        } else {
            positions?[place] = passages.count
            passages.append(Passage(place: place, from: from, to: to))
        }
    }

    /// Everything that was touched, even what is as it was before. Its changes apply in any order.
    public var line: ChangeLine { line(withUnchanged: true) }

    /// The same without the places that are as they were, for whoever has the version before the first.
    public var net: ChangeLine { line(withUnchanged: false) }

    private func line(withUnchanged isWhole: Bool) -> ChangeLine {
        let statuses = PlaceStatus.inOrder
        var lists = [[UInt32]](repeating: [], count: statuses.count * statuses.count)
        for passage in passages where isWhole || passage.from != passage.to {
            lists[passage.from.rank * statuses.count + passage.to.rank].append(passage.place)
        }
        var changes: [ShowChange.Kind] = isAdded ? [.added] : []
        for (index, list) in lists.enumerated() where !list.isEmpty {
            let (from, to) = (statuses[index / statuses.count], statuses[index % statuses.count])
            changes.append(.places(PlaceList(list), from: from, to: to))
        }
        for (tier, count) in waiting.sorted(by: { $0.tier < $1.tier }) {
            changes.append(.line(tier: tier, waiting: count))
        }
        if isCancelled { changes.append(.cancelled) }
        return ChangeLine(show: show, version: version, changes: changes)
    }
}

extension PlaceStatus {
    /// The same changes make the same line.
    fileprivate static let inOrder: [PlaceStatus] = [.free, .held, .sold, .blocked]

    fileprivate var rank: Int {
        switch self {
        case .free: 0
        case .held: 1
        case .sold: 2
        case .blocked: 3
        }
    }
}
