internal import Ticketing
internal import Wire

/// Where boards come from. One thread at a time.
protocol BoardSource {
    /// A show as it is stored now; nil where there is none.
    func load(_ id: ShowId) throws -> (facts: ShowFacts, snapshot: BoardSnapshot, prices: Prices)?
    /// Changes behind a version up to the newest, in order and without a gap, as far as they are kept: the first may
    /// begin behind what is asked for. Where there are too many to be worth it, only the newest.
    func lines(of id: ShowId, after version: UInt64) throws -> [MergedLine]
    /// What is charged for a show's places now.
    func prices(of show: ShowId) throws -> Prices?
}

/// Several versions of a show told as one: see `ChangeMerge`.
struct MergedLine: Hashable, Sendable {
    let first: UInt64
    let line: ChangeLine

    /// What of such lines leads on from a version; nil where something is missing between.
    static func leading(from version: UInt64, _ lines: [MergedLine]) -> ArraySlice<MergedLine>? {
        let rest = lines.drop { $0.line.version <= version }
        guard let first = rest.first, first.first <= version + 1 else { return nil }
        return rest
    }
}
