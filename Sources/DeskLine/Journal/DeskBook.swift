package import Desk
internal import Sealing
package import Ticketing
package import Wire

/// What the worker and a replay both do with a command: whatever differed here would differ in the journal.
package enum DeskBook {
    /// How much may fall due in one batch.
    package static let arrearsPerBatch = 500

    package static func arrears(
        of tenant: TenantId, batch: UInt64, rulesVersion: UInt32 = DeskRules.newest
    ) -> DeskArrears {
        DeskArrears(
            seed: arrearsSeed(of: tenant, batch: batch), rulesVersion: rulesVersion, atMost: arrearsPerBatch)
    }

    /// Where the ids of what falls due in a batch begin: a UUID of version 8, so that it is never a command's.
    package static func arrearsSeed(of tenant: TenantId, batch: UInt64) -> DeskCommandId {
        let digest = SHA256.hash { hash in
            hash.update(Array("turnstile desk arrears".utf8))
            for number in [tenant.high, tenant.low, batch] {
                withUnsafeBytes(of: number.bigEndian) { hash.update($0) }
            }
        }
        return digest.withUnsafeBytes { bytes in
            let high = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
            let low = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            return DeskCommandId(high: high & ~0xF000 | 0x8000, low: low & ~(0b11 << 62) | 0b10 << 62)
        }
    }

    /// Decides a command about the desk of that state; where there is none, it can be requested.
    ///
    /// - Returns: nil when the desk is behind and the arrears' budget is used up; nothing was decided then.
    package static func decide(
        _ order: DeskOrder, id: CommandId, tenant: TenantId, at time: Time, state: inout DeskState?,
        arrears: inout DeskArrears
    ) -> DeskDecision? {
        let context = DeskContext(
            commandId: DeskCommandId(id), tenant: DeskTenantId(tenant), now: DeskTime(time),
            rulesVersion: arrears.rulesVersion)
        switch order {
        case .request(let request):
            if state != nil { return .refused(.accountExists, id: context.commandId) }
            let (created, decision) = DeskState.create(request, context: context)
            state = created
            return decision
        case .existing(let command):
            guard state != nil else { return .refused(.noSuchAccount, id: context.commandId) }
            return state?.decide(command, context: context, arrears: &arrears)
        }
    }
}
