/// When something was wrong, or may have had consequences still.
struct Disturbances {
    private var spans: [(from: Int64, to: Int64)] = []

    mutating func add(from start: Int64, to end: Int64) { spans.append((start, end)) }

    /// Whether nothing was wrong in that span until now.
    ///
    /// - Parameter known: what began at that time is not counted.
    func isCalm(since start: Int64, until now: Int64, exceptFrom known: Int64? = nil) -> Bool {
        !spans.contains { $0.from <= now && $0.to >= start && $0.from != known }
    }
}
