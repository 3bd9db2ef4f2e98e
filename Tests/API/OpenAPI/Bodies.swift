import Ticketing
import Wire

@testable import API

/// Bodies as the ingress reads them.
enum Bodies {
    static let event = EventId(high: 0x0198_F3C1_0B5E_7A41, low: 0x8C2D_4E6F_8091_A2B3)

    static func minted<Kind>(_ index: UInt32 = 0) -> MintedId<Kind> {
        MintedId(command: CommandId(high: 1, low: 2), index: index)
    }

    /// What the operations with a JSON body are, and what each is about.
    static let kinds: [String: (kind: CommandKind, target: Target)] = [
        "createEvent": (.createEvent, .event), "changeEvent": (.changeEvent, .event), "addShow": (.addShow, .event),
        "blockSeats": (.block, .show(1)), "unblockSeats": (.unblock, .show(1)), "reserve": (.reserve, .show(1)),
        "joinWaitlist": (.joinWaitlist, .show(1)), "extendReservation": (.extend, .reservation(minted())),
        "checkout": (.checkout, .reservation(minted())), "refundBooking": (.refund, .booking(minted())),
        "checkIn": (.checkIn, .ticket(minted())),
    ]

    /// What is wrong with a body, as `400 /pointer message`; nothing where it is taken.
    static func problems(_ body: JSONValue, of kind: (kind: CommandKind, target: Target)) -> [String] {
        var decoder = CommandDecoder()
        return body.bytes.withUnsafeBytes { bytes in
            do throws(Malformed) {
                _ = try decoder.decode(body: bytes, of: kind.kind, about: kind.target, event: event)
                return []
            } catch {
                return error.problems.map { "\(error.status) \($0.pointer) \($0.message)" }
            }
        }
    }
}
