/// The header fields of a response, in the order in which they are sent.
///
/// `Date`, `Connection`, `Content-Length` and `Transfer-Encoding` are the server's and cannot be given here; a value
/// with a line break is refused when the answer is sent (500, and a report to `ServerHooks.trouble`).
public struct HTTPHeaders: Sendable, ExpressibleByDictionaryLiteral {
    private(set) var fields: [(name: String, value: String)] = []

    public init() {}

    public init(dictionaryLiteral fields: (String, String)...) {
        self.fields = fields.map { (name: $0.0, value: $0.1) }
    }

    public var isEmpty: Bool { fields.isEmpty }

    /// Adds a field beside those that have the same name already.
    public mutating func add(_ name: String, _ value: String) {
        fields.append((name, value))
    }

    /// Adds all of them, in their order.
    public mutating func add(_ others: HTTPHeaders) { fields += others.fields }

    /// The first field of that name; setting it replaces all of them, setting nil removes them.
    public subscript(name: String) -> String? {
        get { fields.first { $0.name.equalsIgnoringCase(name) }?.value }
        set {
            fields.removeAll { $0.name.equalsIgnoringCase(name) }
            if let newValue { fields.append((name, newValue)) }
        }
    }
}

extension String {
    /// Compares as header names and coding names are compared: ASCII letters in either case are the same.
    func equalsIgnoringCase(_ other: String) -> Bool {
        utf8.count == other.utf8.count && zip(utf8, other.utf8).allSatisfy { $0.asciiLowercased == $1.asciiLowercased }
    }
}

extension UInt8 {
    var asciiLowercased: UInt8 { self &- 65 < 26 ? self | 32 : self }
}
