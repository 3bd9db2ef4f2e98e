/// Takes in a request's body piece by piece, within the route's limit and everybody's budget.
struct BodyIntake {
    enum Framing: Equatable {
        case none
        case length(Int)
        case chunked
    }

    enum Refusal: Equatable {
        case tooLarge(limit: Int)
        case noBudget
    }

    private(set) var bytes: [UInt8] = []
    private var framing = Framing.none
    private var limit = 0
    /// What of the budget is ours.
    private var reserved = 0
    private var discards = false

    mutating func begin(_ framing: Framing, limit: Int) -> Refusal? {
        self.framing = framing
        self.limit = limit
        discards = false
        if case .length(let length) = framing, length > limit { return .tooLarge(limit: limit) }
        return nil
    }

    /// What comes from now on is thrown away.
    mutating func discard(_ budget: ByteBudget) {
        discards = true
        release(budget)
    }

    mutating func add(_ piece: UnsafeRawBufferPointer, _ budget: ByteBudget) -> Refusal? {
        if discards { return nil }
        let needed = bytes.count + piece.count
        guard needed <= limit else { return .tooLarge(limit: limit) }
        if needed > reserved {
            // A known length is reserved whole once its first byte is there: memory follows bytes, not promises.
            let wanted: Int =
                if case .length(let length) = framing { length } else { min(limit, max(needed, 2 * reserved, 4096)) }
            guard budget.take(wanted - reserved) else { return .noBudget }
            reserved = wanted
            bytes.reserveCapacity(wanted)
        }
        bytes.append(contentsOf: piece)
        return nil
    }

    /// Lets the bytes go, with their part of the budget.
    mutating func release(_ budget: ByteBudget) {
        if !bytes.isEmpty { bytes = [] }
        if reserved > 0 { budget.give(back: reserved) }
        reserved = 0
    }
}
