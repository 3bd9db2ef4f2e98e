/// Numbers as digits of fixed width, so that a number has exactly one text and texts sort as numbers do.
enum Base62 {
    /// The least width that takes every number of 64 bits, and of 32.
    static let wide = 11
    static let narrow = 6

    private static let digits: StaticString = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

    static func append(_ value: UInt64, width: Int, to bytes: inout [UInt8]) {
        let start = bytes.count
        for _ in 0..<width { bytes.append(0) }
        var rest = value
        var position = start + width
        while position > start {
            position -= 1
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 62)
            bytes[position] = digits.utf8Start[Int(digit)]
            rest = quotient
        }
    }

    /// nil for what is no digit, and for more than 64 bits.
    static func value(_ bytes: Slice<UnsafeRawBufferPointer>) -> UInt64? {
        var value: UInt64 = 0
        for byte in bytes {
            let digit: UInt8
            switch byte {
            case 0x30...0x39: digit = byte - 0x30
            case 0x41...0x5A: digit = byte - 0x41 + 10
            case 0x61...0x7A: digit = byte - 0x61 + 36
            default: return nil
            }
            let (product, tooLarge) = value.multipliedReportingOverflow(by: 62)
            let (sum, overflow) = product.addingReportingOverflow(UInt64(digit))
            guard !tooLarge, !overflow else { return nil }
            value = sum
        }
        return value
    }
}
