public import Runtime
public import Ticketing

/// One command as it travels: see `WireFormat`.
public struct WireCommand: LineCommand {
    public var id: CommandId
    public var tenant: TenantId
    /// The key, from which the partition follows.
    public var event: EventId
    public var content: Content
    /// The ingress that waits for the reply; nil where nobody does.
    public var replyTo: String?
    public var trace: TraceContext?

    public var kind: CommandKind { content.order.kind }
    public var target: Target { content.order.target }

    public init(
        id: CommandId, tenant: TenantId, event: EventId, content: Content, replyTo: String? = nil,
        trace: TraceContext? = nil
    ) {
        self.id = id
        self.tenant = tenant
        self.event = event
        self.content = content
        self.replyTo = replyTo
        self.trace = trace
    }

    /// Appends the command as a line with its newline, the body as this module writes it. An e-mail stays behind.
    public func appendLine(to bytes: inout [UInt8]) {
        writeLine(to: &bytes) { $0.body(content, event: event) }
    }

    /// The same with the body as its sender wrote it, less the space between its parts: what a retry is compared with.
    /// It has been decoded into `content`, and nothing in it is personal.
    public func appendLine(body: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
        precondition(content.email == nil, "personal data does not travel in commands")
        writeLine(body: body, to: &bytes)
    }

    /// The body alone, as this module writes it. An e-mail stays behind; its digest does not.
    public var publicBody: [UInt8] {
        var writer = JSONWriter()
        writer.body(content, event: event)
        return writer.bytes
    }

    public func appendPayload(body: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
        writePayload(body: body, to: &bytes)
    }
}

extension WireCommand: LineForm {
    struct Head {
        let event: EventId
        let kind: CommandKind
        let target: Target
    }

    static func head(of line: inout Form.Object, tenant: TenantId?, _ form: inout Form) -> Head? {
        let event: EventId? = form.required("key", in: &line) { $0.id($1) }
        return head(of: event, in: &line, &form)
    }

    static func head(of event: EventId?, in object: inout Form.Object, _ form: inout Form) -> Head? {
        guard let kind = form.required("kind", in: &object, { $0.kind($1) }) else {
            // Nobody can say what it should be.
            _ = form.find("target", in: &object)
            return nil
        }
        guard let target = form.target(kind, of: event, in: &object), let event else { return nil }
        return Head(event: event, kind: kind, target: target)
    }

    static func content(_ head: Head, body node: Int?, _ form: inout Form) -> Content? {
        form.content(head.kind, event: head.event, target: head.target, body: node, from: .line)
    }

    init(id: CommandId, tenant: TenantId, head: Head, content: Content, replyTo: String?, trace: TraceContext?) {
        self.init(id: id, tenant: tenant, event: head.event, content: content, replyTo: replyTo, trace: trace)
    }

    var key: EventId { event }
    var kindName: String { kind.rawValue }
    func writeTarget(to writer: inout JSONWriter) { writer.target(target, of: event) }
}
