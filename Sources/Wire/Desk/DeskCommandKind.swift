/// What a command asks of a desk. The name is its `kind` in a line.
public enum DeskCommandKind: String, CaseIterable, Hashable, Sendable {
    case requestAccount = "request-account"
    case accountReady = "account-ready"
    case setSettings = "set-desk-settings"
    case createTicket = "create-desk-ticket"
    case validateEta = "validate-eta"
    case allocateSlot = "allocate-slot"
    case cancelTicket = "cancel-desk-ticket"
    case resolveTicket = "resolve-desk-ticket"

    init?(_ bytes: UnsafeRawBufferPointer) {
        guard let kind = Self.allCases.first(where: { $0.rawValue.utf8.elementsEqual(bytes) }) else { return nil }
        self = kind
    }
}
