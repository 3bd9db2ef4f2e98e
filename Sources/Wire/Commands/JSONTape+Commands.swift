// Messages of commands, whatever line they are for.
extension JSONTape {
    mutating func commands<Command: LineForm>(
        of message: UnsafeRawBufferPointer, _ each: (borrowing DecodedCommand<Command>) throws -> Void
    ) rethrows -> MessageRefusal? {
        if let refusal = MessageRefusal(message) { return refusal }
        var start = 0
        var receiver: String?
        while start < message.count {
            let end = message.firstNewline(from: start)
            let line: DecodedCommand<Command> = command(line: start..<end, of: message, receiver: receiver)
            if let replyTo = line.replyTo { receiver = replyTo }
            try each(line)
            start = end + 1
        }
        return nil
    }

    /// A text that stands alone.
    mutating func form(of bytes: UnsafeRawBufferPointer) throws(Malformed) -> Form {
        do {
            try parse(bytes)
        } catch {
            throw Malformed([Problem(error, in: bytes, self)])
        }
        return Form(bytes, self)
    }

    /// A request's body: an empty one is no body.
    mutating func form(ofBody bytes: UnsafeRawBufferPointer) throws(Malformed) -> Form {
        try form(of: bytes.isEmpty ? UnsafeRawBufferPointer(Self.noBody) : bytes)
    }

    /// Two bytes that live as long as the program.
    private static var noBody: UnsafeBufferPointer<UInt8> {
        let empty: StaticString = "{}"
        return UnsafeBufferPointer(start: empty.utf8Start, count: 2)
    }

    private mutating func command<Command: LineForm>(
        line: Range<Int>, of message: UnsafeRawBufferPointer, receiver: String?
    ) -> DecodedCommand<Command> {
        let bytes = UnsafeRawBufferPointer(rebasing: message[line])
        do {
            try parse(bytes)
        } catch {
            var form = Form(bytes, self)
            return DecodedCommand(
                line: line, body: line.upperBound..<line.upperBound, refused: form.sender(),
                [Problem(error, in: bytes, self)])
        }
        var form = Form(bytes, self)
        var envelope = Envelope()
        let command: Command? = form.command(&envelope, receiver: receiver)
        var body = line.upperBound..<line.upperBound
        if let node = envelope.body {
            body = line.lowerBound + Int(form.nodes[node].start)..<line.lowerBound + Int(form.nodes[node].end)
        }
        if let command { return DecodedCommand(line: line, body: body, command) }
        return DecodedCommand(line: line, body: body, refused: (envelope.id, envelope.replyTo), form.problems)
    }
}

extension Problem {
    init(_ error: JSONSyntaxError, in bytes: UnsafeRawBufferPointer, _ tape: JSONTape) {
        let last = tape.nodes.indices.last ?? 0
        self.init(
            pointer: tape.nodes.isEmpty ? "" : JSONPointer(bytes: bytes, nodes: tape.nodes).text(of: last),
            message: "no JSON: \(error.message), at byte \(error.offset)")
    }
}
