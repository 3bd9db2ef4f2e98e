/// What fell due while a batch was decided, and how much more may: it is bounded, so that one desk's arrears never
/// hold up its neighbours for long.
public struct DeskArrears: Sendable {
    /// In the order in which they were decided; they are journaled before the command that found them due.
    public private(set) var decisions: [DeskDecision] = []
    public private(set) var budget: Int
    public let rulesVersion: UInt32
    private let seed: DeskCommandId

    /// Ids of what falls due count up from `seed`, which has to be new in each batch and the same in its replay.
    public init(seed: DeskCommandId, rulesVersion: UInt32 = DeskRules.newest, atMost budget: Int = 1_000) {
        self.seed = seed
        self.rulesVersion = rulesVersion
        self.budget = budget
    }

    /// The id of the decision that is added next.
    var nextId: DeskCommandId { seed.advanced(by: UInt64(decisions.count)) }

    mutating func add(_ decision: DeskDecision, cost: Int) {
        budget -= max(1, cost)
        decisions.append(decision)
    }
}
