/// How fast a lane decides, over its last looks.
struct Pace {
    /// Commands that were decided since the last look.
    private var decided = 0
    /// The newest last. The first one is never empty.
    private var looks: [(decided: Int, took: Duration)] = []
    /// A second's worth, at four a second.
    private static let kept = 4

    mutating func note(_ count: Int) { decided += count }

    /// - Returns: commands in a second, rounded up: only where there are none it is 0.
    mutating func look(after duration: Duration) -> Int {
        looks.append((decided, duration))
        decided = 0
        if looks.count > Self.kept { looks.removeFirst() }
        // How long it had nothing to do before does not make it slower.
        while let first = looks.first, first.decided == 0 { looks.removeFirst() }
        let nanoseconds = looks.reduce(Duration.zero) { $0 + $1.took } / .nanoseconds(1)
        let count = looks.reduce(0) { $0 + $1.decided }
        guard count > 0, nanoseconds >= 1 else { return count }
        return Int((Double(count) * 1e9 / nanoseconds).rounded(.up))
    }
}
