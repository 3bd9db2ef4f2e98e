internal import Runtime
public import Ticketing

/// A command of any line, as far as one has to know it who only carries it.
public protocol LineCommand: Hashable, Sendable {
    var id: CommandId { get }
    /// The ingress that waits for the reply; nil where nobody does.
    var replyTo: String? { get }

    /// Appends the bytes that the journal stores and hashes: what the command wants, less who sent it when. `body` is
    /// the line's slice; empty where it has none.
    func appendPayload(body: UnsafeRawBufferPointer, to bytes: inout [UInt8])
}

extension LineCommand {
    /// The same for bytes that may lie anywhere.
    public func appendPayload(body: some Collection<UInt8>, to bytes: inout [UInt8]) {
        Array(body).withUnsafeBytes { appendPayload(body: $0, to: &bytes) }
    }
}

/// What a line has of its own in its commands. All else is read and written for every line in the same way.
protocol LineForm: LineCommand {
    /// What stands before the body and says how that is read: the key, the kind and the target.
    associatedtype Head
    associatedtype Body
    associatedtype Key: TextId

    static func head(of line: inout Form.Object, tenant: TenantId?, _ form: inout Form) -> Head?
    /// - Parameter node: the body's; nil where there is none at all.
    static func content(_ head: Head, body node: Int?, _ form: inout Form) -> Body?

    init(id: CommandId, tenant: TenantId, head: Head, content: Body, replyTo: String?, trace: TraceContext?)

    var tenant: TenantId { get }
    var trace: TraceContext? { get }
    /// From which the partition follows.
    var key: Key { get }
    var kindName: String { get }
    func writeTarget(to writer: inout JSONWriter)
}

extension LineForm {
    /// Appends the command's line, with its newline.
    func writeLine(to bytes: inout [UInt8], _ body: (inout JSONWriter) -> Void) {
        var writer = JSONWriter(appendingTo: bytes)
        bytes = []
        writer.raw(#"{"v":1"#)
        writer.key("id")
        writer.id(id)
        writer.field("tenant", tenant)
        writer.field("key", key)
        writer.key("kind")
        writer.string(kindName)
        writeTarget(to: &writer)
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

    /// The same with the body as its sender wrote it.
    func writeLine(body: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
        writeLine(to: &bytes) { writer in
            if body.isEmpty { writer.raw("{}") } else { writer.compact(body) }
        }
    }

    /// Appends a command as the journal keeps it and as retries are compared with it:
    /// `{"v":1,"kind":…,"target":…,"body":…}` on one line, the body as its sender wrote it, less the space between its
    /// parts. The key, the tenant and the times stand in columns of their own.
    func writePayload(body: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
        var writer = JSONWriter(appendingTo: bytes)
        bytes = []
        writer.raw(#"{"v":1"#)
        writer.key("kind")
        writer.string(kindName)
        writeTarget(to: &writer)
        writer.key("body")
        if body.isEmpty { writer.raw("{}") } else { writer.compact(body) }
        writer.endObject()
        bytes = writer.bytes
    }
}
