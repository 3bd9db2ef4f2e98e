/// A JSON5 document (https://spec.json5.org), with the line of everything in it, so that an error can say where.
public struct JSON5: Sendable {
    public enum Content: Sendable {
        case object([Member])
        case array([JSON5])
        case string(String)
        case integer(Int64)
        /// A number with a fraction or an exponent, one too large for an integer, `Infinity` or `NaN`.
        case real(Double)
        case boolean(Bool)
        case null
    }

    public struct Member: Sendable {
        public let name: String
        public let line: Int
        public let value: JSON5
    }

    public let content: Content
    /// Counted from 1.
    public let line: Int

    /// Reads a document. Never traps, whatever the bytes.
    ///
    /// Stricter than the standard in one thing: a name must not stand twice in one object.
    public static func parse(_ bytes: [UInt8]) throws(JSON5Error) -> JSON5 {
        guard bytes.count <= JSON5Parser.sizeLimit else {
            throw JSON5Error(line: 1, column: 1, reason: "more than \(JSON5Parser.sizeLimit) bytes")
        }
        var parser = JSON5Parser(bytes)
        return try parser.document()
    }

    /// A member of an object; `nil` when it has none of this name or is no object.
    public subscript(name: String) -> JSON5? {
        guard case .object(let members) = content else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// As an error message shows it, cut off when long.
    public var shown: String {
        switch content {
        case .object: "an object"
        case .array: "a list"
        case .string(let text): Self.quote(text)
        case .integer(let number): "\(number)"
        case .real(let number): number.isInfinite ? (number < 0 ? "-Infinity" : "Infinity") : "\(number)"
        case .boolean(let flag): "\(flag)"
        case .null: "null"
        }
    }

    /// Text in double quotes, with what could disturb a terminal or a line escaped.
    public static func quote(_ text: String, limit: Int = 80) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars.prefix(limit) { quoted += scalar.escaped }
        if text.unicodeScalars.count > limit { quoted += "…" }
        return quoted + "\""
    }
}

/// Where a document is no JSON5, and why.
public struct JSON5Error: Error, Sendable, Equatable, CustomStringConvertible {
    /// Counted from 1, as is the column, which counts characters.
    public let line: Int
    public let column: Int
    public let reason: String

    public var description: String { "line \(line), column \(column): \(reason)" }
}
