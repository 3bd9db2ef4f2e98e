/// What was decided, and everything that has to happen because of it. It is final once committed.
public struct Decision: Hashable, Sendable {
    public let id: CommandId
    public internal(set) var outcome: Outcome
    /// Rows, in the order in which they are written; at most `Bounds.rowsPerDecision` of them.
    public internal(set) var writes: [Write] = []
    public internal(set) var effects: [Effect] = []
    public internal(set) var changes: [ShowChange] = []

    /// A refusal for which no event's state is needed.
    public static func refused(_ refusal: Refusal, id: CommandId) -> Decision {
        Decision(id: id, outcome: .refused(refusal))
    }

    public var isRefused: Bool {
        if case .refused = outcome { true } else { false }
    }

    public var rowCount: Int { writes.reduce(0) { $0 + $1.rowCount } }
}

/// Work outside the database, done after the commit, at least once.
public enum Effect: Hashable, Sendable {
    case createPayment(PaymentId, reservation: ReservationId, provider: Label, Money)
    case cancelPayment(PaymentId, provider: Label, reference: Label?)
    case refund(RefundId, payment: PaymentId, provider: Label, reference: Label?, Money)
    /// A person has to look at this.
    case reportIncident(PaymentId, Money?)
}

/// What readers of a show are told. All changes of one decision to one show have the same version.
public struct ShowChange: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        case places(PlaceList, from: PlaceStatus, to: PlaceStatus)
        /// While somebody waits for a tier, its free places are shown as held.
        case line(tier: Int, waiting: Int)
        case added
        case cancelled
    }

    public let show: ShowNumber
    public let version: UInt64
    public let kind: Kind
}

/// One letter a place on the seat map.
public enum PlaceStatus: UInt8, Hashable, Sendable {
    case free = 0x66
    case held = 0x68
    case sold = 0x73
    case blocked = 0x62
}
