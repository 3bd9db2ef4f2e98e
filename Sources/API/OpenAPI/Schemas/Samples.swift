internal import Desk
internal import Ticketing
internal import Wire

/// Ids and times for examples: made as the real ones are, so that they look like them.
enum Samples {
    private static let command = CommandId(high: 0x0198_F3C2_A7D4_7C2E, low: 0x9F0B_6D1E_5A4C_3B2A)
    private static let eventId = EventId(high: 0x0198_F3C1_0B5E_7A41, low: 0x8C2D_4E6F_8091_A2B3)

    static let event = JSONValue.string(eventId.text)
    static let show = JSONValue.string(ShowId(eventId, 1).text)
    static let reservation = id(Kinds.Reservation.self)
    static let booking = id(Kinds.Booking.self)
    static let ticket = id(Kinds.Ticket.self)
    static let payment = id(Kinds.Payment.self)
    static let refund = id(Kinds.Refund.self)
    static let entry = id(Kinds.Entry.self)
    static let request: JSONValue = .string("req_AwAMAZjzwqfUfC6fC20eWkw7KgBqsSqAAAAAAAAAAAAbXlyTqMv0lQ")

    private static let tenant = TenantId(high: 0x0198_F3C0_5512_7B90, low: 0xA1B2_C3D4_E5F6_0718)
    static let client = JSONValue.string(tenant.text)
    static let deskTicket = deskId(DeskKinds.Ticket.self)
    static let slot = deskId(DeskKinds.Slot.self)

    private static func deskId<Kind: NamedKind>(_ kind: Kind.Type) -> JSONValue {
        .string(DeskScopedId<Kind>(tenant, DeskMintedId(command: DeskCommandId(command), index: 0)).text)
    }

    private static func id<Kind: NamedKind>(_ kind: Kind.Type) -> JSONValue {
        .string(ScopedId<Kind>(eventId, MintedId(command: command, index: 0)).text)
    }

    static let now: JSONValue = "2026-11-20T09:05:00.000000Z"
    static let later: JSONValue = "2026-11-20T09:15:00.000000Z"
    static let doors: JSONValue = "2026-12-31T20:00:00Z"

    static func euros(_ cents: Int) -> JSONValue { ["amount": .integer(cents), "currency": "EUR"] }

    static let decision: JSONValue = ["partition": 12, "sequence": 345_678, "decidedAt": now]

    static let seats: JSONValue = [
        ["seat": "Floor/A/12", "tier": "A", "price": euros(5_000)],
        ["seat": "Floor/A/13", "tier": "A", "price": euros(5_000)],
    ]
}
