internal import Runtime
package import Ticketing

// Single values. Each returns nil with a problem noted, or the value.
extension Form {
    /// What a string says; a problem with this message if it cannot be read so. The bytes do not outlive the call.
    package mutating func reading<Value>(
        _ node: Int, otherwise message: @autoclosure () -> String, _ kind: Problem.Kind = .form,
        _ read: (UnsafeRawBufferPointer) -> Value?
    ) -> Value? {
        guard nodes[node].kind == .string else {
            problem(node, "must be a string")
            return nil
        }
        let value =
            nodes[node].hasEscapes ? JSONText.unescaped(raw(node)).withUnsafeBytes(read) : read(raw(node))
        if value == nil { problem(node, message(), kind) }
        return value
    }

    package mutating func text(_ node: Int, _ lengths: ClosedRange<Int>) -> String? {
        reading(node, otherwise: "must have \(lengths.lowerBound) to \(lengths.upperBound) bytes") { bytes in
            lengths.contains(bytes.count) ? String(decoding: bytes, as: UTF8.self) : nil
        }
    }

    /// What people are shown: something of it can be seen, and nothing moves a cursor.
    package mutating func title(_ node: Int, _ lengths: ClosedRange<Int>) -> String? {
        reading(
            node,
            otherwise: "must have \(lengths.lowerBound) to \(lengths.upperBound) bytes, something to see among them "
                + "and no control characters"
        ) { bytes in
            guard lengths.contains(bytes.count) else { return nil }
            let text = String(decoding: bytes, as: UTF8.self)
            let scalars = text.unicodeScalars
            guard !scalars.contains(where: { $0.value < 0x20 || 0x7F...0x9F ~= $0.value }),
                scalars.contains(where: { $0.value != 0x20 && $0.value != 0xA0 })
            else { return nil }
            return text
        }
    }

    /// What names something: not empty and not endless.
    mutating func name(_ node: Int) -> Label? { text(node, 1...Bounds.nameBytes).map { Label($0) } }

    /// What may be empty.
    package mutating func words(_ node: Int, atMost most: Int = Bounds.nameBytes) -> Label? {
        text(node, 0...most).map { Label($0) }
    }

    package mutating func flag(_ node: Int) -> Bool? {
        switch nodes[node].kind {
        case .yes: return true
        case .no: return false
        default:
            problem(node, "must be true or false")
            return nil
        }
    }

