/// Who has which place of a show, and where free ones are: about five bytes a place, and every question answered
/// without a walk through the house.
struct PlaceMap: Sendable {
    /// Places of one tier by what became of them.
    struct Counts: Hashable, Sendable {
        var free = 0
        var held = 0
        var sold = 0
        var blocked = 0

        var total: Int { free + held + sold + blocked }
    }

    /// A holder that is no reservation.
    private static let nobody = Slot.none
    private static let house = Slot.none - 1

    let layout: Layout
    private(set) var counts: [Counts]
    private(set) var free: BitRows
    private var holders: [Slot]
    private var unitFree: [UInt32]
    private(set) var runs: [RunIndex]

    /// All places are free. No party is larger than `largestParty`.
    init(_ layout: Layout, largestParty: Int) {
        self.layout = layout
        counts = [Counts](repeating: Counts(), count: layout.tierCount)
        // Place 0 does not exist: a place's number is its position everywhere.
        free = BitRows(rows: 1, width: layout.placeCount + 1)
        holders = [Slot](repeating: Self.nobody, count: layout.placeCount + 1)
        for place in 1...layout.placeCount { free.insert(place) }
        unitFree = (0..<layout.unitCount).map { UInt32(layout.places(of: $0).count) }
        runs = layout.unitsByTier.map { units in
            let longest = units.map { layout.places(of: Int($0)).count }.max() ?? 1
            return RunIndex(units: units.count, cap: max(1, min(longest, largestParty)))
        }
        for unit in 0..<layout.unitCount {
            let count = layout.places(of: unit).count
            let tier = layout.tier(ofUnit: unit)
            runs[tier].set(longestRun: count, ofUnit: layout.rank(of: unit))
            counts[tier].free += count
        }
    }

    func isFree(_ place: UInt32) -> Bool { free.contains(Int(place)) }
    func isBlocked(_ place: UInt32) -> Bool { holders[Int(place)] == Self.house }

    /// The reservation that has the place.
    func holder(of place: UInt32) -> Slot? {
        let holder = holders[Int(place)]
        return holder < Self.house ? holder : nil
    }

    func freeCount(ofUnit unit: Int) -> Int { Int(unitFree[unit]) }

    /// Free places become a reservation's.
    mutating func hold(_ places: PlaceList, by slot: Slot) {
        precondition(slot < Self.house)
        take(places, holder: slot) { $0.held += 1 }
    }

    /// Held places become sold: they stay with their reservation.
    mutating func sell(_ places: PlaceList, by slot: Slot) {
        for place in places {
            precondition(holders[Int(place)] == slot, "sold to one who does not hold it")
            let tier = layout.tier(of: place)
            counts[tier].held -= 1
            counts[tier].sold += 1
        }
    }

    mutating func block(_ place: UInt32) {
        take(PlaceList(from: place, count: 1), holder: Self.house) { $0.blocked += 1 }
    }

    mutating func unblock(_ place: UInt32) {
        give(PlaceList(from: place, count: 1), holder: Self.house) { $0.blocked -= 1 }
    }

    /// A reservation's places are free again.
    mutating func free(_ places: PlaceList, of slot: Slot, sold: Bool) {
        give(places, holder: slot) { counts in
            if sold { counts.sold -= 1 } else { counts.held -= 1 }
        }
    }

    private mutating func take(_ places: PlaceList, holder: Slot, count: (inout Counts) -> Void) {
        var unit = -1
        var range = 0..<0
        var tier = 0
        for place in places {
            let position = Int(place)
            if !range.contains(position) {
                if unit >= 0 { shorten(unit, range, tier) }
                unit = layout.unit(of: place)
                range = layout.places(of: unit)
                tier = layout.tier(ofUnit: unit)
            }
            precondition(holders[position] == Self.nobody && free.contains(position), "a place that is not free")
            holders[position] = holder
            free.remove(position)
            unitFree[unit] -= 1
            counts[tier].free -= 1
            count(&counts[tier])
        }
        if unit >= 0 { shorten(unit, range, tier) }
    }

    private mutating func give(_ places: PlaceList, holder: Slot, count: (inout Counts) -> Void) {
        var unit = -1
        var range = 0..<0
        var tier = 0
        for place in places {
            let position = Int(place)
            if !range.contains(position) {
                unit = layout.unit(of: place)
                range = layout.places(of: unit)
                tier = layout.tier(ofUnit: unit)
            }
            precondition(holders[position] == holder && !free.contains(position), "a place of somebody else")
            holders[position] = Self.nobody
            free.insert(position)
            unitFree[unit] += 1
            counts[tier].free += 1
            count(&counts[tier])
            lengthen(unit, range, tier, around: position)
        }
    }

    /// After places of a unit were taken: its longest run may have become shorter, never longer.
    private mutating func shorten(_ unit: Int, _ range: Range<Int>, _ tier: Int) {
        let rank = layout.rank(of: unit)
        let before = runs[tier].longestRun(ofUnit: rank)
        guard before > 0 else { return }
        let after = layout.isGeneral(unit) ? Int(unitFree[unit]) : longestRun(in: range, atMost: before)
        runs[tier].set(longestRun: after, ofUnit: rank)
    }

    /// After a place of a unit was given back: only the run that it is in may have become the longest.
    private mutating func lengthen(_ unit: Int, _ range: Range<Int>, _ tier: Int, around position: Int) {
        let rank = layout.rank(of: unit)
        let before = runs[tier].longestRun(ofUnit: rank)
        let cap = runs[tier].cap
        guard before < cap else { return }
        if layout.isGeneral(unit) {
            runs[tier].set(longestRun: Int(unitFree[unit]), ofUnit: rank)
            return
        }
        var first = position
        while first > range.lowerBound, position - first < cap, free.contains(first - 1) { first -= 1 }
        let end = free.nextClear(from: position, below: min(range.upperBound, position + cap))
        if end - first > before { runs[tier].set(longestRun: end - first, ofUnit: rank) }
    }

    /// The longest run of free places in a range; the search ends where one of `most` is found.
    func longestRun(in range: Range<Int>, atMost most: Int) -> Int {
        var longest = 0
        var position = range.lowerBound
        while longest < most, let start = free.next(from: position, below: range.upperBound) {
            position = free.nextClear(from: start, below: range.upperBound)
            longest = max(longest, position - start)
        }
        return min(longest, most)
    }
}
