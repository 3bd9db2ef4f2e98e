public import Ticketing

/// What the world tells a worker. Each has what is needed to see that it is late: a channel or an epoch.
public enum Input: Sendable {
    /// Nothing happened, but the time has come that `Worker.nextWake` named.
    case woken
    case beat(Neighbourhood)
    case beatFailed(StoreError)
    /// An answer to `Output.claim`: those of the wanted partitions that are the worker's now.
    case claimed(wanted: [Int], [Claim])
    case claimFailed(wanted: [Int], StoreError)
    case released([Int])
    case releaseFailed([Int], StoreError)

    case delivered([Arrival])
    /// The channel is gone: what it delivered is not acknowledged and will be delivered again.
    case channelEnded(ChannelId, reason: String)

    case loaded(EventId, epoch: UInt64, partition: Int, LoadedEvent)
    case loadFailed(EventId, epoch: UInt64, partition: Int, StoreError)
    case lookedUp([CommandId], epoch: UInt64, partition: Int, [KnownDecision])
    case lookUpFailed([CommandId], epoch: UInt64, partition: Int, StoreError)
    case journalIds(JournalPage, epoch: UInt64, partition: Int)
    case journalIdsFailed(from: UInt64, epoch: UInt64, partition: Int, StoreError)

    case committed(group: UInt64, [SealedBatch])
    case commitFailed(group: UInt64, CommitFailure)
    /// How often the command has been attempted, this time included; nil where the partition is another's by now.
    case attemptRecorded(CommandId, epoch: UInt64, partition: Int, Int?)
    case attemptFailed(CommandId, epoch: UInt64, partition: Int, StoreError)

    /// Finish what is begun, give everything back, and end.
    case drain
}

/// One channel that consumes one partition's queue. Never used twice in a process.
public struct ChannelId: Sendable, Hashable {
    public let partition: Int
    public let serial: UInt64

    public init(partition: Int, serial: UInt64) {
        self.partition = partition
        self.serial = serial
    }
}

/// A message that a queue gave out.
public struct Arrival: Sendable {
    public let channel: ChannelId
    /// Counts up on its channel.
    public let tag: UInt64
    public let isRedelivered: Bool
    /// Who sent it, as the broker has checked.
    public let user: String?
    public let body: [UInt8]

    public init(channel: ChannelId, tag: UInt64, isRedelivered: Bool, user: String?, body: [UInt8]) {
        self.channel = channel
        self.tag = tag
        self.isRedelivered = isRedelivered
        self.user = user
        self.body = body
    }
}
