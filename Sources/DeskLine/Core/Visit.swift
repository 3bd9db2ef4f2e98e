public import Desk
public import Pipeline
public import Sealing
public import Ticketing

/// Something to be done in one tenant's database, by the owner of an epoch. Never used twice in a process.
public struct Visit: Sendable {
    public let number: UInt64
    public let tenant: TenantId
    public let partition: Int
    public let epoch: UInt64
    public let store: String
    public let database: String
    public let wish: Wish
    /// Sessions that go first, where there is no room for another one.
    package var closes: [SessionName] = []

    package var session: SessionName { SessionName(store: store, database: database) }

    public enum Wish: Sendable {
        /// Raise the fence, and read everything. `at` is not before the newest decision.
        case open(at: Time)
        /// Bring it to the newest schema, which may take long.
        case migrate
        case lookUp([CommandId], at: Time)
        case commit(DeskBatch)
    }
}

/// A session with a tenant's database, of which a process keeps one at most.
package struct SessionName: Sendable, Hashable {
    let store: String
    let database: String
}

public enum VisitOutcome: Sendable {
    case opened(OpenedDesk)
    case migrated
    case lookedUp([KnownDecision])
    /// The batch is in: the chain's new head, and an answer for each of its entries.
    case committed(Digest, [DeskAnswer])
    case failed(VisitFailure)
}

/// A desk as its database has it.
public struct OpenedDesk: Sendable {
    /// Of the newest batch; 0 before the first.
    public var batch: UInt64
    public var nextSequence: UInt64
    public var chain: Digest
    public var at: Time
    /// nil before the account is ready.
    public var state: DeskState?
    /// Ids that may be in the journal of these two weeks; nil where there are too many: each one is looked up.
    public var known: IdFilterBox?

    public init(
        batch: UInt64, nextSequence: UInt64, chain: Digest, at: Time, state: DeskState?, known: IdFilterBox?
    ) {
        self.batch = batch
        self.nextSequence = nextSequence
        self.chain = chain
        self.at = at
        self.state = state
        self.known = known
    }
}

/// A filter of ids, as it passes through a public face.
public struct IdFilterBox: Sendable {
    package var filter: IdFilter
    package init(_ filter: IdFilter) { self.filter = filter }
}

public struct DeskAnswer: Sendable, Hashable {
    public var status: Int
    public var body: [UInt8]
    public init(status: Int, body: [UInt8]) {
        self.status = status
        self.body = body
    }
}

public enum VisitFailure: Error, Sendable, Hashable {
    /// Somebody with a newer epoch was there, or another batch is in than ours.
    case fenced
    /// Nothing was written: the database is away, or does not answer in time.
    case unavailable(String)
    /// The connection was lost while the commit was under way.
    case unknown(String)
    /// Nothing was written: it was refused, and would be again.
    case rejected(String)
    /// There is no such database.
    case missing
    /// Its server has no room for another session.
    case crowded(String)
    /// Its schema is an older program's. The fence is raised, so that no such program writes any more.
    case outdated
    /// It has to be mended first: its rows contradict each other, or its schema is a newer program's.
    case broken(String)
}

/// Something to be done in the control database, by the owner of an epoch; in their order, so that what is spilled
/// first is first.
public struct Errand: Sendable {
    public let number: UInt64
    public let tenant: TenantId
    public let partition: Int
    public let epoch: UInt64
    public let wish: Wish
    /// How often the control database has refused it.
    var refusals = 0

    public enum Wish: Sendable {
        /// Keep a request, choose where its database will be, and ask for that.
        case request(id: CommandId, subDomain: String, payload: [UInt8], replyTo: String?)
        /// Its database is there and knows it: from now on the directory says so.
        case activate
        /// Keep commands of a tenant whose database is away.
        case spill([SpilledLine])
        /// Read the first of them.
        case readSpill(limit: Int)
        /// They are decided.
        case removeSpill(through: Int64)
        /// Count an attempt before it is made.
        case recordAttempt(CommandId)
        /// The commands are decided, and their attempts of no interest.
        case forgetAttempts([CommandId])
        /// Keep what cannot be decided for a person to look at.
        case park(ParkedRecord)
    }
}

public enum ErrandOutcome: Sendable {
    /// The account, and whether it was there before; `line` tells the directory's readers of a new one.
    case requested(Account, line: [UInt8])
    /// Another tenant has the sub-domain.
    case taken
    case activated(line: [UInt8])
    case spilled
    case spillRead([SpilledLine])
    /// How many are left.
    case spillRemoved(left: Int)
    case attempt(Int)
    case done
    /// Another worker has the partition.
    case fenced
}

public struct SpilledLine: Sendable, Hashable {
    /// nil until it is stored.
    public var number: Int64?
    public var sender: String?
    public var line: [UInt8]

    public init(number: Int64? = nil, sender: String?, line: [UInt8]) {
        self.number = number
        self.sender = sender
        self.line = line
    }
}
