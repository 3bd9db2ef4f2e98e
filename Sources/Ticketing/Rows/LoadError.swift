/// Rows that do not make a state: the event must not be served until a person has looked at them.
public struct LoadError: Error, Hashable, Sendable, CustomStringConvertible {
    public struct Code: Hashable, Sendable, RawRepresentable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// A row before the ones that it needs, or a number left out.
        public static let outOfOrder = Code(rawValue: "out-of-order")
        /// A row that names another which is not there.
        public static let dangling = Code(rawValue: "dangling")
        /// Two rows for one thing, or for one place.
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
        "the \(row) rows of an event are \(code.rawValue): compare them with the journal before serving the event"
    }
}
