/// What a string of a tape says.
enum JSONText {
    static func hexUnit(_ bytes: UnsafeRawBufferPointer, at position: Int) -> UInt32? {
        guard bytes.count - position >= 4 else { return nil }
        var unit: UInt32 = 0
        for index in position..<position + 4 {
            let digit: UInt8
            switch bytes[index] {
            case 0x30...0x39: digit = bytes[index] - 0x30
            case 0x41...0x46: digit = bytes[index] - 0x41 + 10
            case 0x61...0x66: digit = bytes[index] - 0x61 + 10
            default: return nil
            }
            unit = unit << 4 | UInt32(digit)
        }
        return unit
    }

    /// The bytes that a string with escapes stands for; the parser has found it good.
    static func unescaped(_ text: UnsafeRawBufferPointer) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var position = 0
        while position < text.count {
            let byte = text[position]
            position += 1
            guard byte == UInt8(ascii: "\\"), position < text.count else {
                result.append(byte)
                continue
            }
            let escape = text[position]
            position += 1
            switch escape {
            case UInt8(ascii: "b"): result.append(0x08)
            case UInt8(ascii: "f"): result.append(0x0C)
            case UInt8(ascii: "n"): result.append(0x0A)
            case UInt8(ascii: "r"): result.append(0x0D)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "u"):
                var scalar = hexUnit(text, at: position) ?? 0xFFFD
                position += 4
                if (0xD800...0xDBFF).contains(scalar), let low = hexUnit(text, at: position + 2) {
                    scalar = 0x1_0000 + (scalar & 0x3FF) << 10 + low & 0x3FF
                    position += 6
                }
                let character = Unicode.Scalar(scalar) ?? "\u{FFFD}"
                result.append(contentsOf: UTF8.encode(character) ?? UTF8.encodedReplacementCharacter)
            default: result.append(escape)
            }
        }
        return result
    }
}
