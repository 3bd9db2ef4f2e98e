internal import Ticketing
internal import Wire

@testable import Query

/// A show as a plain second implementation has it, which makes up what happens to it.
struct ModelShow {
    static let tenant = TenantId(high: 1, low: 2)
    static let id = ShowId(EventId(high: 3, low: 4), 1)

    let layout: ShowLayout
    var version: UInt64 = 1
    var places: [PlaceStatus]
    var waiting: [Int]
    var isCancelled = false
    private(set) var lines: [ChangeLine] = []

    static let specs = [
        SectionSpec(
            name: "Floor", tier: "A",
            rows: [RowSpec(name: "A", seats: 7), RowSpec(name: "B", seats: 5), RowSpec(name: "C", seats: 1)]),
        SectionSpec(name: "Standing", tier: "B", capacity: 9),
        SectionSpec(name: "Balcony", tier: "A", rows: [RowSpec(name: "1", seats: 4)]),
    ]

    init?() {
        guard let layout = ShowLayout(Self.specs, tiers: ["A", "B"]) else { return nil }
        self.layout = layout
        places = [PlaceStatus](repeating: .free, count: layout.placeCount)
        waiting = [0, 0]
    }

    var snapshot: BoardSnapshot {
        BoardSnapshot(
            layout: layout, version: version, isCancelled: isCancelled, places: places.map(\.rawValue),
            waiting: waiting)
    }

    static func tier(of place: Int) -> Int { place >= 13 && place < 22 ? 1 : 0 }

    /// By place, as readers see it.
    var letters: [UInt8] {
        places.enumerated().map { place, status in
            status == .free && waiting[Self.tier(of: place)] > 0 ? PlaceStatus.held.rawValue : status.rawValue
        }
    }

    func counts(ofTier tier: Int) -> ShowBoard.Counts {
        let letters = letters.enumerated().filter { Self.tier(of: $0.offset) == tier }.map(\.element)
        func count(_ status: PlaceStatus) -> Int { letters.count { $0 == status.rawValue } }
        return ShowBoard.Counts(
            total: letters.count, free: count(.free), held: count(.held), sold: count(.sold), blocked: count(.blocked))
    }

    /// Something happens, of which readers are told in one line.
    mutating func happen(_ random: inout some RandomNumberGenerator) -> ChangeLine {
        var changes: [ShowChange.Kind] = []
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            if Int.random(in: 0..<4, using: &random) == 0 {
                let tier = Int.random(in: 0...1, using: &random)
                waiting[tier] = max(0, waiting[tier] + Int.random(in: -1...1, using: &random))
                changes.append(.line(tier: tier, waiting: waiting[tier]))
            } else if let change = move(&random) {
                changes.append(change)
            }
        }
        if changes.isEmpty { changes.append(.line(tier: 0, waiting: waiting[0])) }
        if !isCancelled, Int.random(in: 0..<200, using: &random) == 0 {
            isCancelled = true
            changes.append(.cancelled)
        }
        version += 1
        let line = ChangeLine(show: Self.id, version: version, changes: changes)
        lines.append(line)
        return line
    }

    private mutating func move(_ random: inout some RandomNumberGenerator) -> ShowChange.Kind? {
        let from = places[Int.random(in: places.indices, using: &random)]
        let to =
            [PlaceStatus.free, .held, .sold, .blocked].filter { $0 != from }.randomElement(using: &random) ?? .free
        let some = places.indices.filter { places[$0] == from }.shuffled(using: &random)
            .prefix(Int.random(in: 1...6, using: &random))
        guard !some.isEmpty else { return nil }
        for place in some { places[place] = to }
        return .places(PlaceList(some.map { UInt32($0 + 1) }), from: from, to: to)
    }

    /// As it is stored: several versions in one line, of which the first is told.
    func merged(_ versions: ClosedRange<UInt64>) -> MergedLine? {
        let some = lines.filter { versions.contains($0.version) }
        guard let first = some.first else { return nil }
        var merge = ChangeMerge(from: first)
        for line in some.dropFirst() { merge.add(line) }
        return MergedLine(first: first.version, line: merge.line)
    }
}

extension ShowBoard {
    var allLetters: [UInt8] { (0..<layout.placeCount).map { letter(of: $0) } }
}

extension Frame {
    /// What a client does with it.
    func apply(to letters: inout [UInt8]) {
        for place in places { letters[Int(place.number) - 1] = place.to }
    }
}
