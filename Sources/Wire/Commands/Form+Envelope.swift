internal import Runtime
internal import Ticketing

/// What surrounds a command's body in a line, as far as it can be read.
struct Envelope {
    var id: CommandId?
    var tenant: TenantId?
    var replyTo: String?
    var trace: TraceContext?
    /// The body's node.
    var body: Int?
}

extension Form {
    /// Reads a line; nil with problems noted.
    ///
    /// - Parameter receiver: who waits for the line before: mostly for this one, too, and a name that is there needs no
    ///   memory of its own.
    mutating func command<Command: LineForm>(_ envelope: inout Envelope, receiver: String?) -> Command? {
        guard var line = object(0) else { return nil }
        version(in: &line)
        envelope.id = required("id", in: &line) { $0.commandId($1) }
        envelope.tenant = required("tenant", in: &line) { $0.id($1) }
        let head = Command.head(of: &line, tenant: envelope.tenant, &self)
        envelope.replyTo = optional("replyTo", in: &line) { $0.replyTo($1, known: receiver) }
        envelope.trace = optional("trace", in: &line) { form, node in
            form.reading(node, otherwise: "must be a traceparent of W3C Trace Context, version 00") { bytes in
                bytes.count == 55 ? TraceContext(traceparent: String(decoding: bytes, as: UTF8.self)) : nil
            }
        }
        envelope.body = find("body", in: &line)
        guard let head else {
            finish(line)
            return nil
        }
        let content = Command.content(head, body: envelope.body, &self)
        finish(line)
        guard problems.isEmpty, let id = envelope.id, let tenant = envelope.tenant, let content else { return nil }
        return Command(
            id: id, tenant: tenant, head: head, content: content, replyTo: envelope.replyTo, trace: envelope.trace)
    }

    /// What a journal has kept of a command.
    mutating func payload<Command: LineForm>(
        of type: Command.Type, _ head: (inout Form, inout Object) -> Command.Head?
    ) -> Command.Body? {
        guard var payload = object(0) else { return nil }
        version(in: &payload)
        let head = head(&self, &payload)
        let body = required("body", in: &payload) { $1 }
        finish(payload)
        guard problems.isEmpty, let head, let body else { return nil }
        return Command.content(head, body: body, &self)
    }

    package mutating func version(in line: inout Object) {
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

    /// Of a line that broke off: who sent it and who waits, as far as that was whole.
    mutating func sender() -> (id: CommandId?, replyTo: String?) {
        var sender: (id: CommandId?, replyTo: String?)
        guard let first = nodes.first, first.kind == .object else { return sender }
        var name = 1
        while name + 1 < nodes.count, nodes[name].next != 0, nodes[name + 1].next != 0 {
            let value = name + 1
            let text = raw(name)
            if nodes[value].kind == .string, !nodes[value].hasEscapes {
                if text.elementsEqual("id".utf8) { sender.id = sender.id ?? CommandId(hex: raw(value)) }
                if text.elementsEqual("replyTo".utf8) { sender.replyTo = sender.replyTo ?? replyTo(value) }
            }
            name = Int(nodes[value].next)
        }
        return sender
    }
}
