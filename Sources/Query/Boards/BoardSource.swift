internal import Ticketing
internal import Wire

/// Where boards come from. One thread at a time.
protocol BoardSource {
    /// A show as it is stored now; nil where there is none.
    func load(_ id: ShowId) throws -> (facts: ShowFacts, snapshot: BoardSnapshot, prices: Prices)?
    /// All changes behind a version, in order and without a gap, each with the first version in it; nil where not all
    /// of them are known any more.
    func lines(of id: ShowId, after version: UInt64) throws -> [MergedLine]?
    /// What is charged for a show's places now.
    func prices(of show: ShowId) throws -> Prices?
}

/// Several versions of a show told as one: see `ChangeMerge`.
struct MergedLine: Hashable, Sendable {
    let first: UInt64
    let line: ChangeLine
}
