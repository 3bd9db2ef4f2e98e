public import Ticketing

/// A command as the journal keeps it and as retries are compared with it: `{"v":1,"kind":…,"target":…,"body":…}` on one
/// line, the body as its sender wrote it, less the space between its parts. The key, the tenant and the times stand in
/// columns of their own.
extension WireCommand {
    /// Appends the bytes that are stored and hashed. `body` is the line's slice; empty where it has none.
    public func appendPayload(body: some Collection<UInt8>, to bytes: inout [UInt8]) {
        let isDone: Void? = body.withContiguousStorageIfAvailable {
            appendPayload(body: UnsafeRawBufferPointer($0), to: &bytes)
        }
        if isDone == nil { Array(body).withUnsafeBytes { appendPayload(body: $0, to: &bytes) } }
    }

    /// The same for bytes in memory.
    public func appendPayload(body: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
        var writer = JSONWriter(appendingTo: bytes)
        bytes = []
        writer.raw(#"{"v":1"#)
        writer.key("kind")
        writer.string(kind.rawValue)
        writer.target(target, of: event)
        writer.key("body")
        if body.isEmpty {
            writer.raw("{}")
        } else {
            writer.compact(body)
        }
        writer.endObject()
        bytes = writer.bytes
    }
}

extension CommandDecoder {
    /// Reads a payload of the journal again, for a replay.
    public mutating func decode(payload: UnsafeRawBufferPointer, event: EventId) throws(Malformed) -> Content {
        var form = try form(of: payload)
        let content = form.payload(event)
        guard let content, form.problems.isEmpty else { throw Malformed(form.problems) }
        return content
    }
}

extension Form {
    fileprivate mutating func payload(_ event: EventId) -> Content? {
        guard var payload = object(0) else { return nil }
        version(in: &payload)
        let kind = required("kind", in: &payload) { $0.kind($1) }
        var target: Target?
        if let kind { target = self.target(kind, of: event, in: &payload) }
        let body = required("body", in: &payload) { $1 }
        finish(payload)
        guard problems.isEmpty, let kind, let target, let body else { return nil }
        return content(kind, event: event, target: target, body: body, from: .line)
    }
}
