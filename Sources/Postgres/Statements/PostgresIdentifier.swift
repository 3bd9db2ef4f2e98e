/// The name of a database, table, column, role or channel. It is always sent quoted, so any text is a name and never
/// more than that.
public struct PostgresIdentifier: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
    public let name: String

    /// - Precondition: 1 to 63 bytes (the server would cut off the rest and hit another object), none of them zero.
    public init(_ name: String) {
        precondition(
            Self.isValid(name), "“\(name)” cannot be a name in Postgres: it takes 1 to 63 bytes without a zero")
        self.name = name
    }

    /// For names that come from outside: nil when the text cannot be one.
    public init?(checking name: String) {
        guard Self.isValid(name) else { return nil }
        self.name = name
    }

    public init(stringLiteral value: String) {
        self.init(value)
    }

    static func isValid(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 63 && !name.utf8.contains(0)
    }

    /// The name as it stands in a statement: `"Floor ""A"""`.
    public var quoted: String {
        var quoted = "\""
        for character in name.unicodeScalars {
            if character == "\"" { quoted.unicodeScalars.append(character) }
            quoted.unicodeScalars.append(character)
        }
        return quoted + "\""
    }

    public var description: String { quoted }
}
