public import Runtime
public import Sealing
public import Ticketing

/// Decisions of one partition that are committed together: one time, one number, one root.
public struct Batch: Sendable {
    public let partition: Int
    /// The owner's fence: it is written only while the partition has this epoch.
    public let epoch: UInt64
    /// Gap-free: one more than the partition's batch before.
    public let number: UInt64
    /// The time that everything in it was decided at; never less than the batch's before.
    public let at: Time
    /// The first entry's place in the partition's journal; the others follow without a gap.
    public let firstSequence: UInt64
    public let rulesVersion: UInt32
    /// The chain's head behind the batch before; nil when that one is still under way: then its sealer knows.
    public package(set) var previousChain: Digest?
    public package(set) var entries: [Entry] = []
    /// When the touched events have something due next, where that is not what is stored.
    public package(set) var dues: [DueChange] = []
    /// What is kept for a person to look at.
    public package(set) var parked: [ParkedRecord] = []
    /// Moves of events to or from this partition.
    public package(set) var moves: [MoveChange] = []
    /// Commands that had been attempted alone and are decided now.
    public package(set) var settledAttempts: [CommandId] = []
    /// Whether this is the first batch since the claim that shows the partition to be healthy.
    public package(set) var resetsCrashes = false

    public init(
        partition: Int, epoch: UInt64, number: UInt64, at: Time, firstSequence: UInt64,
        rulesVersion: UInt32 = Rules.newest, previousChain: Digest? = .zero
    ) {
        self.partition = partition
        self.epoch = epoch
        self.number = number
        self.at = at
        self.firstSequence = firstSequence
        self.rulesVersion = rulesVersion
        self.previousChain = previousChain
    }

    public func sequence(ofEntry index: Int) -> UInt64 { firstSequence + UInt64(index) }
}

/// One line of the journal: what was asked, and what it came to.
///
/// Several threads read it, and a copy of what it has would count references in memory that the others use: so it is
/// one object, handed on.
public final class Entry: Sendable {
    public let id: CommandId
    public let event: EventId
    public let tenant: TenantId
    /// The event's; nil where there is no such event.
    public let currency: Currency?
    /// What was asked, as the journal keeps it: see `WireCommand.appendPayload`. Empty for what fell due.
    public let payload: [UInt8]
    public let verdict: Verdict
    /// The sender's, for the effects.
    public let trace: TraceContext?

    public init(
        id: CommandId, event: EventId, tenant: TenantId, currency: Currency?, payload: [UInt8], verdict: Verdict,
        trace: TraceContext? = nil
    ) {
        self.id = id
        self.event = event
        self.tenant = tenant
        self.currency = currency
        self.payload = payload
        self.verdict = verdict
        self.trace = trace
    }
}

public enum Verdict: Sendable {
    /// The rule book's word on a command.
    case decided(Decision)
    /// Something that fell due, by the rule book.
    case fellDue(Decision)
    /// The event belongs to another partition from now on; the digest is of its state.
    case movedOut(to: Int, Digest)
    case movedIn(from: Int, Digest)
    /// It could not be decided at all, however often it was tried.
    case parked(ParkReason)

    public var decision: Decision? {
        switch self {
        case .decided(let decision), .fellDue(let decision): decision
        case .movedOut, .movedIn, .parked: nil
        }
    }

    /// As the journal's column has it.
    public var kind: Kind {
        switch self {
        case .decided: .decided
        case .fellDue: .fellDue
        case .movedOut: .movedOut
        case .movedIn: .movedIn
        case .parked: .parked
        }
    }

    public enum Kind: UInt8, Sendable {
        case decided = 0
        case fellDue = 1
        case movedOut = 2
        case movedIn = 3
        case parked = 4
    }
}

public struct DueChange: Sendable, Hashable {
    public let event: EventId
    /// nil: nothing is due any more.
    public let at: Time?

    public init(event: EventId, at: Time?) {
        self.event = event
        self.at = at
    }
}

/// A step of moving an event between partitions: see `EventRoute`.
public struct MoveChange: Sendable, Hashable {
    public enum Step: Sendable, Hashable { case out, arrived }
    public let event: EventId
    public let version: UInt64
    public let step: Step
    public let digest: Digest
    /// What the event's next partition may not decide before.
    public let at: Time

    public init(event: EventId, version: UInt64, step: Step, digest: Digest, at: Time) {
        self.event = event
        self.version = version
        self.step = step
        self.digest = digest
        self.at = at
    }
}

/// Why a command is not decided but kept for a person.
public struct ParkReason: Sendable, Hashable {
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// The line or the message cannot be read.
        case malformed
        /// Its key belongs to another partition.
        case wrongPartition = "wrong-partition"
        /// The event is another tenant's.
        case wrongTenant = "wrong-tenant"
        /// The broker's `user-id` is neither an ingress's nor the tenant's.
        case wrongUser = "wrong-user"
        /// Each attempt to decide it brought the worker down, or its commit was refused.
        case poison
        /// The event's rows contradict each other.
        case brokenEvent = "broken-event"
    }

    public let code: Code
    public let detail: String

    public init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }
}

/// A command that a person has to look at, with everything that is needed to send it again.
public struct ParkedRecord: Sendable, Hashable {
    public let id: CommandId?
    public let reason: ParkReason
    public let replyTo: String?
    /// The broker's word on who sent it.
    public let user: String?
    /// The line as it came, or the whole message where no line could be told.
    public let line: [UInt8]

    public init(id: CommandId?, reason: ParkReason, replyTo: String?, user: String?, line: [UInt8]) {
        self.id = id
        self.reason = reason
        self.replyTo = replyTo
        self.user = user
        self.line = line
    }
}
