/// What was decided, and everything that has to happen because of it. It is final once committed.
public struct DeskDecision: Hashable, Sendable {
    public let id: DeskCommandId
    public internal(set) var outcome: DeskOutcome
    /// Rows, in the order in which they are written; at most `DeskBounds.rowsPerDecision` of them.
    public internal(set) var writes: [DeskWrite] = []
    public internal(set) var effects: [DeskEffect] = []

    /// A refusal for which no desk's state is needed.
    public static func refused(_ refusal: DeskRefusal, id: DeskCommandId) -> DeskDecision {
        DeskDecision(id: id, outcome: .refused(refusal))
    }

    public var isRefused: Bool {
        if case .refused = outcome { true } else { false }
    }

    public var rowCount: Int { writes.count }
}

/// Changes of rows; each carries the whole row.
public enum DeskWrite: Hashable, Sendable {
    indirect case insertDesk(DeskRow)
    indirect case updateDesk(DeskRow)
    case insertTicket(TicketRow)
    case updateTicket(TicketRow)
}

/// Work outside the database, done after the commit, at least once.
public enum DeskEffect: Hashable, Sendable {
    /// Create the tenant's database and migrate it; `DeskCommand.accountReady` says that it is done.
    case createDatabase(subDomain: DeskName)
    /// Tell the client. All tickets of one decision with the same news share an effect.
    case notify(Notice, [DeskTicketId])

    public enum Notice: UInt8, Hashable, Sendable {
        /// An agent begins to work on it.
        case began = 0
        case resolved = 1
        /// The work will end after its limit: by construction never, so a person has to look at this.
        case limitInDanger = 2
    }
}
