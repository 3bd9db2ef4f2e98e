/// What can be asked of a desk that exists. See `DeskState.create` for its beginning.
public enum DeskCommand: Hashable, Sendable {
    /// Its database is there, in that store.
    case accountReady(store: DeskName)
    indirect case setSettings(DeskSettings)
    /// `validateEta` and `allocateSlot` at once.
    case createTicket(class: DeskName)
    /// Keeps a slot for some seconds.
    case validateEta(class: DeskName)
    /// Makes a ticket of a kept slot.
    case allocateSlot(DeskSlotId, class: DeskName)
    case cancel(DeskTicketId)
    case resolve(DeskTicketId)
}

/// The wish for an account. Names, addresses and passwords are a person's, and stay out of the journal.
public struct RequestAccount: Hashable, Sendable {
    public var subDomain: DeskName
    public var settings: DeskSettings

    public init(subDomain: DeskName, settings: DeskSettings = DeskSettings()) {
        self.subDomain = subDomain
        self.settings = settings
    }
}
