/// A show's places at one version, as they are stored.
struct BoardSnapshot: Sendable {
    let layout: ShowLayout
    let version: UInt64
    let isCancelled: Bool
    /// A `PlaceStatus` for each.
    let places: [UInt8]
    /// By tier, how many entries wait.
    let waiting: [Int]
}
