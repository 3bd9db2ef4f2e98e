public import Desk
internal import Ticketing

/// What a command is about, below its tenant.
public enum DeskTarget: Hashable, Sendable {
    /// The desk itself, which the command's key names.
    case desk
    case ticket(DeskTicketId)
    case slot(DeskSlotId)
}

extension JSONWriter {
    mutating func target(_ target: DeskTarget, of tenant: TenantId) {
        switch target {
        case .desk: break
        case .ticket(let id): field("target", DeskScopedId(tenant, id))
        case .slot(let id): field("target", DeskScopedId(tenant, id))
        }
    }
}

extension Form {
    /// The target that a kind of command has to have, or nil with a problem noted.
    mutating func target(_ kind: DeskCommandKind, of tenant: TenantId?, in object: inout Object) -> DeskTarget? {
        switch kind {
        case .requestAccount, .accountReady, .setSettings, .createTicket, .validateEta: .desk
        case .allocateSlot: required("target", in: &object) { $0.owned($1, by: tenant).map { .slot($0) } }
        case .cancelTicket, .resolveTicket:
            required("target", in: &object) { $0.owned($1, by: tenant).map { .ticket($0) } }
        }
    }

    /// An id of something that is this tenant's.
    mutating func owned<Kind: NamedKind>(_ node: Int, by tenant: TenantId?) -> DeskMintedId<Kind>? {
        guard let id = id(node, DeskScopedId<Kind>.self) else { return nil }
        if let tenant, id.tenant != tenant {
            problem(node, "belongs to another account")
            return nil
        }
        return id.id
    }
}
