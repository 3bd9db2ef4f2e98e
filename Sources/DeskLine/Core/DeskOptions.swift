public import Pipeline
internal import Ticketing

/// How a worker of the desk line behaves; what of it operators set is in `DeskSection`.
public struct DeskOptions: Sendable {
    public var worker: WorkerId
    public var partitions = 16
    /// Users of the broker whose commands are believed for every tenant: the ingresses'.
    public var trustedUsers: Set<String> = []
    /// Commands of one batch at most.
    public var batchBound = 200
    /// Tenants' databases that are asked something at a time.
    public var hands = 8
    /// Sessions with tenants' databases that are kept.
    public var connections = 200
    /// A tenant's database that has been silent for so long is away: its commands are kept elsewhere.
    public var silence = Duration.seconds(1)
    /// Commands of a tenant that are kept elsewhere, at most.
    public var spillBound = 10_000
    /// A desk that was not touched for so long is let go.
    public var idleEviction = Duration.seconds(900)
    /// Memory of desks, estimated, above which those that were not used lately are let go.
    public var memoryBound = 256 << 20
    public var beatInterval = Duration.milliseconds(200)
    /// After so long without the control database the channels are closed, until it is back.
    public var patience = Duration.seconds(60)
    /// How far the clocks may be apart.
    public var clockTolerance = Duration.seconds(1)
    /// Attempts to decide a command alone.
    public var attempts = 3

    public init(worker: WorkerId) { self.worker = worker }
}
