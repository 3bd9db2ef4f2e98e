public import Ticketing

/// What one command came to, for the ingress that waits for it: see `WireFormat`.
public struct ReplyLine: Hashable, Sendable {
    public var id: CommandId
    public var status: Int
    /// It had been decided before this message came.
    public var isReplayed: Bool
    /// A JSON object, byte for byte as it is stored.
    public var body: [UInt8]

    public init(id: CommandId, status: Int, isReplayed: Bool = false, body: [UInt8]) {
        self.id = id
        self.status = status
        self.isReplayed = isReplayed
        self.body = body
    }

    /// Appends the line with its newline.
    public func append(to bytes: inout [UInt8]) {
        Self.append(id: id, status: status, isReplayed: isReplayed, body: body, to: &bytes)
    }

    /// The same without a copy of the body.
    public static func append(
        id: CommandId, status: Int, isReplayed: Bool = false, body: [UInt8], to bytes: inout [UInt8]
    ) {
        var writer = JSONWriter(appendingTo: bytes)
        bytes = []
        writer.raw(#"{"v":1"#)
        writer.key("id")
        writer.id(id)
        writer.field("status", status)
        if isReplayed { writer.field("replayed", true) }
        writer.key("body")
        writer.raw(body)
        writer.endObject()
        writer.endLine()
        bytes = writer.bytes
    }
}

/// Reads messages of replies. One for each thread.
public struct ReplyDecoder: ~Copyable {
    private var tape = JSONTape()

    public init() {}

    /// Reads line by line, in order; the body's bytes are the message's own and do not outlive the call.
    public mutating func decode(
        message: UnsafeRawBufferPointer,
        _ each: (Result<(id: CommandId, status: Int, isReplayed: Bool, body: UnsafeRawBufferPointer), Malformed>) throws
            -> Void
    ) rethrows {
        try tape.lines(
            of: message,
            { form in
                form.reply().map {
                    (id: $0.id, status: $0.status, isReplayed: $0.isReplayed, body: form.raw($0.body))
                }
            }, each)
    }
}

extension Form {
    fileprivate mutating func reply() -> (id: CommandId, status: Int, isReplayed: Bool, body: Int)? {
        guard var line = object(0) else { return nil }
        version(in: &line)
        let id = required("id", in: &line) { $0.commandId($1) }
        let status = required("status", in: &line) { $0.count($1, 100...599) }
        let isReplayed = optional("replayed", in: &line) { $0.flag($1) } ?? false
        let body = required("body", in: &line) { form, node in form.object(node) == nil ? nil : node }
        finish(line)
        guard problems.isEmpty, let id, let status, let body else { return nil }
        return (id, status, isReplayed, body)
    }
}
