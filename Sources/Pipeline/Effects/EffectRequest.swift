public import Runtime
internal import Sealing
public import Ticketing
internal import Wire

extension Kinds {
    public enum Effect: Sendable {}
}

/// Derived from the decision that asked for the effect; also its idempotency key at whoever does it.
public typealias EffectId = Id<Kinds.Effect>

extension EffectId {
    /// Of the effect in that place of a command's decision.
    package static func of(_ command: CommandId, index: Int) -> EffectId {
        let (high, low) = EffectRow.id(of: command, index: index)
        return EffectId(high: high, low: low)
    }
}

/// Work outside the database, as its handler gets it.
public struct EffectRequest: Sendable, Hashable {
    public let id: EffectId
    public let kind: EffectKind
    public let event: EventId
    public let tenant: TenantId
    /// Where it was decided.
    public let partition: Int
    /// By which command.
    public let command: CommandId
    public let trace: TraceContext?
    /// What is to be done, as JSON.
    public let body: [UInt8]
    /// The first is 1. A later one may follow an attempt that was never heard of again: it may have done the work.
    public let attempt: Int
    public let createdAt: Timestamp

    public init(
        id: EffectId, kind: EffectKind, event: EventId, tenant: TenantId, partition: Int, command: CommandId,
        trace: TraceContext? = nil, body: [UInt8], attempt: Int, createdAt: Timestamp
    ) {
        self.id = id
        self.kind = kind
        self.event = event
        self.tenant = tenant
        self.partition = partition
        self.command = command
        self.trace = trace
        self.body = body
        self.attempt = attempt
        self.createdAt = createdAt
    }

    /// What the id looks like to a provider: 32 digits of lower-case hexadecimal.
    public var idempotencyKey: String { CommandId(high: id.high, low: id.low).hex }

    /// The id of the `index`th command that comes of this effect: the same in each attempt, so that a command which is
    /// sent again is known to have been decided. A UUID of version 8.
    public func commandId(_ index: Int) -> CommandId {
        let digest = SHA256.hash { hash in
            hash.update(Array("turnstile.effect.result".utf8))
            for number in [id.high, id.low, UInt64(index)] { withUnsafeBytes(of: number.bigEndian) { hash.update($0) } }
        }
        return digest.withUnsafeBytes { bytes in
            func word(_ range: Range<Int>) -> UInt64 { bytes[range].reduce(0) { $0 << 8 | UInt64($1) } }
            let high = word(0..<8) & ~0xF000 | 0x8000
            let low = word(8..<16) & ~(0b11 << 62) | 0b10 << 62
            return CommandId(high: high, low: low)
        }
    }
}
