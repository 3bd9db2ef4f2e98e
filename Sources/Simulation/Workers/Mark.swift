internal import Ticketing

/// Commands whose ids say that something is wrong with them.
enum Mark {
    /// Whoever decides it dies.
    static func kills(_ id: CommandId) -> Bool { id.high >> 56 == 0xDD }
    static func killing(_ id: CommandId) -> CommandId { CommandId(high: (id.high << 8) >> 8 | 0xDD << 56, low: id.low) }
    /// A UUID of version 4, as far as the worker looks.
    static func plain(_ id: CommandId) -> CommandId {
        CommandId(high: (id.high << 8) >> 8 & ~0xF000 | 0x4000, low: id.low)
    }
}
