/// Rows as they are stored. Each is written whole, so that a state can be made of them again: see `Loader`.
public struct EventRow: Hashable, Sendable {
    public var event: EventId
    public var tenant: TenantId
    public var details: EventDetails
    public var currency: Currency
    public var settings: Settings
    public var status: SaleStatus

    public init(
        event: EventId, tenant: TenantId, details: EventDetails, currency: Currency, settings: Settings,
        status: SaleStatus
    ) {
        self.event = event
        self.tenant = tenant
        self.details = details
        self.currency = currency
        self.settings = settings
        self.status = status
    }
}

public struct TermsRow: Hashable, Sendable {
    /// 0, 1, 2 …; the last ones hold for what is sold now.
    public var number: Int
    public var tiers: [TierSpec]
    public var policy: [PolicyStep]

    public init(number: Int, tiers: [TierSpec], policy: [PolicyStep]) {
        self.number = number
        self.tiers = tiers
        self.policy = policy
    }
}

public struct ShowRow: Hashable, Sendable {
    public var show: ShowNumber
    public var spec: ShowSpec
    public var status: SaleStatus
    /// While a cancelled show is unwound: the first place that is not done yet.
    public var unwindFrom: UInt32?

    public init(show: ShowNumber, spec: ShowSpec, status: SaleStatus, unwindFrom: UInt32? = nil) {
        self.show = show
        self.spec = spec
        self.status = status
        self.unwindFrom = unwindFrom
    }
}

public enum SaleStatus: UInt8, Hashable, Sendable {
    case active = 0
    case cancelled = 1
}

public struct ReservationRow: Hashable, Sendable {
    public var id: ReservationId
    public var show: ShowNumber
    public var buyer: Label
    public var places: PlaceList
    public var total: Int64
    /// The terms that its prices are from.
    public var terms: Int
    public var status: ReservationStatus
    /// Whether it was offered from the waitlist.
    public var isOffer: Bool
    public var createdAt: Time
    /// When the hold ends, or ended.
    public var endsAt: Time

    public init(
        id: ReservationId, show: ShowNumber, buyer: Label, places: PlaceList, total: Int64, terms: Int,
        status: ReservationStatus, isOffer: Bool, createdAt: Time, endsAt: Time
    ) {
        self.id = id
        self.show = show
        self.buyer = buyer
        self.places = places
        self.total = total
        self.terms = terms
        self.status = status
        self.isOffer = isOffer
        self.createdAt = createdAt
        self.endsAt = endsAt
    }
}

public enum ReservationStatus: UInt8, Hashable, Sendable {
    case held = 0
    case paying = 1
    case booked = 2
    case released = 3
    case expired = 4
    /// It was booked, and all its tickets ended.
    case cancelled = 5

    /// Whether it has places.
    var isLive: Bool { self == .held || self == .paying || self == .booked }
    var isHold: Bool { self == .held || self == .paying }
}

public struct BookingRow: Hashable, Sendable {
    public var id: BookingId
    public var show: ShowNumber
    public var buyer: Label
    public var payment: PaymentId
    /// The terms whose policy it was bought under.
    public var terms: Int
    public var bookedAt: Time
    /// Whether its places are others than those first reserved: the money came late.
    public var isMoved: Bool
    public var status: BookingStatus

    public init(
        id: BookingId, show: ShowNumber, buyer: Label, payment: PaymentId, terms: Int, bookedAt: Time, isMoved: Bool,
        status: BookingStatus
    ) {
        self.id = id
        self.show = show
        self.buyer = buyer
        self.payment = payment
        self.terms = terms
        self.bookedAt = bookedAt
        self.isMoved = isMoved
        self.status = status
    }
}

public enum BookingStatus: UInt8, Hashable, Sendable {
    case booked = 0
    case cancelled = 1
}

public struct PaymentRow: Hashable, Sendable {
    public var id: PaymentId
    public var reservation: ReservationId
    /// 1 for the reservation's first.
    public var attempt: Int
    public var provider: Label
    /// The provider's own name for it.
    public var reference: Label?
    public var amount: Int64
    public var acceptEquivalent: Bool
    public var status: PaymentStatus
    /// What the provider says that it took.
    public var captured: Money?
    public var reason: Label?

    public init(
        id: PaymentId, reservation: ReservationId, attempt: Int, provider: Label, reference: Label? = nil,
        amount: Int64, acceptEquivalent: Bool, status: PaymentStatus, captured: Money? = nil, reason: Label? = nil
    ) {
        self.id = id
        self.reservation = reservation
        self.attempt = attempt
        self.provider = provider
        self.reference = reference
        self.amount = amount
        self.acceptEquivalent = acceptEquivalent
        self.status = status
        self.captured = captured
        self.reason = reason
    }
}

