/// What a command, or something that fell due, came to.
public enum DeskOutcome: Hashable, Sendable {
    case refused(DeskRefusal)

    case accountRequested(subDomain: DeskName)
    case accountReady(store: DeskName)
    case settingsChanged
    indirect case created(Promised)
    /// A slot is kept until `heldUntil`.
    indirect case softAssigned(Promised, heldUntil: DeskTime)
    indirect case allocated(Promised)
    case cancelled(DeskTicketId)
    case resolved(DeskTicketId)

    // What falls due.
    case slotsLapsed([DeskSlotId])
    indirect case minuteBegan(MinuteBegan)
}

/// A ticket, or one that may come of a slot, with what its tenant is told.
public struct Promised: Hashable, Sendable {
    public let slot: DeskSlotId
    public let kind: DeskName
    /// With `DeskPlacement.deadline` a forecast: it may move until it begins, never so far that `resolveBy` is missed.
    public let startsAt: DeskTime
    public let resolveBy: DeskTime

    public var ticket: DeskTicketId { DeskTicketId(slot) }
}

/// What agents turn to when a minute begins, or a part of it: see `DeskBounds.ticketsPerDecision`.
public struct MinuteBegan: Hashable, Sendable {
    public struct Work: Hashable, Sendable {
        public let ticket: DeskTicketId
        /// From 0.
        public let agent: Int
    }

    public let at: DeskTime
    /// Their time is over.
    public let resolved: [DeskTicketId]
    public let began: [Work]
}
