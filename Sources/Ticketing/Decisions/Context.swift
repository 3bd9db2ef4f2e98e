/// What a decision needs besides the state and the command. All of it is journaled, so that a replay sees the same.
public struct Context: Hashable, Sendable {
    /// Everything that the decision mints takes its id from this.
    public var commandId: CommandId
    public var tenant: TenantId
    /// Never less than the time of the event's decision before.
    public var now: Time
    public var rulesVersion: UInt32

    public init(commandId: CommandId, tenant: TenantId, now: Time, rulesVersion: UInt32 = Rules.newest) {
        self.commandId = commandId
        self.tenant = tenant
        self.now = now
        self.rulesVersion = rulesVersion
    }
}

/// Versions of the rules. A change of behaviour gets a new number; the old behaviour stays behind its own.
public enum Rules {
    /// - 1: the first.
    /// - 2: disputes and refunds made on the provider's own page; what is told of a payment that nobody knows is
    ///   merged, and so are two names of one payment.
    public static let newest: UInt32 = 2

    /// Journals of any of these can be decided again.
    public static let known: ClosedRange<UInt32> = 1...newest
}
