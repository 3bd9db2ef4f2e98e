public import Desk
public import Ticketing

extension DeskKinds.Ticket: NamedKind { public static var prefix: StaticString { "dsk_" } }
extension DeskKinds.Slot: NamedKind { public static var prefix: StaticString { "slt_" } }

/// A ticket or a slot as callers name it: it contains the tenant's id, so that the partition follows from it alone.
public struct DeskScopedId<Kind: NamedKind>: TextId {
    public let tenant: TenantId
    public let id: DeskMintedId<Kind>

    public static var prefix: StaticString { Kind.prefix }
    public static var digits: Int { ScopedDigits.count }

    @inlinable
    public init(_ tenant: TenantId, _ id: DeskMintedId<Kind>) {
        self.tenant = tenant
        self.id = id
    }

    public init?(digits bytes: Slice<UnsafeRawBufferPointer>) {
        guard let (tenant, command, index) = ScopedDigits.read(bytes, owner: TenantId.self) else { return nil }
        self.init(tenant, DeskMintedId(command: DeskCommandId(command), index: index))
    }

    public func appendDigits(to bytes: inout [UInt8]) {
        ScopedDigits.append(tenant, command: CommandId(id.command), index: id.index, to: &bytes)
    }
}
