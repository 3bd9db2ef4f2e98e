// The searches change nothing. They are `mutating` because the compiler then works on the map in its place; for a call
// that only reads it copies the map's six references before and drops them after, which costs as much as the search.

extension PlaceMap {
    /// The best neighbouring places of a tier: in the best unit that has them, and in that where they leave no single
    /// place behind if that can be had.
    mutating func together(_ quantity: Int, tier: Int) -> PlaceList? {
        guard let rank = runs[tier].unit(withRun: quantity) else { return nil }
        let unit = Int(layout.unitsByTier[tier][rank])
        let range = layout.places(of: unit)
        if layout.isGeneral(unit) {
            if let first = free.next(from: range.lowerBound, below: range.upperBound),
                free.nextClear(from: first, below: first + quantity) == first + quantity
            {
                return PlaceList(from: UInt32(first), count: quantity)
            }
            return PlaceList(firstFree(quantity, in: range))
        }
        guard let start = bestStart(quantity, in: range) else {
            preconditionFailure("the index of runs names a row without such a run")
        }
        return PlaceList(from: UInt32(start), count: quantity)
    }

    /// The best places of a tier, wherever they are: better units first, each emptied before the next. In the last
    /// row the
    /// whole runs go first, and the rest is placed as a party of its own would be.
    mutating func apart(_ quantity: Int, tier: Int) -> PlaceList? {
        guard counts[tier].free >= quantity else { return nil }
        var found: [UInt32] = []
        found.reserveCapacity(quantity)
        var rank = 0
        while found.count < quantity {
            guard let next = runs[tier].unit(withRun: 1, from: rank) else {
                preconditionFailure("fewer free places than the tier counts")
            }
            rank = next + 1
            let unit = Int(layout.unitsByTier[tier][next])
            let range = layout.places(of: unit)
            let missing = quantity - found.count
            if freeCount(ofUnit: unit) <= missing || layout.isGeneral(unit) {
                found += firstFree(min(missing, freeCount(ofUnit: unit)), in: range)
            } else {
                fill(missing, in: range, into: &found)
            }
        }
        return PlaceList(found)
    }

    /// Takes whole runs in order while they fit, then places the rest among the runs that are left.
    private func fill(_ quantity: Int, in range: Range<Int>, into found: inout [UInt32]) {
        var missing = quantity
        var position = range.lowerBound
        while missing > 0, let start = free.next(from: position, below: range.upperBound) {
            let end = free.nextClear(from: start, below: range.upperBound)
            if end - start > missing {
                guard let best = bestStart(missing, in: start..<range.upperBound) else { return }
                for place in best..<best + missing { found.append(UInt32(place)) }
                return
            }
            for place in start..<end { found.append(UInt32(place)) }
            missing -= end - start
            position = end
        }
    }

    /// Where in a row a party sits: a run that it fills exactly, else one of which at least two places remain, else any
    /// that is long enough; of equals the first. At a run's start it never leaves a place behind on its left.
    private func bestStart(_ quantity: Int, in range: Range<Int>) -> Int? {
        var roomy: Int?
        var orphaning: Int?
        var position = range.lowerBound
        while let start = free.next(from: position, below: range.upperBound) {
            position = free.nextClear(from: start, below: range.upperBound)
            switch position - start - quantity {
            case 0: return start
            case 1: orphaning = orphaning ?? start
            case 2...: roomy = roomy ?? start
            default: break
            }
        }
        return roomy ?? orphaning
    }

    private func firstFree(_ quantity: Int, in range: Range<Int>) -> [UInt32] {
        var found: [UInt32] = []
        found.reserveCapacity(quantity)
        var position = range.lowerBound
        while found.count < quantity, let next = free.next(from: position, below: range.upperBound) {
            found.append(UInt32(next))
            position = next + 1
        }
        return found
    }
}
