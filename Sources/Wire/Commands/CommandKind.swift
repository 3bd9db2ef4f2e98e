/// What a command asks for. The name is its `kind` in a line.
public enum CommandKind: String, CaseIterable, Hashable, Sendable {
    case createEvent = "create-event"
    case changeEvent = "change-event"
    case cancelEvent = "cancel-event"
    case addShow = "add-show"
    case cancelShow = "cancel-show"
    case block
    case unblock
    case reserve
    case extend
    case release
    case joinWaitlist = "join-waitlist"
    case leaveWaitlist = "leave-waitlist"
    case checkout
    case paymentCreated = "payment-created"
    case paymentResult = "payment-result"
    case paymentDispute = "payment-dispute"
    case refundReported = "refund-reported"
    case cancelBooking = "cancel-booking"
    case refund
    case refundResult = "refund-result"
    case checkIn = "check-in"
    case moveOut = "move-out"

    private static let byName: [(name: [UInt8], kind: CommandKind)] = allCases.map { (Array($0.rawValue.utf8), $0) }

    init?(_ bytes: UnsafeRawBufferPointer) {
        guard let found = Self.byName.first(where: { $0.name.count == bytes.count && $0.name.elementsEqual(bytes) })
        else { return nil }
        self = found.kind
    }
}
