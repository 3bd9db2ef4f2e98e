/// One message of a stream of server-sent events (WHATWG HTML 9.2).
///
///     ServerSentEvent("{\"places\": []}", event: "change", id: "42")
public struct ServerSentEvent: Sendable, Hashable {
    /// May have several lines.
    public var data: String
    /// The name that the client listens for; nil: `message`.
    public var event: String?
    /// What the client sends back as `Last-Event-ID` when it comes again.
    public var id: String?
    /// After what time the client shall come again when the stream has broken.
    public var retry: Duration?

    public init(_ data: String, event: String? = nil, id: String? = nil, retry: Duration? = nil) {
        self.data = data
        self.event = event
        self.id = id
        self.retry = retry
    }

    /// The bytes on the wire. A line break within `event` or `id` would forge another field: it ends them.
    public var frame: EventFrame {
        var text = ""
        if let event { text += "event: \(Self.firstLine(event))\n" }
        if let id { text += "id: \(Self.firstLine(id))\n" }
        if let retry {
            text += "retry: \(retry.components.seconds * 1000 + retry.components.attoseconds / 1_000_000_000_000_000)\n"
        }
        for line in Self.lines(data) { text += "data: \(line)\n" }
        return EventFrame(SharedBytes(text + "\n"))
    }

    private static func firstLine(_ text: String) -> String {
        // A zero byte makes clients ignore an id.
        String(String.UnicodeScalarView(text.unicodeScalars.prefix { $0 != "\n" && $0 != "\r" && $0 != "\0" }))
    }

    private static func lines(_ text: String) -> [String] {
        var lines: [String] = []
        var line = String.UnicodeScalarView()
        var previous: Unicode.Scalar = " "
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n" where previous == "\r": break
            case "\n", "\r":
                lines.append(String(line))
                line = String.UnicodeScalarView()
            default: line.append(scalar)
            }
            previous = scalar
        }
        lines.append(String(line))
        return lines
    }
}

/// Encoded events: made once, sent to any number of streams.
public struct EventFrame: Sendable {
    let bytes: SharedBytes

    init(_ bytes: SharedBytes) { self.bytes = bytes }

    /// A line that clients ignore; it keeps idle connections from being cut by what stands between.
    public static func comment(_ text: String = "") -> EventFrame {
        EventFrame(
            SharedBytes(
                text.split(omittingEmptySubsequences: false) { $0.isNewline }.map { ":\($0)\n" }.joined() + "\n"))
    }

    static let keepAlive = comment()
}
