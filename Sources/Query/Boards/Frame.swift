/// What has changed between two versions of a show: each place that anything happened to.
struct Frame: Hashable, Sendable {
    struct Place: Hashable, Sendable {
        /// Counted from 1.
        let number: UInt32
        /// Letters as readers see them.
        let from: UInt8
        let to: UInt8
    }

    /// It begins behind this version, and ends with the other.
    let base: UInt64
    let version: UInt64
    /// In ascending order.
    let places: [Place]
    /// Whether the show was cancelled within.
    let isCancellation: Bool

    static func nothing(since version: UInt64) -> Frame {
        Frame(base: version, version: version, places: [], isCancellation: false)
    }
}
