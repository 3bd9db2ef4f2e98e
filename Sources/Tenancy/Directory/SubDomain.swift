/// What a tenant's host name begins with: a label as DNS knows them, in small letters.
public struct SubDomain: Hashable, Sendable {
    public let text: String

    /// Nil for what is no label: 1 to 63 letters, digits and hyphens, with a letter or a digit at either end.
    public init?(_ text: String) {
        let bytes = text.utf8
        guard (1...63).contains(bytes.count), bytes.allSatisfy({ Self.isPlain($0) || $0 == Self.hyphen }),
            bytes.first != Self.hyphen, bytes.last != Self.hyphen
        else { return nil }
        self.text = text
    }

    static let hyphen = UInt8(ascii: "-")

    static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }
}
