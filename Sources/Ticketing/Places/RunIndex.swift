/// For the units of one tier, better first: how many neighbours are free in each at most, and for each length the units
/// that have that many. The best unit for a party is then one look-up, and seldom does a sale change anything here.
struct RunIndex: Sendable {
    /// Longer runs count as this long: no party is larger.
    let cap: Int
    private var longest: [UInt8]
    private var units: BitRows

    init(units count: Int, cap: Int) {
        precondition(cap >= 1 && cap <= Bounds.placesPerReservation)
        self.cap = cap
        longest = [UInt8](repeating: 0, count: count)
        units = BitRows(rows: cap, width: count)
    }

    func longestRun(ofUnit rank: Int) -> Int { Int(longest[rank]) }

    mutating func set(longestRun run: Int, ofUnit rank: Int) {
        let new = min(run, cap)
        let old = Int(longest[rank])
        guard new != old else { return }
        longest[rank] = UInt8(new)
        if new > old {
            for length in old..<new { units.insert(rank, row: length) }
        } else {
            for length in new..<old { units.remove(rank, row: length) }
        }
    }

    /// The best unit from `rank` on that has a run of `length`.
    func unit(withRun length: Int, from rank: Int = 0) -> Int? {
        length <= cap ? units.next(from: rank, below: longest.count, row: length - 1) : nil
    }
}
