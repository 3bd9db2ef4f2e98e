internal import Sealing
public import Ticketing
public import Wire

/// What stands in a ticket's code: which ticket it is, and for which place of which show.
///
/// A code is `T1` and the Base32 (RFC 4648, without padding) of these bytes:
///
///     16  the event's id           16  the ticket's command     4  and its number
///      3  the show's number         3  the place's number      64  an Ed25519 signature
///
/// Numbers have their most significant byte first. What is signed is the text `turnstile-ticket-1`, a zero byte and
/// the 42 bytes before the signature; the public key is at `GET /v1/keys`. Digits and capital letters alone take the
/// least room in a QR code, and are read out and typed without mistakes.
public struct TicketCode: Hashable, Sendable {
    public let ticket: ScopedId<Kinds.Ticket>
    public let show: ShowNumber
    /// Counted from 1, through the show's sections and rows.
    public let place: UInt32

    public init(ticket: ScopedId<Kinds.Ticket>, show: ShowNumber, place: UInt32) {
        precondition(show >= 0 && show < 1 << 24 && place < 1 << 24)
        self.ticket = ticket
        self.show = show
        self.place = place
    }

    static let prefix = "T1"
    static let contentBytes = 42
    private static let domain = Array("turnstile-ticket-1\0".utf8)

    var content: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.contentBytes)
        for half in [
            ticket.event.high, ticket.event.low, ticket.id.command.high, ticket.id.command.low,
        ] { Self.append(half, 8, to: &bytes) }
        Self.append(UInt64(ticket.id.index), 4, to: &bytes)
        Self.append(UInt64(show), 3, to: &bytes)
        Self.append(UInt64(place), 3, to: &bytes)
        return bytes
    }

    init(content bytes: ArraySlice<UInt8>) {
        var rest = bytes
        func number(_ count: Int) -> UInt64 {
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count).reduce(0) { $0 << 8 | UInt64($1) }
        }
        let event = EventId(high: number(8), low: number(8))
        let command = CommandId(high: number(8), low: number(8))
        ticket = ScopedId(event, TicketId(command: command, index: UInt32(truncatingIfNeeded: number(4))))
        show = Int(number(3))
        place = UInt32(truncatingIfNeeded: number(3))
    }

    static func signed(_ content: some Collection<UInt8>) -> [UInt8] { domain + content }

    private static func append(_ value: UInt64, _ count: Int, to bytes: inout [UInt8]) {
        for index in stride(from: count - 1, through: 0, by: -1) {
            bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * index)))
        }
    }
}
