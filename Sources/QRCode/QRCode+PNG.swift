internal import CZlib

extension QRCode {
    /// A picture of `scale` pixels a module, black and white (ISO/IEC 15948).
    public func png(scale: Int = 8) throws(QRCodeError) -> [UInt8] {
        precondition((1...64).contains(scale), "a module takes 1 to 64 pixels")
        let side = fullSize * scale
        var png = PNG()
        png.header(side: side)
        png.chunk("IDAT", try Self.deflated(lines(scale: scale, side: side)))
        png.chunk("IEND", [])
        return png.bytes
    }

    /// One bit a pixel, 1 for white; each line begins with its filter, which is none.
    private func lines(scale: Int, side: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        let length = (side + 7) / 8
        bytes.reserveCapacity(side * (length + 1))
        for row in -Self.quiet..<size + Self.quiet {
            var line = [UInt8](repeating: 0xFF, count: length)
            for pixel in 0..<side where isDark(row: row, column: pixel / scale - Self.quiet) {
                line[pixel / 8] &= ~(0x80 >> UInt8(pixel % 8))
            }
            for _ in 0..<scale { bytes += [0] + line }
        }
        return bytes
    }

    private static func deflated(_ bytes: [UInt8]) throws(QRCodeError) -> [UInt8] {
        var length = compressBound(UInt(bytes.count))
        var result = [UInt8](repeating: 0, count: Int(length))
        guard compress2(&result, &length, bytes, UInt(bytes.count), 9) == Z_OK else {
            throw QRCodeError(description: "zlib has no memory")
        }
        return Array(result.prefix(Int(length)))
    }
}

private struct PNG {
    private(set) var bytes: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    mutating func header(side: Int) {
        // One bit a pixel, grey, zlib, the one filter method, no interlacing.
        chunk("IHDR", Self.number(side) + Self.number(side) + [1, 0, 0, 0, 0])
    }

    mutating func chunk(_ name: StaticString, _ content: [UInt8]) {
        let named = Array(UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)) + content
        bytes += Self.number(content.count)
        bytes += named
        bytes += Self.number(Int(crc32(0, named, UInt32(named.count))))
    }

    private static func number(_ value: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }
}
