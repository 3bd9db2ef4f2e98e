internal import Runtime

/// What every decided answer ends with: `,"decision":{"partition":12,"sequence":345,"decidedAt":"2026-…Z"}}`.
struct DecisionTail {
    let partition: Int
    let sequence: UInt64
    let decidedAt: Timestamp
    /// The object, braces included.
    let range: Range<Int>

    private static let name = Array("\"decision\":{".utf8)
    /// More than the longest.
    private static let longest = 160

    /// nil for an answer that is no decision's.
    init?(of body: UnsafeRawBufferPointer) {
        let least = max(0, body.count - Self.longest)
        var start = body.count - Self.name.count
        while start >= least, !Self.isName(body, at: start) { start -= 1 }
        guard start >= least else { return nil }
        var cursor = Cursor(bytes: body, position: start + Self.name.count)
        guard cursor.skip("\"partition\":"), let partition = cursor.number(), cursor.skip(",\"sequence\":"),
            let sequence = cursor.number(), cursor.skip(",\"decidedAt\":\""), let end = cursor.find(0x22),
            let time = Timestamp(rfc3339: UnsafeRawBufferPointer(rebasing: body[cursor.position..<end]))
        else { return nil }
        self.partition = Int(partition)
        self.sequence = sequence
        decidedAt = time
        range = start + Self.name.count - 1..<end + 2
        guard range.upperBound <= body.count else { return nil }
    }

    private static func isName(_ body: UnsafeRawBufferPointer, at start: Int) -> Bool {
        for index in 0..<name.count where body[start + index] != name[index] { return false }
        return true
    }

    private struct Cursor {
        let bytes: UnsafeRawBufferPointer
        var position: Int

        mutating func skip(_ text: StaticString) -> Bool {
            guard bytes.count - position >= text.utf8CodeUnitCount else { return false }
            for index in 0..<text.utf8CodeUnitCount where bytes[position + index] != text.utf8Start[index] {
                return false
            }
            position += text.utf8CodeUnitCount
            return true
        }

        mutating func number() -> UInt64? {
            var value: UInt64 = 0
            let start = position
            while position < bytes.count, position - start < 19, bytes[position] &- 0x30 < 10 {
                value = value * 10 + UInt64(bytes[position] - 0x30)
                position += 1
            }
            return position > start ? value : nil
        }

        func find(_ byte: UInt8) -> Int? { bytes[position...].firstIndex(of: byte) }
    }
}
