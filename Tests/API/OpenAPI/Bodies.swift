import Ticketing
import Wire

@testable import API

/// Bodies as the ingress reads them.
enum Bodies {
    static let event = EventId(high: 0x0198_F3C1_0B5E_7A41, low: 0x8C2D_4E6F_8091_A2B3)

    static func minted<Kind>(_ index: UInt32 = 0) -> MintedId<Kind> {
        MintedId(command: CommandId(high: 1, low: 2), index: index)
    }

    /// Who reads a body, and about what.
    enum Reader: Sendable {
        case seats(CommandKind, Target)
        case desk(DeskCommandKind)
        case inside(InternalDeskRequest)
    }

    /// Who reads the bodies of the operations that have one of JSON.
    static let readers: [String: Reader] = [
        "createEvent": .seats(.createEvent, .event), "changeEvent": .seats(.changeEvent, .event),
        "addShow": .seats(.addShow, .event), "blockSeats": .seats(.block, .show(1)),
        "unblockSeats": .seats(.unblock, .show(1)), "reserve": .seats(.reserve, .show(1)),
        "joinWaitlist": .seats(.joinWaitlist, .show(1)),
        "extendReservation": .seats(.extend, .reservation(minted())),
        "checkout": .seats(.checkout, .reservation(minted())), "refundBooking": .seats(.refund, .booking(minted())),
        "checkIn": .seats(.checkIn, .ticket(minted())), "createDeskTicket": .desk(.createTicket),
        "changeDeskSettings": .desk(.setSettings), "validateEta": .inside(.validateEta),
        "allocateSlot": .inside(.allocateSlot),
    ]

    /// What is wrong with a body, as `400 /pointer message`; nothing where it is taken.
    static func problems(_ body: JSONValue, of reader: Reader) -> [String] {
        body.bytes.withUnsafeBytes { bytes in
            do throws(Malformed) {
                switch reader {
                case .seats(let kind, let target):
                    var decoder = CommandDecoder()
                    _ = try decoder.decode(body: bytes, of: kind, about: target, event: event)
                case .desk(let kind):
                    var decoder = DeskDecoder()
                    // As a line's: what contradicts itself no schema says.
                    _ = try decoder.decode(
                        body: bytes, of: kind, about: .desk, tenant: TenantId(high: 5, low: 6), from: .line)
                case .inside(let kind):
                    var decoder = DeskDecoder()
                    _ = try decoder.decode(internalBody: bytes, of: kind)
                }
                return []
            } catch {
                return error.problems.map { "\(error.status) \($0.pointer) \($0.message)" }
            }
        }
    }
}
