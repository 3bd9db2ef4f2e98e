/// What `Prefer` (RFC 7240) says about waiting. Preferences that are not known are passed over.
public struct Prefer: Hashable, Sendable {
    /// In seconds, 0 to 60; nil where the client leaves it to the route.
    public var wait: Int?

    public static let longest = 60

    public init(wait: Int? = nil) { self.wait = wait }

    /// - Throws: a fault for a wait that is no number of seconds.
    public init(_ field: String) throws(Fault) {
        for preference in field.split(whereSeparator: { $0 == "," || $0 == ";" }) {
            let parts = preference.split(separator: "=", maxSplits: 1)
            guard let first = parts.first else { continue }
            let name = Self.trimmed(first).lowercased()
            if name == "respond-async" && wait == nil { wait = 0 }
            guard name == "wait" else { continue }
            let value = parts.count == 2 ? Self.trimmed(parts[1]) : ""
            guard let seconds = Int(value), (0...Self.longest).contains(seconds), value.utf8.first != 0x2B else {
                throw Fault(
                    .invalidRequest,
                    "The header “Prefer” says wait=\(value.prefix(20)): it takes whole seconds, 0 to \(Self.longest).")
            }
            wait = seconds
        }
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return String(text)
    }
}