public enum PaymentStatus: UInt8, Hashable, Sendable {
    case creating = 0
    case pending = 1
    case failed = 2
    case cancelled = 3
    case succeeded = 4
    /// All that was taken is to be given back, or was.
    case refundPending = 5
    case refunded = 6
    /// More is gone than was taken, or a refund failed: a person has to look.
    case incident = 7
    /// A dispute is open, or was lost.
    case disputed = 8
}

public struct RefundRow: Hashable, Sendable {
    public var id: RefundId
    public var payment: PaymentId
    public var amount: Int64
    public var reason: RefundReason
    public var status: RefundStatus
    /// Where it was made on the provider's own page, and there alone.
    public var origin: Origin?

    /// What the provider has told: it may come before the money, whose currency is not known then.
    public struct Origin: Hashable, Sendable {
        /// The provider's name for the refund.
        public var reference: Label
        public var currency: Currency

        public init(reference: Label, currency: Currency) {
            self.reference = reference
            self.currency = currency
        }
    }

    public init(
        id: RefundId, payment: PaymentId, amount: Int64, reason: RefundReason, status: RefundStatus,
        origin: Origin? = nil
    ) {
        self.id = id
        self.payment = payment
        self.amount = amount
        self.reason = reason
        self.status = status
        self.origin = origin
    }
}

public enum RefundReason: UInt8, Hashable, Sendable {
    case bookingCancelled = 0
    case showCancelled = 1
    case byManager = 2
    /// The hold had ended, and there were no places for it any more.
    case tooLate = 3
    case paidTwice = 4
    case wrongAmount = 5
    /// Made on the provider's own page.
    case byProvider = 6
}

public enum RefundStatus: UInt8, Hashable, Sendable {
    case pending = 0
    case failed = 1
    case succeeded = 2
}

/// A dispute, as far as its provider has told of it.
public struct DisputeRow: Hashable, Sendable {
    public var payment: PaymentId
    /// The provider's name for it.
    public var reference: Label
    public var money: Money
    public var status: DisputeStatus

    public init(payment: PaymentId, reference: Label, money: Money, status: DisputeStatus) {
        self.payment = payment
        self.reference = reference
        self.money = money
        self.status = status
    }
}

/// In the order in which it is believed, whatever is told first.
public enum DisputeStatus: UInt8, Hashable, Sendable {
    /// The money is gone until it is settled.
    case opened = 0
    case won = 1
    case lost = 2
}

public struct EntryRow: Hashable, Sendable {
    public var id: EntryId
    public var show: ShowNumber
    public var tier: Int
    public var buyer: Label
    public var quantity: Int
    /// The order in the line: the show's version when it joined.
    public var order: UInt64
    public var status: EntryStatus
    public var passOvers: Int
    public var gatherUntil: Time?
    public var reservation: ReservationId?
    public var endedAt: Time?

    public init(
        id: EntryId, show: ShowNumber, tier: Int, buyer: Label, quantity: Int, order: UInt64, status: EntryStatus,
        passOvers: Int, gatherUntil: Time? = nil, reservation: ReservationId? = nil, endedAt: Time? = nil
    ) {
        self.id = id
        self.show = show
        self.tier = tier
        self.buyer = buyer
        self.quantity = quantity
        self.order = order
        self.status = status
        self.passOvers = passOvers
        self.gatherUntil = gatherUntil
        self.reservation = reservation
        self.endedAt = endedAt
    }
}

public enum EntryStatus: UInt8, Hashable, Sendable {
    case waiting = 0
    case offered = 1
    case taken = 2
    case lapsed = 3
    case left = 4

    var isLive: Bool { self == .waiting || self == .offered }
}

public struct CheckInRow: Hashable, Sendable {
    public var ticket: TicketId
    public var gate: Label
    public var nonce: Label
    public var at: Time

    public init(ticket: TicketId, gate: Label, nonce: Label, at: Time) {
        self.ticket = ticket
        self.gate = gate
        self.nonce = nonce
        self.at = at
    }
}

/// Money, or word of it, that belongs to nothing known.
public struct IncidentRow: Hashable, Sendable {
    public var payment: PaymentId
    public var result: Money?
    public var at: Time

    public init(payment: PaymentId, result: Money? = nil, at: Time) {
        self.payment = payment
        self.result = result
        self.at = at
    }
}
