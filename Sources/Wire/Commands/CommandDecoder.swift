internal import Runtime
public import Ticketing

/// Reads commands and their bodies. One for each thread: it keeps its memory for the next text.
///
///     let refusal = decoder.decode(message: bytes) { line in
///         switch line.result {
///         case .success(let command): decide(command, hashing: bytes[line.body])
///         case .failure(let malformed): park(line, malformed)
///         }
///     }
public struct CommandDecoder: ~Copyable {
    private var tape = JSONTape()
    /// Who waited for the line before: mostly the same one, whose name then needs no memory of its own.
    private var receiver: String?

    public init() {}

    /// Reads a message line by line, in order. A bad line does not touch the others; a message beyond the bounds is
    /// refused as a whole, before its first line.
    public mutating func decode(
        message: UnsafeRawBufferPointer, _ each: (borrowing DecodedLine) throws -> Void
    ) rethrows -> MessageRefusal? {
        if let refusal = MessageRefusal(message) { return refusal }
        var start = 0
        while start < message.count {
            let end = message.firstNewline(from: start)
            try each(decode(line: start..<end, of: message))
            start = end + 1
        }
        return nil
    }

    /// Reads a body alone, as an ingress does with a request's. An empty one is no body.
    public mutating func decode(
        body: UnsafeRawBufferPointer, of kind: CommandKind, about target: Target, event: EventId,
        from source: BodySource = .request
    ) throws(Malformed) -> Content {
        var form = try form(of: body.isEmpty ? UnsafeRawBufferPointer(Self.noBody) : body)
        let content = form.content(kind, event: event, target: target, body: 0, from: source)
        guard let content, form.problems.isEmpty else { throw Malformed(form.problems) }
        return content
    }

    mutating func form(of bytes: UnsafeRawBufferPointer) throws(Malformed) -> Form {
        do {
            try tape.parse(bytes)
        } catch {
            throw Malformed([Problem(error, in: bytes, tape)])
        }
        return Form(bytes, tape)
    }

    /// Two bytes that live as long as the program.
    private static var noBody: UnsafeBufferPointer<UInt8> {
        let empty: StaticString = "{}"
        return UnsafeBufferPointer(start: empty.utf8Start, count: 2)
    }

    private mutating func decode(line: Range<Int>, of message: UnsafeRawBufferPointer) -> DecodedLine {
        let bytes = UnsafeRawBufferPointer(rebasing: message[line])
        do {
            try tape.parse(bytes)
        } catch {
            var form = Form(bytes, tape)
            let envelope = form.envelope(isWhole: false)
            return DecodedLine(
                line: line, body: line.upperBound..<line.upperBound, refused: envelope,
                [Problem(error, in: bytes, tape)])
        }
        var form = Form(bytes, tape)
        let envelope = form.envelope(isWhole: true, receiver: receiver)
        receiver = envelope.replyTo
        var body = line.upperBound..<line.upperBound
        if let node = envelope.body {
            body = line.lowerBound + Int(form.nodes[node].start)..<line.lowerBound + Int(form.nodes[node].end)
        }
        guard form.problems.isEmpty, let id = envelope.id, let tenant = envelope.tenant, let event = envelope.event,
            let content = envelope.content
        else { return DecodedLine(line: line, body: body, refused: envelope, form.problems) }
        return DecodedLine(
            line: line, body: body,
            WireCommand(
                id: id, tenant: tenant, event: event, content: content, replyTo: envelope.replyTo,
                trace: envelope.trace))
    }
}

/// What a line of a message came to.
public struct DecodedLine: Sendable {
    /// Where in the message the line stands, without its newline, and where its body does; empty where there is none.
    public let line: Range<Int>
    public let body: Range<Int>
    public let result: Result<WireCommand, Malformed>
    /// What could be read of a line that was refused.
    private let refused: (id: CommandId?, replyTo: String?)

    init(line: Range<Int>, body: Range<Int>, _ command: consuming WireCommand) {
        self.line = line
        self.body = body
        result = .success(command)
        refused = (nil, nil)
    }

    init(line: Range<Int>, body: Range<Int>, refused: Envelope, _ problems: [Problem]) {
        self.line = line
        self.body = body
        result = .failure(Malformed(problems))
        self.refused = (refused.id, refused.replyTo)
    }

    /// The command's id, as far as it could be read: for the record of what is parked.
    public var id: CommandId? {
        if case .success(let command) = result { command.id } else { refused.id }
    }

    /// Who waits for the reply, as far as that could be read.
    public var replyTo: String? {
        if case .success(let command) = result { command.replyTo } else { refused.replyTo }
    }
}

/// Why no line of a message was looked at.
public enum MessageRefusal: Hashable, Sendable {
    case empty
    case tooManyLines
    case tooLong

    /// nil for a message within the bounds.
    public init?(_ message: UnsafeRawBufferPointer) {
        guard message.count > 0 else {
            self = .empty
            return
        }
        guard message.count <= WireFormat.longestLine + 1 else {
            self = .tooLong
            return
        }
        var lines = 0
        var start = 0
        while start < message.count, lines <= WireFormat.mostLines {
            start = message.firstNewline(from: start) + 1
            lines += 1
        }
        if lines > WireFormat.mostLines {
            self = .tooManyLines
        } else if lines > 1 && message.count > WireFormat.longestMessage {
            self = .tooLong
        } else if lines == 1 && start - 1 > WireFormat.longestLine {
            self = .tooLong
        } else {
            return nil
        }
    }
}

extension UnsafeRawBufferPointer {
    /// The position of the first newline from there on, or the end.
    package func firstNewline(from start: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        var position = start
        while count - position >= 8 {
            let word = UInt64(littleEndian: loadUnaligned(fromByteOffset: position, as: UInt64.self)) ^ (ones &* 0x0A)
            let marks = (word &- ones) & ~word & (ones &* 0x80)
            if marks != 0 { return position + marks.trailingZeroBitCount / 8 }
            position += 8
        }
        while position < count, self[position] != 0x0A { position += 1 }
        return position
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
