/// A text that names something: a class, a sub-domain, a store. Two are equal when their bytes are.
///
/// `String` compares by Unicode's rules, which the database does not know and which change with Unicode's versions.
public struct DeskName: Hashable, Sendable, Comparable, ExpressibleByStringLiteral, CustomStringConvertible {
    public let text: String

    public init(_ text: String) {
        var text = text
        text.makeContiguousUTF8()
        self.text = text
    }

    public init(stringLiteral text: String) { self.init(text) }

    public var description: String { text }

    public static func == (left: DeskName, right: DeskName) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    public static func < (left: DeskName, right: DeskName) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    public func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
        hasher.combine(0xFF as UInt8)
    }
}
