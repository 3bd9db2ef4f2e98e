/// Reads single characters from bytes that claim to be UTF-8.
enum UTF8Scalar {
    /// The character at `index`, or `nil` when there is no good one, and how many bytes to go on by.
    ///
    /// Refuses overlong forms, surrogates, what is above U+10FFFF and what is cut short. After a bad byte it goes on
    /// with the next, so that a good character behind it is not lost.
    static func decode(_ bytes: UnsafeRawBufferPointer, at index: Int) -> (scalar: UInt32?, length: Int) {
        let first = bytes[index]
        let length: Int
        var scalar: UInt32
        let least: UInt32
        switch first {
        case 0..<0x80: return (UInt32(first), 1)
        case 0xC2...0xDF: (length, scalar, least) = (2, UInt32(first & 0x1F), 0x80)
        case 0xE0...0xEF: (length, scalar, least) = (3, UInt32(first & 0x0F), 0x800)
        case 0xF0...0xF4: (length, scalar, least) = (4, UInt32(first & 0x07), 0x1_0000)
        default: return (nil, 1)
        }
        guard index + length <= bytes.count else { return (nil, 1) }
        for offset in 1..<length {
            let byte = bytes[index + offset]
            guard byte & 0xC0 == 0x80 else { return (nil, 1) }
            scalar = scalar << 6 | UInt32(byte & 0x3F)
        }
        guard scalar >= least, scalar <= 0x10_FFFF, !(0xD800...0xDFFF).contains(scalar) else { return (nil, 1) }
        return (scalar, length)
    }
}
