/// Percent-decoding of parts of a target that `Target` has found to be well-formed.
enum PercentCoding {
    /// The text behind escaped bytes. What is not UTF-8 after decoding shows as U+FFFD, which no id contains.
    static func decode(_ bytes: some Collection<UInt8>, plusIsBlank: Bool = false) -> String {
        if !bytes.contains(where: { $0 == UInt8(ascii: "%") || (plusIsBlank && $0 == UInt8(ascii: "+")) }) {
            return String(decoding: bytes, as: UTF8.self)
        }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index != bytes.endIndex {
            decoded.append(next(bytes, &index, plusIsBlank: plusIsBlank))
        }
        return String(decoding: decoded, as: UTF8.self)
    }

    /// Whether the bytes stand for `text`, without decoding them into memory.
    static func matches(_ bytes: some Collection<UInt8>, _ text: [UInt8]) -> Bool {
        var index = bytes.startIndex
        for byte in text {
            guard index != bytes.endIndex, next(bytes, &index, plusIsBlank: false) == byte else { return false }
        }
        return index == bytes.endIndex
    }

    private static func next<Bytes: Collection<UInt8>>(
        _ bytes: Bytes, _ index: inout Bytes.Index, plusIsBlank: Bool
    ) -> UInt8 {
        let byte = bytes[index]
        bytes.formIndex(after: &index)
        if plusIsBlank && byte == UInt8(ascii: "+") { return UInt8(ascii: " ") }
        guard byte == UInt8(ascii: "%"), let high = digit(bytes, &index), let low = digit(bytes, &index) else {
            return byte
        }
        return high << 4 | low
    }

    private static func digit<Bytes: Collection<UInt8>>(_ bytes: Bytes, _ index: inout Bytes.Index) -> UInt8? {
        guard index != bytes.endIndex, let value = value(of: bytes[index]) else { return nil }
        bytes.formIndex(after: &index)
        return value
    }

    /// The value of a hexadecimal digit.
    static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
