package import Ticketing

/// How a worker behaves; what of it operators set is in `SeatsSection`.
public struct WorkerOptions: Sendable {
    public var worker: WorkerId
    /// Partitions of the line that keys are hashed to; spares have the numbers behind them.
    public var hashedPartitions = 64
    /// Users of the broker whose commands are believed for every tenant: the ingresses'.
    public var trustedUsers: Set<String> = []
    /// Entries of one batch at most, but for the arrears of one event.
    public var batchBound = 500
    /// Bytes of the commands of one batch; the last one may go beyond.
    public var batchBytes = 4 << 20
    /// Entries of one commit group at most.
    public var groupBound = 1_000
    /// Memory of loaded events, estimated, above which those that were not used lately are let go.
    public var memoryBound = 512 << 20
    /// What was used so lately stays, whatever the memory: it would be loaded again at once, and nothing else be done.
    public var shortestStay = Duration.seconds(10)
    /// An event that was not touched for so long is let go, whatever the memory.
    public var idleEviction = Duration.seconds(900)
    /// Ids in a partition's filter at most; a partition with more looks every id up.
    public var filterBound = 20_000_000
    public var beatInterval = Duration.milliseconds(200)
    /// After so long without a database the channels are closed, until it is back.
    public var patience = Duration.seconds(60)
    /// The announcement of versions of shows that changed.
    public var announceInterval = Duration.seconds(1)
    /// How often it is told how busy the partitions are.
    public var loadInterval = Duration.milliseconds(250)
    /// How far the clocks may be apart.
    public var clockTolerance = Duration.seconds(1)

    /// What the simulator takes away to prove that it would notice.
    package var checks = Checks()

    /// Asked before each command is decided; where it answers false, the process would have died there.
    package var survives: (@Sendable (CommandId) -> Bool)?

    package struct Checks: Sendable {
        package var looksUpJournal = true
        package var letsFallDueOnTime = true
    }

    public init(worker: WorkerId) { self.worker = worker }
}
