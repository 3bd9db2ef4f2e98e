public import Ticketing

extension CommandId {
    /// As commands and replies carry it: 32 digits of lower-case hexadecimal.
    public static let hexLength = 32

    /// nil for anything but 32 digits, capitals included.
    public init?(hex bytes: UnsafeRawBufferPointer) {
        guard bytes.count == Self.hexLength else { return nil }
        guard let high = Self.half(bytes, from: 0), let low = Self.half(bytes, from: 16) else { return nil }
        self.init(high: high, low: low)
    }

    private static func half(_ bytes: UnsafeRawBufferPointer, from start: Int) -> UInt64? {
        var value: UInt64 = 0
        for index in start..<start + 16 {
            let byte = bytes[index]
            let (decimal, letter) = (byte &- 0x30, byte &- 0x61)
            guard decimal < 10 || letter < 6 else { return nil }
            value = value << 4 | UInt64(decimal < 10 ? decimal : letter + 10)
        }
        return value
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
            bytes.append(contentsOf: UnsafeRawBufferPointer(buffer))
        }
    }

    public var hex: String {
        var bytes: [UInt8] = []
        appendHex(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
