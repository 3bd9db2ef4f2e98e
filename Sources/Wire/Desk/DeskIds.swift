public import Desk
public import Ticketing

// The two rule books do not know each other. Their ids of commands and tenants are the same 16 bytes, and their times
// the same count.

extension DeskCommandId {
    public init(_ id: CommandId) { self.init(high: id.high, low: id.low) }
}

extension CommandId {
    public init(_ id: DeskCommandId) { self.init(high: id.high, low: id.low) }
}

extension DeskTenantId {
    public init(_ id: TenantId) { self.init(high: id.high, low: id.low) }
}

extension TenantId {
    public init(_ id: DeskTenantId) { self.init(high: id.high, low: id.low) }

    /// A new account's tenant: whoever asks for it again with the same key gets the same.
    public init(ofAccountRequestedBy id: CommandId) { self.init(high: id.high, low: id.low) }
}

extension DeskTime {
    public init(_ time: Time) { self.init(microseconds: time.microseconds) }
}

extension Time {
    public init(_ time: DeskTime) { self.init(microseconds: time.microseconds) }
}
