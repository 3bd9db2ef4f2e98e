/// A text that names something: a buyer, a tier, a section. Two are equal when their bytes are.
///
/// `String` compares by Unicode's rules, which the database does not know and which change with Unicode's versions.
public struct Label: Hashable, Sendable, Comparable, ExpressibleByStringLiteral, CustomStringConvertible {
    public let text: String

    public init(_ text: String) {
        var text = text
        text.makeContiguousUTF8()
        self.text = text
    }

    public init(stringLiteral text: String) { self.init(text) }

    public var description: String { text }
    public var isEmpty: Bool { text.isEmpty }

    /// A stranger's words, no longer than a name may be.
    public var shortened: Label {
        guard text.utf8.count > Bounds.nameBytes else { return self }
        return Label(String(decoding: text.utf8.prefix(Bounds.nameBytes), as: UTF8.self))
    }

    public static func == (left: Label, right: Label) -> Bool {
        guard left.text.utf8.count == right.text.utf8.count else { return false }
        let isEqual = left.text.utf8.withContiguousStorageIfAvailable { left in
            right.text.utf8.withContiguousStorageIfAvailable { right in left.elementsEqual(right) }
        }
        return (isEqual ?? nil) ?? left.text.utf8.elementsEqual(right.text.utf8)
    }

    public static func < (left: Label, right: Label) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    public func hash(into hasher: inout Hasher) {
        let whole: Void? = text.utf8.withContiguousStorageIfAvailable { bytes in
            hasher.combine(bytes: UnsafeRawBufferPointer(bytes))
        }
        if whole == nil {
            for byte in text.utf8 { hasher.combine(byte) }
        }
        hasher.combine(0xFF as UInt8)
    }
}
