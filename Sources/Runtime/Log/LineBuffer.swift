/// The bytes of one log line, in a buffer of fixed size. What does not fit is cut off, never written past the end.
///
/// `reserve` bytes at the end are out of reach of everything but `close`, so that a line can always be ended properly.
struct LineBuffer: ~Copyable {
    private let memory: UnsafeMutableRawBufferPointer
    private(set) var count = 0
    /// Whether anything was cut off.
    private(set) var truncated = false
    private let limit: Int

    /// How many bytes of one string are shown.
    static let stringLimit = 2_048
    private static let mark: StaticString = "…"

    init(_ memory: UnsafeMutableRawBufferPointer, reserve: Int) {
        precondition(memory.count > reserve + 256, "a line needs room")
        self.memory = memory
        self.limit = memory.count - reserve
    }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[0..<count]) }
    var room: Int { limit - count }

    /// Moves the bytes from `start` to `end` to `target` and forgets what was written after `target`.
    mutating func keep(from start: Int, to end: Int, at target: Int) {
        precondition(target <= start && start <= end && end <= count)
        UnsafeMutableRawBufferPointer(rebasing: memory[target...])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[start..<end]))
        count = target + end - start
    }

    mutating func markTruncated() { truncated = true }

    /// - Returns: whether it fitted; otherwise nothing was written.
    @discardableResult
    mutating func append(_ text: StaticString) -> Bool {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    @discardableResult
    mutating func append(_ source: UnsafeRawBufferPointer) -> Bool {
        guard source.count <= room else {
            truncated = true
            return false
        }
        copy(source)
        return true
    }

    /// Ends the line with what the reserve was kept for.
    mutating func close(_ end: StaticString) {
        precondition(end.utf8CodeUnitCount <= memory.count - count)
        copy(UnsafeRawBufferPointer(start: end.utf8Start, count: end.utf8CodeUnitCount))
    }

    private mutating func copy(_ source: UnsafeRawBufferPointer) {
        UnsafeMutableRawBufferPointer(rebasing: memory[count...]).copyMemory(from: source)
        count += source.count
    }

    @discardableResult
    mutating func append(byte: UInt8) -> Bool {
        guard room > 0 else {
            truncated = true
            return false
        }
        memory[count] = byte
        count += 1
        return true
    }

    @discardableResult
    mutating func append(_ value: Int64, minimumDigits: Int = 1) -> Bool {
        // 20 bytes hold any Int64.
        guard room >= max(20, minimumDigits + 1) else {
            truncated = true
            return false
        }
        var magnitude = value.magnitude
        var digits = 1
        while magnitude >= 10 {
            magnitude /= 10
            digits += 1
        }
        if value < 0 { append(byte: UInt8(ascii: "-")) }
        digits = max(digits, minimumDigits)
        magnitude = value.magnitude
        for offset in stride(from: digits - 1, through: 0, by: -1) {
            memory[count + offset] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: magnitude % 10)
            magnitude /= 10
        }
        count += digits
        return true
    }

    mutating func append(_ time: Timestamp) {
        guard room >= Timestamp.rfc3339Length else {
            truncated = true
            return
        }
        count += time.writeRFC3339(to: UnsafeMutableRawBufferPointer(rebasing: memory[count...]))
    }

    /// Appends text that came from anywhere so that it cannot break the line or a terminal: control characters, line
    /// separators and, in `quoted` text, quotes and backslashes are escaped as JSON does; what is not UTF-8 becomes
    /// U+FFFD.
    mutating func append(escaping text: String, quoted: Bool, limit: Int = LineBuffer.stringLimit) {
        var text = text
        text.withUTF8 { append(escaping: UnsafeRawBufferPointer($0), quoted: quoted, limit: limit) }
    }

    mutating func append(escaping source: UnsafeRawBufferPointer, quoted: Bool, limit: Int = LineBuffer.stringLimit) {
        // The mark must still fit behind the last character.
        let end = count + min(limit, room) - Self.mark.utf8CodeUnitCount
        var index = 0
        while index < source.count {
            // The longest escape has 6 bytes, the longest character 4.
            guard count + 6 <= end else {
                truncated = true
                append(Self.mark)
                return
            }
            let byte = source[index]
            if byte >= 0x80 {
                let (scalar, length) = UTF8Scalar.decode(source, at: index)
                index += length
                guard let scalar else {
                    append("\\ufffd")
                    continue
                }
                switch scalar {
                // Controls of terminals, ends of lines, and what turns the direction of writing around.
                case 0x80...0x9F, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069: escape(scalar)
                default: append(UnsafeRawBufferPointer(rebasing: source[index - length..<index]))
                }
                continue
            }
            index += 1
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                if quoted { append(byte: UInt8(ascii: "\\")) }
                append(byte: byte)
            case UInt8(ascii: "\n"): append("\\n")
            case UInt8(ascii: "\r"): append("\\r")
            case UInt8(ascii: "\t"): append("\\t")
            case 0..<0x20, 0x7F: escape(UInt32(byte))
            default: append(byte: byte)
            }
        }
    }

    private mutating func escape(_ scalar: UInt32) {
        append("\\u")
        for digitIndex in 0..<4 as Range<UInt32> {
            let digit = UInt8(truncatingIfNeeded: (scalar >> (12 - 4 * digitIndex)) & 0xF)
            append(byte: digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }
}
