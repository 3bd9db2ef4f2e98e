public import Ticketing

/// What a worker wants done. Each of those that ask for an answer gets exactly one `Input`, in whatever order; those
/// of one kind are done in their order.
public enum Output: Sendable {
    case beat(WorkerBeat)
    case claim([ClaimRequest])
    case release([HeldPartition])
    /// The worker is done: leave the pool, and end.
    case leave

    /// Open the channel and consume; a failure is told as `channelEnded`.
    case consume(ChannelId)
    /// Close the channel; what is not acknowledged goes back to its place in the queue.
    case close(ChannelId)
    case acknowledge(ChannelId, through: UInt64)
    /// To whoever waits or watches. None of it may be lost silently more often than the network loses things, and none
    /// of it is needed for what was decided to be true.
    case publish([Notice])

    case load(EventId, epoch: UInt64, partition: Int, at: Time)
    case lookUp([CommandId], epoch: UInt64, partition: Int, at: Time)
    case readJournalIds(from: UInt64, epoch: UInt64, partition: Int, at: Time)
    /// At most two are under way at a time.
    case commit(CommitGroup)
    case recordAttempt(CommandId, epoch: UInt64, partition: Int)

    /// Something that an operator should read.
    case warn(String, partition: Int?)
}

/// A message that tells, and does not decide.
public enum Notice: Sendable, Hashable {
    /// Lines of replies for one ingress.
    case replies(to: String, [UInt8])
    /// Lines of changes for all readers.
    case changes([UInt8])
    /// Lines of the directory of tenants, for everybody who has a copy.
    case directory([UInt8])
    /// There are effects of this kind to be done.
    case effects(EffectKind)
    /// Lines of loads for ingresses and readers. The next ones say the same anew.
    case loads([UInt8])
}

/// Which pool does an effect.
public enum EffectKind: String, Sendable, Hashable, CaseIterable {
    case payments
    case incidents
    /// Databases for tenants.
    case accounts
}
