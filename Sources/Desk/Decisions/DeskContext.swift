/// What a decision needs besides the state and the command. All of it is journaled, so that a replay sees the same.
public struct DeskContext: Hashable, Sendable {
    /// Everything that the decision mints takes its id from this.
    public var commandId: DeskCommandId
    public var tenant: DeskTenantId
    /// Never less than the time of the desk's decision before.
    public var now: DeskTime
    public var rulesVersion: UInt32

    public init(
        commandId: DeskCommandId, tenant: DeskTenantId, now: DeskTime, rulesVersion: UInt32 = DeskRules.newest
    ) {
        self.commandId = commandId
        self.tenant = tenant
        self.now = now
        self.rulesVersion = rulesVersion
    }
}

/// Versions of the rules. A change of behaviour gets a new number; the old behaviour stays behind its own.
public enum DeskRules {
    /// - 1: the first.
    public static let newest: UInt32 = 1

    /// Journals of any of these can be decided again.
    public static let known: ClosedRange<UInt32> = 1...newest
}
