public import Pipeline
public import Ticketing

/// What the world tells a worker of the desk line. Each has what is needed to see that it is late: a channel, an epoch
/// or the number of a visit.
public enum DeskInput: Sendable {
    /// Nothing happened, but the time has come that `DeskWorker.nextWake` named.
    case woken
    case beat(Neighbourhood)
    case beatFailed(StoreError)
    case claimed(wanted: [Int], [DeskClaim])
    case claimFailed(wanted: [Int], StoreError)
    case released([Int])
    case releaseFailed([Int], StoreError)

    case delivered([Arrival])
    case channelEnded(ChannelId, reason: String)

    /// Of `DeskOutput.visit`.
    case visited(Visit, VisitOutcome)
    /// Of `DeskOutput.errand`.
    case ran(Errand, ErrandOutcome)
    case errandFailed(Errand, StoreError)

    /// Finish what is begun, give everything back, and end.
    case drain
}

/// What a worker of the desk line wants done. Each that asks for an answer gets exactly one `DeskInput`.
public enum DeskOutput: Sendable {
    case beat(WorkerBeat)
    case claim([ClaimRequest])
    case release([HeldPartition])
    /// The worker is done: leave the pool, and end.
    case leave

    case consume(ChannelId)
    case close(ChannelId)
    case acknowledge(ChannelId, through: UInt64)
    case publish([Notice])

    /// Something in a tenant's database: at most `DeskOptions.hands` at a time, one for each tenant.
    case visit(Visit)
    /// Something in the control database, done in their order.
    case errand(Errand)

    /// Something that an operator should read.
    case warn(String, partition: Int?)
}

/// A partition that is the worker's, with everything that the control database has about its tenants.
public struct DeskClaim: Sendable {
    public var claim: Claim
    public var accounts: [Account]
    /// How many commands wait in `spill`, by tenant; those who have none are left out.
    public var spilled: [TenantId: Int]

    public init(claim: Claim, accounts: [Account], spilled: [TenantId: Int] = [:]) {
        self.claim = claim
        self.accounts = accounts
        self.spilled = spilled
    }
}

/// A tenant with a desk, as the directory has it, with the request that it came from.
public struct Account: Sendable, Hashable {
    public var tenant: TenantId
    public var subDomain: String
    public var isActive: Bool
    public var store: String
    public var database: String
    /// The id of the request, what it asked, and who waits for its answer.
    public var command: CommandId
    public var payload: [UInt8]
    public var replyTo: String?

    public init(
        tenant: TenantId, subDomain: String, isActive: Bool, store: String, database: String, command: CommandId,
        payload: [UInt8], replyTo: String?
    ) {
        self.tenant = tenant
        self.subDomain = subDomain
        self.isActive = isActive
        self.store = store
        self.database = database
        self.command = command
        self.payload = payload
        self.replyTo = replyTo
    }
}
