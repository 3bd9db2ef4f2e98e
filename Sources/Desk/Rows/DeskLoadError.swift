/// Rows that do not make a state: the desk must not be served until a person has looked at them.
public struct DeskLoadError: Error, Hashable, Sendable, CustomStringConvertible {
    public struct Code: Hashable, Sendable, RawRepresentable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The desk's own row is not the first.
        public static let outOfOrder = Code(rawValue: "out-of-order")
        /// Two rows for one ticket, or two tickets with one agent.
        public static let twice = Code(rawValue: "twice")
        /// Values that no decision writes.
        public static let impossible = Code(rawValue: "impossible")
    }

    public let code: Code
    /// The kind of row.
    public let row: String

    init(_ code: Code, in row: String) {
        self.code = code
        self.row = row
    }

    public var description: String {
        "the \(row) rows of a desk are \(code.rawValue): compare them with the journal before serving the desk"
    }
}
