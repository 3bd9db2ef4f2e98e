/// A strong validator (RFC 9110 8.8.3): two bodies with the same tag are the same, byte for byte.
public struct EntityTag: Sendable, Hashable, CustomStringConvertible {
    /// What stands between the quotes.
    public let opaque: String

    /// - Parameter opaque: printable ASCII without a quote; anything else is a programming error.
    public init(_ opaque: String) {
        precondition(
            opaque.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\"") },
            "“\(opaque)” cannot be an entity tag")
        self.opaque = opaque
    }

    /// A tag derived from the bytes (FNV-1a of 64 bits and the length): for telling versions of one resource apart,
    /// not for resisting forgery.
    public init(hashing bytes: UnsafeRawBufferPointer) {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        opaque = String(hash, radix: 36) + "-" + String(bytes.count, radix: 36)
    }

    /// The tag of the same body after compression: other bytes need another strong tag.
    var compressed: EntityTag { EntityTag(opaque + "-gz") }

    public var description: String { "\"\(opaque)\"" }

    /// Whether a value of `If-None-Match` names this tag: a list of tags, weak ones included, or `*`.
    ///
    /// What is not a list of tags matches nothing: the answer is then sent in full.
    public func matches(_ field: String) -> Bool {
        var text = Substring(field).utf8
        let wanted = opaque.utf8
        while true {
            text = text.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: ",") }
            guard let first = text.first else { return false }
            if first == UInt8(ascii: "*") { return true }
            if text.starts(with: "W/".utf8) { text = text.dropFirst(2) }
            guard text.first == UInt8(ascii: "\"") else { return false }
            text = text.dropFirst()
            guard let end = text.firstIndex(of: UInt8(ascii: "\"")) else { return false }
            // `If-None-Match` compares weakly: the mark is of no account.
            if text[..<end].elementsEqual(wanted) { return true }
            text = text[text.index(after: end)...]
        }
    }
}
