internal import Runtime

/// Who asks the journal what became of a request: whoever comes is looked up at once, and again every so often until
/// there is an answer, however many others come meanwhile. Pure.
struct Inquiries<Inquiry> {
    /// What may wait at most.
    let bound: Int
    /// What is looked up together at most.
    let most: Int
    /// How often those are looked up again whose requests were undecided.
    let interval: Duration

    private var fresh = Fifo<Inquiry>()
    private var known = Fifo<Inquiry>()
    private var nextRound: MonotonicTime?

    init(bound: Int, most: Int, interval: Duration) {
        precondition(bound > 0 && most > 1)
        self.bound = bound
        self.most = most
        self.interval = interval
    }

    var count: Int { fresh.count + known.count }

    /// - Returns: whether there was room.
    mutating func add(_ inquiry: Inquiry) -> Bool {
        guard count < bound else { return false }
        fresh.append(inquiry)
        return true
    }

    /// Those to be looked up now. What is undecided comes back by `putBack`.
    ///
    /// - Parameter isLast: nobody is kept waiting any more.
    mutating func take(at now: MonotonicTime, isLast: Bool = false) -> [Inquiry] {
        var taken: [Inquiry] = []
        if isLast || nextRound.map({ now >= $0 }) ?? true {
            nextRound = now + interval
            // Where there is not room for all, neither those who come nor those who wait have it for themselves.
            let room = most - min(fresh.count, most / 2)
            while taken.count < room, let inquiry = known.popFirst() { taken.append(inquiry) }
        }
        while taken.count < most, let inquiry = fresh.popFirst() { taken.append(inquiry) }
        return taken
    }

    mutating func putBack(_ inquiries: [Inquiry]) { for inquiry in inquiries { known.append(inquiry) } }

    mutating func removeAll() -> [Inquiry] {
        var all: [Inquiry] = []
        while let inquiry = known.popFirst() ?? fresh.popFirst() { all.append(inquiry) }
        return all
    }
}