    /// A whole number, written without a fraction or an exponent, and zero without a sign.
    package mutating func integer(_ node: Int, _ range: ClosedRange<Int64>) -> Int64? {
        if nodes[node].kind == .number, let value = Self.integer(raw(node)), range.contains(value) { return value }
        problem(node, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        return nil
    }

    package mutating func count(_ node: Int, _ range: ClosedRange<Int>) -> Int? {
        integer(node, Int64(range.lowerBound)...Int64(range.upperBound)).map { Int($0) }
    }

    private static func integer(_ text: UnsafeRawBufferPointer) -> Int64? {
        var digits = text[...]
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative { digits = digits.dropFirst() }
        // Eighteen digits fit, and nothing here is larger.
        guard digits.count >= 1, digits.count <= 18, !isNegative || digits.first != 0x30 else { return nil }
        var value: Int64 = 0
        for byte in digits {
            guard byte &- 0x30 < 10 else { return nil }
            value = value * 10 + Int64(byte - 0x30)
        }
        return isNegative ? -value : value
    }

    /// Degrees in millionths; what is finer is cut off.
    mutating func degrees(_ node: Int, _ limit: Int32) -> Int32? {
        if nodes[node].kind == .number, let value = Self.millionths(raw(node)), abs(value) <= Int64(limit) * 1_000_000 {
            return Int32(value)
        }
        problem(node, "must be a number from -\(limit) to \(limit), without an exponent")
        return nil
    }

    private static func millionths(_ text: UnsafeRawBufferPointer) -> Int64? {
        let isNegative = text.first == UInt8(ascii: "-")
        let parts = (isNegative ? text.dropFirst() : text[...]).split(separator: UInt8(ascii: "."), maxSplits: 1)
        guard let whole = parts.first, whole.count <= 3 else { return nil }
        var value: Int64 = 0
        for byte in whole {
            guard byte &- 0x30 < 10 else { return nil }
            value = value * 10 + Int64(byte - 0x30)
        }
        let fraction = parts.count == 2 ? parts[1] : text.dropFirst(text.count)
        guard fraction.count <= 20, fraction.allSatisfy({ $0 &- 0x30 < 10 }) else { return nil }
        for position in 0..<6 {
            let index = fraction.startIndex + position
            value = value * 10 + (index < fraction.endIndex ? Int64(fraction[index] - 0x30) : 0)
        }
        return isNegative ? -value : value
    }

    package mutating func time(_ node: Int) -> Time? {
        reading(node, otherwise: "must be a time such as 2026-11-20T09:05:00Z") { bytes in
            guard let time = Timestamp(rfc3339: bytes), time.microseconds >= 0,
                time.microseconds <= Bounds.latest.microseconds
            else { return nil }
            return Time(microseconds: time.microseconds)
        }
    }

    package mutating func currency(_ node: Int) -> Currency? {
        let isRequest = source == .request
        return reading(node, otherwise: "must be a code of ISO 4217 such as EUR") { bytes in
            guard bytes.count == 3, let currency = Currency(String(decoding: bytes, as: UTF8.self)),
                !isRequest || currency.isInUse
            else { return nil }
            return currency
        }
    }

    mutating func money(_ node: Int, _ amounts: ClosedRange<Int64>) -> Money? {
        guard var object = object(node) else { return nil }
        let amount = required("amount", in: &object) { $0.integer($1, amounts) }
        let currency = required("currency", in: &object) { $0.currency($1) }
        finish(object)
        guard let amount, let currency else { return nil }
        return Money(amount, currency)
    }

    /// An amount in minor units: alone, or as money, whose currency is then returned, too.
    mutating func amount(_ node: Int, _ amounts: ClosedRange<Int64>) -> (amount: Int64, currency: Currency?)? {
        if nodes[node].kind == .object { return money(node, amounts).map { ($0.amount, $0.currency) } }
        return integer(node, amounts).map { ($0, nil) }
    }

    package mutating func id<Id: TextId>(_ node: Int, _ type: Id.Type = Id.self) -> Id? {
        reading(node, otherwise: "must be an id that begins with \(Id.prefix)") { Id($0) }
    }

    mutating func seat(_ node: Int) -> SeatName? {
        reading(node, otherwise: "no seat can be called so: one is Floor/A/12, or Standing/712", .meaning) {
            SeatName(bytes: $0)
        }
    }

    mutating func seats(_ node: Int, atMost most: Int) -> [SeatName]? { array(node, 1...most) { $0.seat($1) } }
}

extension SeatName {
    /// As `SeatName(_:)` reads it, and each part no longer than a name may be.
    init?(bytes: UnsafeRawBufferPointer) {
        let slash = UInt8(ascii: "/")
        guard let last = bytes.lastIndex(of: slash), let first = bytes.firstIndex(of: slash) else { return nil }
        let digits = bytes[(last + 1)...]
        guard (1...6).contains(digits.count), digits.first != UInt8(ascii: "0") else { return nil }
        var number = 0
        for byte in digits {
            guard byte &- 0x30 < 10 else { return nil }
            number = number * 10 + Int(byte - 0x30)
        }
        guard let section = Self.part(bytes[..<first]) else { return nil }
        guard first < last else {
            self.init(section: section, row: nil, number: number)
            return
        }
        guard let row = Self.part(bytes[(first + 1)..<last]) else { return nil }
        self.init(section: section, row: row, number: number)
    }

    private static func part(_ bytes: Slice<UnsafeRawBufferPointer>) -> Label? {
        guard (1...Bounds.nameBytes).contains(bytes.count), !bytes.contains(UInt8(ascii: "/")) else { return nil }
        return Label(String(decoding: bytes, as: UTF8.self))
    }
}
