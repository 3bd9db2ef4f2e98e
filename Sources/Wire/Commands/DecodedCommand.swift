public import Ticketing

/// What a line of a message came to.
public struct DecodedCommand<Command: LineCommand>: Sendable {
    /// Where in the message the line stands, without its newline, and where its body does; empty where there is none.
    public let line: Range<Int>
    public let body: Range<Int>
    public let result: Result<Command, Malformed>
    /// What could be read of a line that was refused.
    @usableFromInline let refused: (id: CommandId?, replyTo: String?)

    init(line: Range<Int>, body: Range<Int>, _ command: consuming Command) {
        self.line = line
        self.body = body
        result = .success(command)
        refused = (nil, nil)
    }

    init(line: Range<Int>, body: Range<Int>, refused: (id: CommandId?, replyTo: String?), _ problems: [Problem]) {
        self.line = line
        self.body = body
        result = .failure(Malformed(problems))
        self.refused = refused
    }

    /// The command's id, as far as it could be read: for the record of what is parked.
    @inlinable public var id: CommandId? {
        if case .success(let command) = result { command.id } else { refused.id }
    }

    /// Who waits for the reply, as far as that could be read.
    @inlinable public var replyTo: String? {
        if case .success(let command) = result { command.replyTo } else { refused.replyTo }
    }
}

/// A line of the seats line's.
public typealias DecodedLine = DecodedCommand<WireCommand>
