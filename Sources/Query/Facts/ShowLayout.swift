internal import Ticketing

/// Where the places of a show are: numbered 1…N through its sections and their rows, as the rule book numbers them.
/// It never changes; whatever shows the same show shares it.
final class ShowLayout: Sendable {
    struct Section: Sendable {
        let name: Label
        let tier: Int
        /// General admission: places have numbers, but no rows.
        let isGeneral: Bool
        /// In `rows`; the one unnamed row of a general section.
        let rows: Range<Int>
        /// Counted from 0, as everything here is.
        let places: Range<Int>
    }

    struct Row: Sendable {
        let name: Label
        let places: Range<Int>
    }

    let sections: [Section]
    let rows: [Row]
    let placeCount: Int
    /// By tier the places of its sections.
    let placesByTier: [[Range<Int>]]

    /// nil for sections that are no show's.
    init?(_ specs: [SectionSpec], tiers: [Label]) {
        var sections: [Section] = []
        var rows: [Row] = []
        var placesByTier = [[Range<Int>]](repeating: [], count: tiers.count)
        var next = 0
        for spec in specs {
            guard let tier = tiers.firstIndex(of: spec.tier) else { return nil }
            let (firstPlace, firstRow) = (next, rows.count)
            let isGeneral: Bool
            switch spec.seating {
            case .general(let capacity):
                isGeneral = true
                guard Self.add(capacity, named: "", to: &rows, &next) else { return nil }
            case .rows(let specs):
                isGeneral = false
                for row in specs { guard Self.add(row.seats, named: row.name, to: &rows, &next) else { return nil } }
            }
            sections.append(
                Section(
                    name: spec.name, tier: tier, isGeneral: isGeneral, rows: firstRow..<rows.count,
                    places: firstPlace..<next))
            placesByTier[tier].append(firstPlace..<next)
        }
        self.sections = sections
        self.rows = rows
        self.placesByTier = placesByTier
        placeCount = next
    }

    private static func add(_ seats: Int, named name: Label, to rows: inout [Row], _ next: inout Int) -> Bool {
        guard seats >= 1, seats <= Bounds.placesPerShow - next else { return false }
        rows.append(Row(name: name, places: next..<next + seats))
        next += seats
        return true
    }

    var tierCount: Int { placesByTier.count }

    /// The section of a place that there is.
    func section(of place: Int) -> Int { Self.find(place, in: sections) { $0.places } }
    func row(of place: Int) -> Int { Self.find(place, in: rows) { $0.places } }
    func tier(of place: Int) -> Int { sections[section(of: place)].tier }

    private static func find<Part>(_ place: Int, in parts: [Part], _ places: (Part) -> Range<Int>) -> Int {
        var low = 0
        var high = parts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if places(parts[middle]).lowerBound <= place { low = middle } else { high = middle }
        }
        return low
    }

    /// What the place with this number, counted from 1, is called; nil if there is none.
    func name(ofNumber number: UInt32) -> SeatName? {
        guard number >= 1, number <= placeCount else { return nil }
        let place = Int(number) - 1
        let section = sections[section(of: place)]
        let row = rows[row(of: place)]
        return SeatName(
            section: section.name, row: section.isGeneral ? nil : row.name,
            number: place - row.places.lowerBound + 1)
    }

    /// Bytes, estimated.
    var footprint: Int { 200 + sections.count * 120 + rows.count * 48 }
}
