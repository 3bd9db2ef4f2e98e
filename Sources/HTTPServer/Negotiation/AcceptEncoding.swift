/// Whether values of `Accept-Encoding` allow gzip (RFC 9110 12.5.3).
///
/// An entry that names gzip decides; without one, `*` does. A weight of zero forbids, and gzip that is wanted less
/// than the plain form is not used.
struct AcceptEncoding: Equatable {
    private var gzip: Int?
    private var identity: Int?
    private var any: Int?

    var allowsGzip: Bool {
        guard let weight = gzip ?? any, weight > 0 else { return false }
        return weight >= identity ?? 0
    }

    /// Takes up one field value; several header lines are one list.
    mutating func add(_ field: UnsafeRawBufferPointer) {
        for entry in field.split(separator: UInt8(ascii: ",")) { add(entry: entry) }
    }

    private mutating func add(entry: Slice<UnsafeRawBufferPointer>) {
        let parts = entry.split(separator: UInt8(ascii: ";"), maxSplits: 1, omittingEmptySubsequences: false)
        let name = parts[0].trimmed
        guard let weight = parts.count > 1 ? Self.weight(parts[1].trimmed) : 1000 else { return }
        if name.equalsIgnoringCase("gzip") || name.equalsIgnoringCase("x-gzip") {
            gzip = weight
        } else if name.equalsIgnoringCase("identity") {
            identity = weight
        } else if name.equalsIgnoringCase("*") {
            any = weight
        }
    }

    /// Thousandths; nil when the weight is malformed (the entry is then passed over).
    private static func weight(_ text: Slice<UnsafeRawBufferPointer>) -> Int? {
        let bytes = Array(text)
        guard (3...7).contains(bytes.count), bytes[0].asciiLowercased == UInt8(ascii: "q"),
            bytes[1] == UInt8(ascii: "="), bytes[2] == UInt8(ascii: "0") || bytes[2] == UInt8(ascii: "1"),
            bytes.count == 3 || bytes[3] == UInt8(ascii: ".")
        else { return nil }
        var result = bytes[2] == UInt8(ascii: "1") ? 1000 : 0
        var scale = 100
        for digit in bytes.dropFirst(4) {
            guard digit &- UInt8(ascii: "0") < 10 else { return nil }
            result += Int(digit - UInt8(ascii: "0")) * scale
            scale /= 10
        }
        return result <= 1000 ? result : nil
    }
}

extension Slice<UnsafeRawBufferPointer> {
    /// Without the blanks and tabs at either end.
    var trimmed: Slice<UnsafeRawBufferPointer> {
        var slice = self
        while let first = slice.first, first == 0x20 || first == 0x09 { slice = slice.dropFirst() }
        while let last = slice.last, last == 0x20 || last == 0x09 { slice = slice.dropLast() }
        return slice
    }

    func equalsIgnoringCase(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        for (index, byte) in enumerated() where byte.asciiLowercased != (text.utf8Start + index).pointee {
            return false
        }
        return true
    }
}
