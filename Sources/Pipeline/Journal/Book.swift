internal import Sealing
public import Ticketing
public import Wire

/// What the worker and a replay both do with a command: whatever differed here would differ in the journal.
///
/// A batch has one `Arrears`, made by `arrears(partition:batch:rulesVersion:)`. Before a command whose event
/// `isBehind(at:)` the batch's time, `fallDue` is called on that event, and everything that it adds is journaled at
/// once, ahead of the command; if the event is still behind, the command waits for a later batch.
public enum Book {
    /// How much may fall due in one batch.
    public static let arrearsPerBatch = 200

    public static func arrears(partition: Int, batch: UInt64, rulesVersion: UInt32 = Rules.newest) -> Arrears {
        Arrears(
            seed: arrearsSeed(partition: partition, batch: batch), rulesVersion: rulesVersion, atMost: arrearsPerBatch)
    }

    /// Where the ids of what falls due in a batch begin: a UUID of version 8, so that it is never a command's.
    public static func arrearsSeed(partition: Int, batch: UInt64) -> CommandId {
        var bytes = Array("turnstile arrears".utf8)
        bytes.append(bigEndian: UInt32(truncatingIfNeeded: partition))
        bytes.append(bigEndian: batch)
        return SHA256.hash(bytes).withUnsafeBytes { hash in
            let high = UInt64(bigEndian: hash.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
            let low = UInt64(bigEndian: hash.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            return CommandId(high: high & ~0xF000 | 0x8000, low: low & ~(0b11 << 62) | 0b10 << 62)
        }
    }

    /// Decides a command about the event of that state; where there is none, it can be created.
    ///
    /// - Returns: nil when the event is behind and the arrears' budget is used up; nothing was decided then.
    public static func decide(
        _ content: Content, id: CommandId, tenant: TenantId, at time: Time, state: inout EventState?,
        arrears: inout Arrears
    ) -> Decision? {
        let context = Context(commandId: id, tenant: tenant, now: time, rulesVersion: arrears.rulesVersion)
        switch content.order {
        case .create(let command):
            if state != nil { return .refused(.eventExists, id: id) }
            let (created, decision) = EventState.create(command, context: context)
            state = created
            return decision
        case .moveOut: preconditionFailure("a move is the partition's business, not the rule book's")
        case .existing(let command):
            guard state?.tenant == tenant else { return .refused(.noSuchEvent, id: id) }
            if let currency = content.currency, currency != state?.currency {
                return .refused(.invalid(.amount), id: id)
            }
            return state?.decide(command, context: context, arrears: &arrears)
        }
    }
}
