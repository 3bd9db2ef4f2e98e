internal import Runtime

/// Sessions that ended before their time. Pure, and bounded: where there are too many, those that would expire soonest
/// are forgotten, and with them every session that would expire by then counts as ended. Nobody who has left is let in
/// again; some may have to log in once more.
struct EndedSessionSet {
    private var expiries: [Session.Id: Timestamp] = [:]
    /// Whatever expires by then has ended.
    private(set) var floor = Timestamp(microseconds: .min)
    private let most: Int

    init(most: Int = 500_000) {
        precondition(most > 0, "a set has room")
        self.most = most
    }

    var count: Int { expiries.count }

    func contains(_ session: Session) -> Bool {
        session.expiresAt <= floor || expiries[session.id] != nil
    }

    mutating func insert(_ id: Session.Id, expiresAt: Timestamp) {
        guard expiresAt > floor else { return }
        expiries[id] = expiresAt
        if expiries.count > most { shrink() }
    }

    /// Forgets those that have expired anyway.
    mutating func prune(at now: Timestamp) {
        expiries = expiries.filter { $0.value > now }
    }

    /// Makes room for a quarter, so that it is seldom.
    private mutating func shrink() {
        let order = expiries.values.sorted()
        floor = order[max(0, order.count - 1 - most * 3 / 4)]
        let floor = floor
        expiries = expiries.filter { $0.value > floor }
    }
}
