internal import Pipeline
internal import Runtime
internal import Ticketing

/// One partition that the worker owns, or is about to: its queue, its tenants, its clock.
final class DeskPartition {
    let number: Int
    var phase = PartitionPhase.claiming
    var epoch: UInt64 = 0
    /// The channel that is opened or consumes.
    var channel: ChannelId?
    /// When to open a channel again.
    var reopenAt: MonotonicTime?
    var isPaused = false

    var tenants: [TenantId: TenantLane] = [:]
    /// When each tenant's desk has something due, whether it is in memory or not.
    var dues = DueQueue()
    /// What was read and is not acknowledged, in the order of its arrival.
    var items = Fifo<DeskItem>()
    /// Something at the front of `items` may be settled.
    var needsAcknowledgement = false

    /// What is being kept for a person, by its errand.
    var parking: [UInt64: (item: DeskItem, reason: ParkReason)] = [:]
    /// Requests for accounts that are being kept.
    var requests: [TenantId: [DeskItem]] = [:]

    /// An owner before has died here: what it may have had in hand is tried one by one, each attempt written down
    /// before.
    var isCareful = false
    /// Commands whose attempts are stored, and how many they are: they are tried alone whoever died of what.
    var suspects: [CommandId: Int] = [:]
    /// Of which an attempt is being written down.
    var recording: Set<CommandId> = []
    /// The command that is being tried: when the process dies, only one is to blame.
    var trial: Trial?
    var resetsCrashes = false
    /// When its channel was opened.
    var openedAt = MonotonicTime(nanoseconds: 0)

    struct Trial {
        let lane: TenantLane
        let id: CommandId
        /// The attempt is written down.
        var isAllowed: Bool
    }

    private var clock = PartitionClock()

    init(number: Int) { self.number = number }

    func startClock(at time: Time, _ now: MonotonicTime) { clock.set(time, at: now) }
    func time(at now: MonotonicTime) -> Time { clock.time(at: now) }
    func moment(of time: Time) -> MonotonicTime { clock.moment(of: time) }

    var isServing: Bool { phase == .owned && !isPaused }
    /// Whether nothing is under way that an answer has still to end.
    var isQuiet: Bool { tenants.values.allSatisfy { $0.visit == nil && !$0.isSpilling } }
}
