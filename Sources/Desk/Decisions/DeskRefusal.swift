/// Why a command was not done, with what its sender needs to know.
public enum DeskRefusal: Error, Hashable, Sendable {
    case noSuchAccount
    case noSuchTicket
    case noSuchClass
    case invalid(DeskInvalid)
    case accountExists
    /// Its database is not there yet.
    case accountNotReady
    /// `earliest` is the first start that could be promised now, if the limit left time for it.
    case slaCannotBeMet(earliest: DeskTime)
    case slotLapsed
    case promisesOutstanding
    case alreadyResolved
    case alreadyCancelled

    /// Stable, for programs.
    public var code: String { kind.rawValue }

    /// Which refusal it is, without what it carries.
    public enum Kind: String, CaseIterable, Hashable, Sendable {
        case noSuchAccount = "no-such-account"
        case noSuchTicket = "no-such-ticket"
        case noSuchClass = "no-such-class"
        case invalid = "invalid-request"
        case accountExists = "account-exists"
        case accountNotReady = "account-not-ready"
        case slaCannotBeMet = "sla-cannot-be-met"
        case slotLapsed = "slot-lapsed"
        case promisesOutstanding = "promises-outstanding"
        case alreadyResolved = "already-resolved"
        case alreadyCancelled = "already-cancelled"
    }

    public var kind: Kind {
        switch self {
        case .noSuchAccount: .noSuchAccount
        case .noSuchTicket: .noSuchTicket
        case .noSuchClass: .noSuchClass
        case .invalid: .invalid
        case .accountExists: .accountExists
        case .accountNotReady: .accountNotReady
        case .slaCannotBeMet: .slaCannotBeMet
        case .slotLapsed: .slotLapsed
        case .promisesOutstanding: .promisesOutstanding
        case .alreadyResolved: .alreadyResolved
        case .alreadyCancelled: .alreadyCancelled
        }
    }
}

/// What cannot be right in a command, whatever the state. The ingress checks the form before; this is for the rest.
public enum DeskInvalid: String, CaseIterable, Hashable, Sendable {
    case subDomain
    case store
    case classes
    case className
    case limit
    case minutesPerTicket
    case agents
    case softAssignSeconds
    /// The slot was kept for a ticket of another class.
    case ticketType
    /// A time beyond `DeskBounds.latest`.
    case time
}
