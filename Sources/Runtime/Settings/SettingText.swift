/// Durations and sizes as settings spell them: `250ms`, `1h30m`, `64MiB`.
enum SettingText {
    private static let durationUnits: [(name: String, nanoseconds: Int64)] = [
        ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000),
        ("ms", 1_000_000), ("us", 1_000), ("ns", 1),
    ]

    private static let sizeUnits: [(name: String, bytes: Int)] = [
        ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000),
        ("B", 1),
    ]

    /// One or more whole numbers, each with a unit: `10s`, `250ms`, `1h30m`.
    static func duration(_ text: String) -> Duration? {
        var rest = Substring(text)
        var total: Int64 = 0
        repeat {
            guard let number = takeNumber(&rest) else { return nil }
            let name = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(name.count)
            guard let unit = durationUnits.first(where: { $0.name == name }) else { return nil }
            let (product, tooLarge) = number.multipliedReportingOverflow(by: unit.nanoseconds)
            let (sum, tooLong) = total.addingReportingOverflow(product)
            guard !tooLarge, !tooLong else { return nil }
            total = sum
        } while !rest.isEmpty
        return .nanoseconds(total)
    }

    /// The shortest spelling with one unit.
    static func text(_ duration: Duration) -> String {
        let nanoseconds = duration.nanoseconds
        if nanoseconds == 0 { return "0s" }
        let unit = durationUnits.first { nanoseconds % $0.nanoseconds == 0 } ?? ("ns", 1)
        return "\(nanoseconds / unit.nanoseconds)\(unit.name)"
    }

    static func size(_ text: String) -> Int? {
        var rest = Substring(text)
        guard let number = takeNumber(&rest), let unit = sizeUnits.first(where: { $0.name == rest }) else { return nil }
        let (bytes, tooLarge) = Int(number).multipliedReportingOverflow(by: unit.bytes)
        return tooLarge ? nil : bytes
    }

    static func text(bytes: Int) -> String {
        let unit = sizeUnits.first { $0.bytes == 1 || ($0.name.contains("i") && bytes > 0 && bytes % $0.bytes == 0) }
        guard let unit else { return "\(bytes)B" }
        return "\(bytes / unit.bytes)\(unit.name)"
    }

    private static func takeNumber(_ text: inout Substring) -> Int64? {
        let digits = text.prefix { ("0"..."9").contains($0) }
        text = text.dropFirst(digits.count)
        return Int64(digits)
    }
}

extension Unicode.Scalar {
    /// This character, or an escape for what could disturb a line or a terminal, or break out of quotes.
    var escaped: String {
        switch value {
        case 0..<0x20, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069: "\\u{\(String(value, radix: 16))}"
        case 0x22, 0x5C: "\\\(self)"
        default: String(self)
        }
    }
}
