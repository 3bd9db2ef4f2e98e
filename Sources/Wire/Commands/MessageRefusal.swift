/// Why no line of a message was looked at.
public enum MessageRefusal: Hashable, Sendable {
    case empty
    case tooManyLines
    case tooLong

    /// nil for a message within the bounds.
    public init?(_ message: UnsafeRawBufferPointer) {
        guard message.count > 0 else {
            self = .empty
            return
        }
        guard message.count <= WireFormat.longestLine + 1 else {
            self = .tooLong
            return
        }
        var lines = 0
        var start = 0
        while start < message.count, lines <= WireFormat.mostLines {
            start = message.firstNewline(from: start) + 1
            lines += 1
        }
        if lines > WireFormat.mostLines {
            self = .tooManyLines
        } else if lines > 1 && message.count > WireFormat.longestMessage {
            self = .tooLong
        } else if lines == 1 && start - 1 > WireFormat.longestLine {
            self = .tooLong
        } else {
            return nil
        }
    }
}

extension UnsafeRawBufferPointer {
    /// The position of the first newline from there on, or the end.
    package func firstNewline(from start: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        var position = start
        while count - position >= 8 {
            let word = UInt64(littleEndian: loadUnaligned(fromByteOffset: position, as: UInt64.self)) ^ (ones &* 0x0A)
            let marks = (word &- ones) & ~word & (ones &* 0x80)
            if marks != 0 { return position + marks.trailingZeroBitCount / 8 }
            position += 8
        }
        while position < count, self[position] != 0x0A { position += 1 }
        return position
    }
}
