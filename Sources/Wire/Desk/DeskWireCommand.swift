public import Runtime
public import Ticketing

/// One command to a desk as it travels: see `WireFormat`.
public struct DeskWireCommand: LineCommand {
    public var id: CommandId
    /// Whose desk it is; its id is the key, from which the partition follows.
    public var tenant: TenantId
    public var order: DeskOrder
    /// The ingress that waits for the reply; nil where nobody does.
    public var replyTo: String?
    public var trace: TraceContext?

    public var kind: DeskCommandKind { order.kind }
    public var target: DeskTarget { order.target }

    public init(
        id: CommandId, tenant: TenantId, order: DeskOrder, replyTo: String? = nil, trace: TraceContext? = nil
    ) {
        self.id = id
        self.tenant = tenant
        self.order = order
        self.replyTo = replyTo
        self.trace = trace
    }

    /// Appends the command as a line with its newline, the body as this module writes it.
    public func appendLine(to bytes: inout [UInt8]) { writeLine(to: &bytes) { $0.body(order) } }

    /// The same with the body as its sender wrote it, less the space between its parts: what a retry is compared with.
    /// It has been decoded into `order`.
    public func appendLine(body: UnsafeRawBufferPointer, to bytes: inout [UInt8]) { writeLine(body: body, to: &bytes) }

    public func appendPayload(body: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
        writePayload(body: body, to: &bytes)
    }

    /// The body alone, as this module writes it.
    public var publicBody: [UInt8] {
        var writer = JSONWriter()
        writer.body(order)
        return writer.bytes
    }
}

extension DeskWireCommand: LineForm {
    struct Head {
        let tenant: TenantId
        let kind: DeskCommandKind
        let target: DeskTarget
    }

    static func head(of line: inout Form.Object, tenant: TenantId?, _ form: inout Form) -> Head? {
        let key: TenantId? = form.required("key", in: &line) { form, node in
            guard let key = form.id(node, TenantId.self) else { return nil }
            if let tenant, key != tenant {
                form.problem(node, "must be the tenant's id")
                return nil
            }
            return key
        }
        return head(of: key, in: &line, &form)
    }

    static func head(of tenant: TenantId?, in object: inout Form.Object, _ form: inout Form) -> Head? {
        guard let kind = form.required("kind", in: &object, { $0.deskKind($1) }) else {
            // Nobody can say what it should be.
            _ = form.find("target", in: &object)
            return nil
        }
        guard let target = form.target(kind, of: tenant, in: &object), let tenant else { return nil }
        return Head(tenant: tenant, kind: kind, target: target)
    }

    static func content(_ head: Head, body node: Int?, _ form: inout Form) -> DeskOrder? {
        form.order(head.kind, about: head.target, tenant: head.tenant, body: node, from: .line)
    }

    init(id: CommandId, tenant: TenantId, head: Head, content: DeskOrder, replyTo: String?, trace: TraceContext?) {
        self.init(id: id, tenant: tenant, order: content, replyTo: replyTo, trace: trace)
    }

    var key: TenantId { tenant }
    var kindName: String { kind.rawValue }
    func writeTarget(to writer: inout JSONWriter) { writer.target(target, of: tenant) }
}

/// A line of the desk line's.
public typealias DecodedDeskLine = DecodedCommand<DeskWireCommand>
