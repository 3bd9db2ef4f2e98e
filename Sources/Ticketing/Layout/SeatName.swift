/// A place as people call it: `Floor/A/12`, or `Standing/712` where there are no rows.
public struct SeatName: Hashable, Sendable, CustomStringConvertible {
    public let section: Label
    public let row: Label?
    public let number: Int

    public init(section: Label, row: Label?, number: Int) {
        self.section = section
        self.row = row
        self.number = number
    }

    /// nil for a text that cannot name a place anywhere.
    public init?(_ text: String) {
        guard text.utf8.count <= 2 * Bounds.nameBytes + 16 else { return nil }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let section = parts.first, parts.count == 2 || parts.count == 3, !section.isEmpty else { return nil }
        guard let last = parts.last, let number = Self.number(last) else { return nil }
        if parts.count == 3, parts[1].isEmpty { return nil }
        self.init(
            section: Label(String(section)), row: parts.count == 3 ? Label(String(parts[1])) : nil, number: number)
    }

    public var description: String {
        row.map { "\(section)/\($0)/\(number)" } ?? "\(section)/\(number)"
    }

    /// Only the form that `description` gives: no sign, no leading zero.
    private static func number(_ text: Substring) -> Int? {
        guard let first = text.utf8.first, first >= UInt8(ascii: "1"), first <= UInt8(ascii: "9") else { return nil }
        guard text.utf8.count <= 6 else { return nil }
        return Int(text)
    }
}
