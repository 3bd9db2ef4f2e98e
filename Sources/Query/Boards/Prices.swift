internal import Ticketing

/// What places cost that are sold now. They change without a version of the show's: each of them has a number.
struct Prices: Hashable, Sendable {
    let number: Int
    /// By tier.
    let amounts: [Int64]
    let currency: Currency
}
