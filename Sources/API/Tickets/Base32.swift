/// RFC 4648's Base32 without padding: digits and capital letters.
enum Base32 {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count * 8 + 4) / 5)
        var gathered: UInt32 = 0
        var count = 0
        for byte in bytes {
            gathered = gathered << 8 | UInt32(byte)
            count += 8
            while count >= 5 {
                count -= 5
                text.append(digits[Int(gathered >> UInt32(count)) & 31])
            }
        }
        if count > 0 { text.append(digits[Int(gathered << UInt32(5 - count)) & 31]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// nil unless it is exactly what `encode` makes of some bytes: no small letters, no stray bits.
    static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        var gathered: UInt32 = 0
        var count = 0
        for digit in text {
            let value: UInt32
            switch digit {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = UInt32(digit - UInt8(ascii: "A"))
            case UInt8(ascii: "2")...UInt8(ascii: "7"): value = UInt32(digit - UInt8(ascii: "2")) + 26
            default: return nil
            }
            gathered = gathered << 5 | value
            count += 5
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: gathered >> UInt32(count)))
            }
        }
        // What is left are zeros, and fewer than a digit's.
        guard count < 5, gathered & (1 << UInt32(count) - 1) == 0 else { return nil }
        return bytes
    }
}
