public import Runtime
public import Ticketing

/// One command as it travels: see `WireFormat`.
public struct WireCommand: Hashable, Sendable {
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
        appendLine(to: &bytes) { $0.body(content, event: event) }
    }

    /// The same with the body as its sender wrote it, less the space between its parts: what a retry is compared with.
    /// It has been decoded into `content`, and nothing in it is personal.
    public func appendLine(body: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
        precondition(content.email == nil, "personal data does not travel in commands")
        appendLine(to: &bytes) { writer in
            if body.isEmpty { writer.raw("{}") } else { writer.compact(body) }
        }
    }

    /// The body alone, as this module writes it. An e-mail stays behind; its digest does not.
    public var publicBody: [UInt8] {
        var writer = JSONWriter()
        writer.body(content, event: event)
        return writer.bytes
    }

    private func appendLine(to bytes: inout [UInt8], _ body: (inout JSONWriter) -> Void) {
        var writer = JSONWriter(appendingTo: bytes)
        bytes = []
        writer.raw(#"{"v":1"#)
        writer.key("id")
        writer.id(id)
        writer.field("tenant", tenant)
        writer.field("key", event)
        writer.key("kind")
        writer.string(kind.rawValue)
        writer.target(target, of: event)
        if let replyTo {
            writer.key("replyTo")
            writer.string(replyTo)
        }
        if let trace {
            writer.key("trace")
            writer.string(trace.traceparent)
        }
        writer.key("body")
        body(&writer)
        writer.endObject()
        writer.endLine()
        bytes = writer.bytes
    }
}
