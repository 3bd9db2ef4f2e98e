/// Metrics of one name that differ in the values of their labels.
///
/// The number of label values is bounded, so that no input can fill the memory: what comes when the family is full is
/// counted together, with every label `other`.
public final class MetricFamily<Kept: Sendable>: Sendable {
    private struct State {
        var series: [(values: [String], kept: Kept)] = []
        var index: [[String]: Int] = [:]
    }

    private let labels: Int
    private let most: Int
    private let make: @Sendable () -> Kept
    private let state = Lock(State())

    init(labels: [String], most: Int, make: @escaping @Sendable () -> Kept) {
        precondition(!labels.isEmpty, "a family has labels")
        precondition(most >= 1, "a family holds something")
        self.labels = labels.count
        self.most = most
        self.make = make
    }

    /// The metric with these label values, made when first asked for. Takes a lock: keep what it returns.
    public func with(_ values: String...) -> Kept { with(values) }

    public func with(_ values: [String]) -> Kept {
        precondition(values.count == labels, "\(labels) label values are needed")
        return state.withLock { state in
            if let index = state.index[values] { return state.series[index].kept }
            // One place is kept for the others.
            let full = state.series.count >= most
            let values = full ? Array(repeating: "other", count: labels) : values
            if let index = state.index[values] { return state.series[index].kept }
            let kept = make()
            state.index[values] = state.series.count
            state.series.append((values, kept))
            return kept
        }
    }

    func all() -> [(values: [String], kept: Kept)] { state.withLock { $0.series } }
}
