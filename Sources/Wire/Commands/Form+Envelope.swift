internal import Runtime
internal import Ticketing

/// What surrounds a command's body in a line.
struct Envelope {
    var id: CommandId?
    var tenant: TenantId?
    var event: EventId?
    var replyTo: String?
    var trace: TraceContext?
    /// The body's node.
    var body: Int?
    var content: Content?
}

extension Form {
    /// Reads a line. Of one that broke off, only who sent it and who waits, as far as that was whole.
    ///
    /// - Parameter receiver: who may wait for this one, too.
    mutating func envelope(isWhole: Bool, receiver: String? = nil) -> Envelope {
        guard isWhole else { return fragment() }
        var envelope = Envelope()
        guard var line = object(0) else { return envelope }
        version(in: &line)
        envelope.id = required("id", in: &line) { $0.commandId($1) }
        envelope.tenant = required("tenant", in: &line) { $0.id($1) }
        envelope.event = required("key", in: &line) { $0.id($1) }
        let kind = required("kind", in: &line) { $0.kind($1) }
        var target: Target?
        if let kind {
            target = self.target(kind, of: envelope.event, in: &line)
        } else {
            // Nobody can say what it should be.
            _ = find("target", in: &line)
        }
        envelope.replyTo = optional("replyTo", in: &line) { $0.replyTo($1, known: receiver) }
        envelope.trace = optional("trace", in: &line) { form, node in
            form.reading(node, otherwise: "must be a traceparent of W3C Trace Context, version 00") { bytes in
                bytes.count == 55 ? TraceContext(traceparent: String(decoding: bytes, as: UTF8.self)) : nil
            }
        }
        envelope.body = find("body", in: &line)
        if let kind, let target, let event = envelope.event {
            envelope.content = content(kind, event: event, target: target, body: envelope.body, from: .line)
        }
        finish(line)
        return envelope
    }

    mutating func version(in line: inout Object) {
        guard let version = required("v", in: &line, { $0.count($1, 1...Int(Int32.max)) }) else { return }
        if version != WireFormat.version { problem(line.node, "version \(version) is not known") }
    }

    mutating func kind(_ node: Int) -> CommandKind? {
        reading(node, otherwise: "is a kind of command that is not known") { CommandKind($0) }
    }

    mutating func commandId(_ node: Int) -> CommandId? {
        reading(node, otherwise: "must be 32 digits of lower-case hexadecimal") { CommandId(hex: $0) }
    }

    private static let receiverForm = "must have 1 to \(WireFormat.longestReplyTo) visible characters of ASCII"

    /// What names an ingress: visible ASCII, which a routing key and a log can carry.
    mutating func replyTo(_ node: Int, known: String? = nil) -> String? {
        if let known, nodes[node].kind == .string, !nodes[node].hasEscapes, raw(node).elementsEqual(known.utf8) {
            return known
        }
        return reading(node, otherwise: Self.receiverForm) { bytes in
            guard (1...WireFormat.longestReplyTo).contains(bytes.count),
                bytes.allSatisfy({ (0x21...0x7E).contains($0) })
            else { return nil }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    private mutating func fragment() -> Envelope {
        var envelope = Envelope()
        guard let first = nodes.first, first.kind == .object else { return envelope }
        var name = 1
        while name + 1 < nodes.count, nodes[name].next != 0, nodes[name + 1].next != 0 {
            let value = name + 1
            let text = raw(name)
            if nodes[value].kind == .string, !nodes[value].hasEscapes {
                if text.elementsEqual("id".utf8) { envelope.id = envelope.id ?? CommandId(hex: raw(value)) }
                if text.elementsEqual("replyTo".utf8) { envelope.replyTo = envelope.replyTo ?? replyTo(value) }
            }
            name = Int(nodes[value].next)
        }
        return envelope
    }
}
