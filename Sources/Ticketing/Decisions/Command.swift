/// What can be asked of an event that exists.
public enum Command: Hashable, Sendable {
    indirect case changeEvent(ChangeEvent)
    case cancelEvent
    indirect case addShow(ShowSpec)
    case cancelShow(ShowNumber)
    case block(show: ShowNumber, seats: [SeatName])
    case unblock(show: ShowNumber, seats: [SeatName])

    case reserve(Reserve)
    case extend(ReservationId, by: Seconds)
    case release(ReservationId)

    case joinWaitlist(JoinWaitlist)
    case leaveWaitlist(EntryId)

    case checkout(Checkout)
    case paymentCreated(PaymentId, reference: Label?)
    case paymentResult(PaymentId, PaymentResult)
    indirect case paymentDispute(PaymentId, DisputeNews)
    indirect case refundReported(PaymentId, ReportedRefund)
    case cancelBooking(BookingId)
    case refundBooking(BookingId, RefundRequest)
    case refundResult(RefundId, RefundResult)
    indirect case checkIn(CheckIn)
}

public struct Reserve: Hashable, Sendable {
    public enum Choice: Hashable, Sendable {
        case seats([SeatName])
        case best(tier: Label, quantity: Int, together: Bool)
    }

    public var show: ShowNumber
    public var buyer: Label
    public var choice: Choice

    public init(show: ShowNumber, buyer: Label, choice: Choice) {
        self.show = show
        self.buyer = buyer
        self.choice = choice
    }

    public init(show: ShowNumber, buyer: Label, tier: Label, quantity: Int, together: Bool = true) {
        self.init(show: show, buyer: buyer, choice: .best(tier: tier, quantity: quantity, together: together))
    }

    public init(show: ShowNumber, buyer: Label, seats: [SeatName]) {
        self.init(show: show, buyer: buyer, choice: .seats(seats))
    }
}

public struct JoinWaitlist: Hashable, Sendable {
    public var show: ShowNumber
    public var buyer: Label
    public var tier: Label
    public var quantity: Int

    public init(show: ShowNumber, buyer: Label, tier: Label, quantity: Int) {
        self.show = show
        self.buyer = buyer
        self.tier = tier
        self.quantity = quantity
    }
}

public struct Checkout: Hashable, Sendable {
    public var reservation: ReservationId
    public var provider: Label
    /// Whether money that comes too late may be answered with other places of the same kind.
    public var acceptEquivalent: Bool

    public init(reservation: ReservationId, provider: Label, acceptEquivalent: Bool = false) {
        self.reservation = reservation
        self.provider = provider
        self.acceptEquivalent = acceptEquivalent
    }
}

/// What a provider says of a payment. Messages come in any order and any number of times.
public enum PaymentResult: Hashable, Sendable {
    case succeeded(Money)
    case failed(reason: Label)
    case cancelled
}

/// What a provider says of a dispute: the buyer's bank takes the money back until it is settled.
public struct DisputeNews: Hashable, Sendable {
    /// The provider's name for the dispute, by which it is told from others of the same payment.
    public var reference: Label
    /// What it is about: all that was taken, or some of it.
    public var money: Money
    public var status: DisputeStatus

    public init(reference: Label, money: Money, status: DisputeStatus) {
        self.reference = reference
        self.money = money
        self.status = status
    }
}

/// A refund that somebody made on the provider's own page: it is done when it is told.
public struct ReportedRefund: Hashable, Sendable {
    /// The provider's name for the refund, by which it is told from others of the same payment.
    public var reference: Label
    public var money: Money

    public init(reference: Label, money: Money) {
        self.reference = reference
        self.money = money
    }
}

public enum RefundResult: Hashable, Sendable {
    case succeeded
    case failed(reason: Label)
}

/// A refund by a manager, whatever the policy says: of some tickets, which end, or of an amount, which ends none.
public enum RefundRequest: Hashable, Sendable {
    case tickets([TicketId])
    case amount(Int64)
}

public struct CheckIn: Hashable, Sendable {
    public var ticket: TicketId
    public var gate: Label
    /// Made by the gate for one scan: the same scan again gets the same answer.
    public var nonce: Label
    /// When the gate scanned it, if it was offline.
    public var at: Time?

    public init(ticket: TicketId, gate: Label, nonce: Label, at: Time? = nil) {
        self.ticket = ticket
        self.gate = gate
        self.nonce = nonce
        self.at = at
    }
}
