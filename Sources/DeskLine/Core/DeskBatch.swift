public import Desk
public import Pipeline
public import Runtime
public import Sealing
public import Ticketing

/// Decisions about one desk that are committed together: one time, one number, one root.
public struct DeskBatch: Sendable {
    public let tenant: TenantId
    public let partition: Int
    public let epoch: UInt64
    /// Gap-free: one more than the tenant's batch before.
    public let number: UInt64
    public let at: Time
    public let firstSequence: UInt64
    public let previousChain: Digest
    public let rulesVersion: UInt32
    public internal(set) var entries: [DeskEntry] = []
    /// When something is due next, which is stored beside the desk.
    public internal(set) var due: DeskTime?
    public internal(set) var parked: [ParkedRecord] = []

    public init(
        tenant: TenantId, partition: Int, epoch: UInt64, number: UInt64, at: Time, firstSequence: UInt64,
        previousChain: Digest, rulesVersion: UInt32 = DeskRules.newest
    ) {
        self.tenant = tenant
        self.partition = partition
        self.epoch = epoch
        self.number = number
        self.at = at
        self.firstSequence = firstSequence
        self.previousChain = previousChain
        self.rulesVersion = rulesVersion
    }
}

/// One line of a desk's journal: what was asked, and what it came to.
public struct DeskEntry: Sendable {
    public let id: CommandId
    /// As the journal keeps it. Empty for what fell due.
    public let payload: [UInt8]
    public let verdict: DeskVerdict
    public let trace: TraceContext?
}

public enum DeskVerdict: Sendable {
    case decided(DeskDecision)
    case fellDue(DeskDecision)
    /// It could not be decided at all, however often it was tried.
    case parked(ParkReason)

    package var kind: Verdict.Kind {
        switch self {
        case .decided: .decided
        case .fellDue: .fellDue
        case .parked: .parked
        }
    }

    var decision: DeskDecision? {
        switch self {
        case .decided(let decision), .fellDue(let decision): decision
        case .parked: nil
        }
    }
}
