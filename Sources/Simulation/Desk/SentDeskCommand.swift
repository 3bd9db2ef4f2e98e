internal import Desk
internal import DeskLine
internal import Pipeline
internal import Runtime
internal import Ticketing
internal import Wire

/// One line about a desk that somebody sends, as often as it takes, and what becomes of it.
final class SentDeskCommand {
    enum Expectation: Hashable {
        /// Decided once, and answered.
        case decided
        /// The wish for an account: answered once that is ready.
        case account
        /// Another account has its sub-domain.
        case taken
        /// Says that an account's database is there; nobody waits for its answer.
        case ready
        /// Kept with this reason, and decided by nobody.
        case parked(ParkReason.Code)
        /// Its id was used for something else.
        case reused
    }

    let id: CommandId
    let tenant: TenantId
    let expectation: Expectation
    let user: String
    /// Without its newline.
    let line: [UInt8]
    /// Nobody is told what became of it: the line names nobody.
    let isUnanswered: Bool
    /// Where it goes, if not where its tenant is.
    var misdirected: Int?

    /// When copies of it came into the queue.
    private(set) var places: [UInt64] = []
    /// When the first of them did.
    private(set) var queuedAt: MonotonicTime?
    var isConfirmed = false
    var answer: (status: Int, body: [UInt8])?
    var publishedAt: Int64 = 0
    /// Its tenant's newest entry of the journal that somebody had been told of when this was sent first.
    var floor: UInt64?
    /// Its id was sent again with something else.
    var hasConflict = false
    /// Its sender has given up: there was no account, or none that was ready.
    var isAbandoned = false

    init(
        _ id: CommandId, _ tenant: TenantId, _ expectation: Expectation, user: String, line: [UInt8],
        isUnanswered: Bool = false
    ) {
        self.id = id
        self.tenant = tenant
        self.expectation = expectation
        self.user = user
        self.line = line
        self.isUnanswered = isUnanswered
    }

    func queued(order: UInt64, at now: MonotonicTime) {
        places.append(order)
        queuedAt = queuedAt ?? now
    }
}

/// Everything that was ever sent.
final class DeskCommandBook {
    private(set) var sent: [SentDeskCommand] = []
    private(set) var originals: [CommandId: SentDeskCommand] = [:]
    /// By tenant, the newest entry of its journal that somebody was told of.
    private(set) var told: [TenantId: UInt64] = [:]

    func add(_ command: SentDeskCommand) {
        sent.append(command)
        if command.expectation != .reused { originals[command.id] = command }
    }

    /// Tenants whose accounts somebody was told of.
    var toldReady: Set<TenantId> { Set(told.keys) }

    func tell(_ tenant: TenantId, _ sequence: UInt64) { told[tenant] = max(told[tenant] ?? 0, sequence) }
}

extension SentDeskCommand {
    /// What says that an account's database is there.
    static func ready(_ id: CommandId, _ account: Account) -> SentDeskCommand {
        var line: [UInt8] = []
        DeskWireCommand(
            id: id, tenant: account.tenant, order: .existing(.accountReady(store: DeskName(account.store)))
        ).appendLine(to: &line)
        line.removeLast()
        return SentDeskCommand(
            id, account.tenant, .ready, user: DeskProducer.ingress, line: line, isUnanswered: true)
    }
}
