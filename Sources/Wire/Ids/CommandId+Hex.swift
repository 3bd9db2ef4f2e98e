public import Ticketing

extension CommandId {
    /// As commands and replies carry it: 32 digits of lower-case hexadecimal.
    public static let hexLength = 32

    /// nil for anything but 32 digits, capitals included.
    public init?(hex bytes: UnsafeRawBufferPointer) {
        guard bytes.count == Self.hexLength else { return nil }
        var halves: (high: UInt64, low: UInt64) = (0, 0)
        for (index, byte) in bytes.enumerated() {
            let digit: UInt8
            switch byte {
            case 0x30...0x39: digit = byte - 0x30
            case 0x61...0x66: digit = byte - 0x61 + 10
            default: return nil
            }
            if index < 16 {
                halves.high = halves.high << 4 | UInt64(digit)
            } else {
                halves.low = halves.low << 4 | UInt64(digit)
            }
        }
        self.init(high: halves.high, low: halves.low)
    }

    public func appendHex(to bytes: inout [UInt8]) {
        Self.appendHex(high, to: &bytes)
        Self.appendHex(low, to: &bytes)
    }

    private static func appendHex(_ half: UInt64, to bytes: inout [UInt8]) {
        withUnsafeTemporaryAllocation(byteCount: 16, alignment: 1) { buffer in
            for index in 0..<16 {
                let digit = UInt8(truncatingIfNeeded: half >> UInt64(60 - 4 * index)) & 0xF
                buffer[index] = digit < 10 ? 0x30 + digit : 0x61 + digit - 10
            }
            bytes.append(contentsOf: buffer)
        }
    }

    public var hex: String {
        var bytes: [UInt8] = []
        appendHex(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
