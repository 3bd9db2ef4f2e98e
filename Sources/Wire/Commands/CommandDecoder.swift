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

    public init() {}

    /// Reads a message line by line, in order. A bad line does not touch the others; a message beyond the bounds is
    /// refused as a whole, before its first line.
    public mutating func decode(
        message: UnsafeRawBufferPointer, _ each: (borrowing DecodedLine) throws -> Void
    ) rethrows -> MessageRefusal? { try tape.commands(of: message, each) }

    /// Reads a body alone, as an ingress does with a request's. An empty one is no body.
    public mutating func decode(
        body: UnsafeRawBufferPointer, of kind: CommandKind, about target: Target, event: EventId,
        from source: BodySource = .request
    ) throws(Malformed) -> Content {
        var form = try tape.form(ofBody: body)
        let content = form.content(kind, event: event, target: target, body: 0, from: source)
        guard let content, form.problems.isEmpty else { throw Malformed(form.problems) }
        return content
    }

    /// Reads a payload of the journal again, for a replay.
    public mutating func decode(payload: UnsafeRawBufferPointer, event: EventId) throws(Malformed) -> Content {
        var form = try tape.form(of: payload)
        let content = form.payload(of: WireCommand.self) { form, payload in
            WireCommand.head(of: event, in: &payload, &form)
        }
        guard let content, form.problems.isEmpty else { throw Malformed(form.problems) }
        return content
    }
}
