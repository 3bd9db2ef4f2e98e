public import Ticketing

/// What a command wants done, as the rule book takes it.
public enum Order: Hashable, Sendable {
    indirect case create(CreateEvent)
    case existing(Command)
    /// The event is decided in another partition from here on: the queue's last word about it. The version is that of
    /// the route that was written before.
    case moveOut(to: Int, version: UInt64)
}

/// A command's body, read: what the rule book needs, and what others do.
public struct Content: Hashable, Sendable {
    public var order: Order
    /// The currency that stood beside amounts of an event which exists. The rule book takes amounts alone, so whoever
    /// has the event's state must refuse the command if this is another than the event's.
    public var currency: Currency?
    /// Why a manager gives money back.
    public var reason: Label?
    /// Where to write to the buyer: from a request only. A line does not carry it, so that no journal ever does.
    public var email: String?
    /// What tells a request with another address from this one: from a line only. Whoever has the key that it was made
    /// with makes it; nobody else can say whose address it is of.
    public var emailDigest: String?

    public init(
        _ order: Order, currency: Currency? = nil, reason: Label? = nil, email: String? = nil,
        emailDigest: String? = nil
    ) {
        self.order = order
        self.currency = currency
        self.reason = reason
        self.email = email
        self.emailDigest = emailDigest
    }

    public init(_ command: Command) { self.init(.existing(command)) }
}

extension Order {
    public var kind: CommandKind {
        switch self {
        case .create: .createEvent
        case .moveOut: .moveOut
        case .existing(let command):
            switch command {
            case .changeEvent: .changeEvent
            case .cancelEvent: .cancelEvent
            case .addShow: .addShow
            case .cancelShow: .cancelShow
            case .block: .block
            case .unblock: .unblock
            case .reserve: .reserve
            case .extend: .extend
            case .release: .release
            case .joinWaitlist: .joinWaitlist
            case .leaveWaitlist: .leaveWaitlist
            case .checkout: .checkout
            case .paymentCreated: .paymentCreated
            case .paymentResult: .paymentResult
            case .paymentDispute: .paymentDispute
            case .refundReported: .refundReported
            case .cancelBooking: .cancelBooking
            case .refundBooking: .refund
            case .refundResult: .refundResult
            case .checkIn: .checkIn
            }
        }
    }

    public var target: Target {
        switch self {
        case .create, .moveOut: .event
        case .existing(let command):
            switch command {
            case .changeEvent, .cancelEvent, .addShow: .event
            case .cancelShow(let show), .block(let show, _), .unblock(let show, _): .show(show)
            case .reserve(let reserve): .show(reserve.show)
            case .joinWaitlist(let join): .show(join.show)
            case .extend(let id, _), .release(let id): .reservation(id)
            case .checkout(let checkout): .reservation(checkout.reservation)
            case .leaveWaitlist(let id): .entry(id)
            case .paymentCreated(let id, _), .paymentResult(let id, _), .paymentDispute(let id, _),
                .refundReported(let id, _):
                .payment(id)
            case .cancelBooking(let id), .refundBooking(let id, _): .booking(id)
            case .refundResult(let id, _): .refund(id)
            case .checkIn(let checkIn): .ticket(checkIn.ticket)
            }
        }
    }
}
