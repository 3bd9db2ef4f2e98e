/// Numbers as digits of fixed width, so that a number has exactly one text and texts sort as numbers do.
enum Base62 {
    /// The least width that takes every number of 64 bits, and of 32.
    static let wide = 11
    static let narrow = 6

    private static let digits: StaticString = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

    /// 62 to the sixth.
    private static let half: UInt64 = 56_800_235_584

    static func append(_ value: UInt64, width: Int, to bytes: inout [UInt8]) {
        withUnsafeTemporaryAllocation(byteCount: wide, alignment: 1) { buffer in
            write(value, to: buffer, from: 0)
            bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[(wide - width)...]))
        }
    }

    /// Two numbers of the full width.
    static func append(_ first: UInt64, _ second: UInt64, to bytes: inout [UInt8]) {
        withUnsafeTemporaryAllocation(byteCount: 2 * wide, alignment: 1) { buffer in
            write(first, to: buffer, from: 0)
            write(second, to: buffer, from: wide)
            bytes.append(contentsOf: UnsafeRawBufferPointer(buffer))
        }
    }

    private static func write(_ value: UInt64, to buffer: UnsafeMutableRawBufferPointer, from start: Int) {
        // Two short chains of divisions instead of a long one.
        var (high, low) = value.quotientAndRemainder(dividingBy: half)
        for position in stride(from: start + wide - 1, to: start + 4, by: -1) {
            buffer[position] = digits.utf8Start[Int(low % 62)]
            low /= 62
        }
        for position in stride(from: start + 4, through: start, by: -1) {
            buffer[position] = digits.utf8Start[Int(high % 62)]
            high /= 62
        }
    }

    /// nil for what is no digit, and for more than 64 bits.
    static func value(_ bytes: Slice<UnsafeRawBufferPointer>) -> UInt64? {
        let text = UnsafeRawBufferPointer(rebasing: bytes)
        guard text.count <= wide else { return nil }
        var value: UInt64 = 0
        // Ten digits always fit.
        for index in 0..<min(text.count, wide - 1) {
            guard let digit = digit(text[index]) else { return nil }
            value = value &* 62 &+ digit
        }
        guard text.count == wide else { return value }
        guard let digit = digit(text[wide - 1]) else { return nil }
        let (product, tooLarge) = value.multipliedReportingOverflow(by: 62)
        let (sum, overflow) = product.addingReportingOverflow(digit)
        return tooLarge || overflow ? nil : sum
    }

    private static func digit(_ byte: UInt8) -> UInt64? {
        switch byte {
        case 0x30...0x39: UInt64(byte - 0x30)
        case 0x41...0x5A: UInt64(byte - 0x41 + 10)
        case 0x61...0x7A: UInt64(byte - 0x61 + 36)
        default: nil
        }
    }
}
