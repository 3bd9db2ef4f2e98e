/// The places of a show: numbered 1…N through its sections, better first. It never changes; shows that are alike
/// share it.
///
/// A unit is what a party is seated within: a row, or a whole section without rows.
public final class Layout: Sendable {
    struct Section: Sendable {
        let name: Label
        let tier: Int
        let isGeneral: Bool
        let firstUnit: Int
        let firstPlace: UInt32
    }

    private struct RowKey: Hashable {
        let section: Int
        let name: Label
    }

    public let specs: [SectionSpec]
    public let placeCount: Int
    let tierCount: Int
    let sections: [Section]
    /// By unit its first place, and behind the last unit one past the last place.
    private let unitStarts: [UInt32]
    private let unitSections: [UInt16]
    /// A unit's position among the units of its tier, better first.
    private let unitRanks: [UInt32]
    /// By tier: its units, better first.
    let unitsByTier: [[UInt32]]
    private let rowNames: [Label]
    private let sectionsByName: [Label: Int]
    private let rowsByName: [RowKey: Int]

    /// The specs have passed `check`, and each one's tier is among `tiers`.
    init(_ specs: [SectionSpec], tiers: [Label]) {
        var sections: [Section] = []
        var unitStarts: [UInt32] = []
        var unitSections: [UInt16] = []
        var unitRanks: [UInt32] = []
        var unitsByTier = [[UInt32]](repeating: [], count: tiers.count)
        var rowNames: [Label] = []
        var sectionsByName: [Label: Int] = [:]
        var rowsByName: [RowKey: Int] = [:]
        var nextPlace: UInt32 = 1
        for spec in specs {
            guard let tier = tiers.firstIndex(of: spec.tier) else { preconditionFailure("a section of no tier") }
            let number = sections.count
            sectionsByName[spec.name] = number
            let rows: [RowSpec]
            let isGeneral: Bool
            switch spec.seating {
            case .rows(let given): (rows, isGeneral) = (given, false)
            case .general(let capacity): (rows, isGeneral) = ([RowSpec(name: "", seats: capacity)], true)
            }
            sections.append(
                Section(
                    name: spec.name, tier: tier, isGeneral: isGeneral, firstUnit: unitStarts.count,
                    firstPlace: nextPlace))
            for row in rows {
                let unit = unitStarts.count
                unitStarts.append(nextPlace)
                unitSections.append(UInt16(number))
                unitRanks.append(UInt32(unitsByTier[tier].count))
                unitsByTier[tier].append(UInt32(unit))
                rowNames.append(row.name)
                if !isGeneral { rowsByName[RowKey(section: number, name: row.name)] = unit }
                nextPlace += UInt32(row.seats)
            }
        }
        unitStarts.append(nextPlace)
        self.specs = specs
        self.sections = sections
        self.unitStarts = unitStarts
        self.unitSections = unitSections
        self.unitRanks = unitRanks
        self.unitsByTier = unitsByTier
        self.rowNames = rowNames
        self.sectionsByName = sectionsByName
        self.rowsByName = rowsByName
        tierCount = tiers.count
        placeCount = Int(nextPlace) - 1
    }

    var unitCount: Int { unitSections.count }

    func unit(of place: UInt32) -> Int {
        var low = 0
        var high = unitCount
        while high - low > 1 {
            let middle = (low + high) / 2
            if unitStarts[middle] <= place { low = middle } else { high = middle }
        }
        return low
    }

    func places(of unit: Int) -> Range<Int> { Int(unitStarts[unit])..<Int(unitStarts[unit + 1]) }
    func tier(ofUnit unit: Int) -> Int { sections[Int(unitSections[unit])].tier }
    func isGeneral(_ unit: Int) -> Bool { sections[Int(unitSections[unit])].isGeneral }
    func rank(of unit: Int) -> Int { Int(unitRanks[unit]) }
    func tier(of place: UInt32) -> Int { tier(ofUnit: unit(of: place)) }

    /// The number of the place with this name; nil if there is none.
    public func place(named name: SeatName) -> UInt32? {
        guard let number = sectionsByName[name.section] else { return nil }
        let section = sections[number]
        let unit: Int
        if section.isGeneral {
            guard name.row == nil else { return nil }
            unit = section.firstUnit
        } else {
            guard let row = name.row, let found = rowsByName[RowKey(section: number, name: row)] else { return nil }
            unit = found
        }
        let range = places(of: unit)
        guard name.number >= 1, name.number <= range.count else { return nil }
        return UInt32(range.lowerBound + name.number - 1)
    }

    /// The name of a place of this layout.
    public func name(of place: UInt32) -> SeatName {
        precondition(place >= 1 && place <= placeCount)
        let unit = unit(of: place)
        let section = sections[Int(unitSections[unit])]
        return SeatName(
            section: section.name, row: section.isGeneral ? nil : rowNames[unit],
            number: Int(place - unitStarts[unit]) + 1)
    }
}
