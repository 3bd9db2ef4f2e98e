internal import Runtime
package import Ticketing

/// Writes JSON in the order in which it is told to: the same values give the same bytes.
package struct JSONWriter {
    package private(set) var bytes: [UInt8]

    package init(appendingTo bytes: consuming [UInt8] = []) { self.bytes = bytes }

    @inline(__always)
    private mutating func append(_ text: StaticString) {
        if text.utf8CodeUnitCount == 1 {
            bytes.append(text.utf8Start.pointee)
        } else {
            bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
        }
    }

    package mutating func beginObject() { append("{") }
    package mutating func endObject() { append("}") }
    package mutating func beginArray() { append("[") }
    package mutating func endArray() { append("]") }
    package mutating func endLine() { append("\n") }

    /// Before each element of an array.
    package mutating func element() {
        if bytes.last != UInt8(ascii: "[") { append(",") }
    }

    package mutating func key(_ name: StaticString) {
        let start = bytes.last == UInt8(ascii: "{") ? 1 : 0
        let length = name.utf8CodeUnitCount
        precondition(length <= Self.longestName, "a name is short")
        // In one go: there are more names than anything else.
        withUnsafeTemporaryAllocation(byteCount: Self.longestName + 4, alignment: 1) { piece in
            piece[0] = UInt8(ascii: ",")
            piece[1] = UInt8(ascii: "\"")
            for index in 0..<length { piece[2 + index] = name.utf8Start[index] }
            piece[2 + length] = UInt8(ascii: "\"")
            piece[3 + length] = UInt8(ascii: ":")
            bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: piece[start..<4 + length]))
        }
    }

    private static let longestName = 60

    package mutating func object(_ name: StaticString, _ body: (inout JSONWriter) -> Void) {
        key(name)
        beginObject()
        body(&self)
        endObject()
    }

    package mutating func array<Value>(
        _ name: StaticString, _ values: some Sequence<Value>, _ body: (inout JSONWriter, Value) -> Void
    ) {
        key(name)
        beginArray()
        for value in values {
            element()
            body(&self, value)
        }
        endArray()
    }

    package mutating func word(_ text: StaticString) {
        append("\"")
        append(text)
        append("\"")
    }

    package mutating func string(_ text: String) {
        append("\"")
        let isDone: Void? = text.utf8.withContiguousStorageIfAvailable { escaped(UnsafeRawBufferPointer($0)) }
        if isDone == nil { Array(text.utf8).withUnsafeBytes { escaped($0) } }
        append("\"")
    }

    private mutating func escaped(_ text: UnsafeRawBufferPointer) {
        var start = 0
        for index in 0..<text.count {
            let byte = text[index]
            guard byte < 0x20 || byte == 0x22 || byte == 0x5C else { continue }
            bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: text[start..<index]))
            start = index + 1
            append("\\")
            switch byte {
            case 0x22, 0x5C: bytes.append(byte)
            case 0x0A: append("n")
            case 0x0D: append("r")
            case 0x09: append("t")
            default:
                append("u00")
                for digit in [byte >> 4, byte & 0xF] { bytes.append(digit < 10 ? 0x30 + digit : 0x61 + digit - 10) }
            }
        }
        bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: text[start...]))
    }

    package mutating func label(_ label: Label) { string(label.text) }

    package mutating func flag(_ flag: Bool) { append(flag ? "true" : "false") }

    package mutating func integer(_ value: some BinaryInteger) {
        let value = Int64(value)
        if value < 0 { append("-") }
        digits(value.magnitude)
    }

    package mutating func number(_ value: UInt64) { digits(value) }

    private mutating func digits(_ value: UInt64) {
        guard value >= 10 else {
            bytes.append(0x30 + UInt8(truncatingIfNeeded: value))
            return
        }
        withUnsafeTemporaryAllocation(byteCount: 20, alignment: 1) { buffer in
            var rest = value
            var start = 20
            while rest > 0 {
                start -= 1
                buffer[start] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            }
            bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[start...]))
        }
    }

    package mutating func time(_ time: Time) {
        append("\"")
        withUnsafeTemporaryAllocation(byteCount: Timestamp.rfc3339Length, alignment: 1) { buffer in
            Timestamp(microseconds: time.microseconds).writeRFC3339(to: buffer)
            bytes.append(contentsOf: buffer)
        }
        append("\"")
    }

    package mutating func id(_ id: some TextId) {
        append("\"")
        id.append(to: &bytes)
        append("\"")
    }

    package mutating func id(_ id: CommandId) {
        append("\"")
        id.appendHex(to: &bytes)
        append("\"")
    }

    package mutating func currency(_ currency: Currency) { string(currency.description) }

    package mutating func money(_ money: Money) {
        append("{\"amount\":")
        integer(money.amount)
        append(",\"currency\":")
        currency(money.currency)
        append("}")
    }

    package mutating func seat(_ name: SeatName) {
        append("\"")
        part(name.section)
        if let row = name.row { part(row) }
        integer(name.number)
        append("\"")
    }

    private mutating func part(_ label: Label) {
        let isDone: Void? = label.text.utf8.withContiguousStorageIfAvailable { escaped(UnsafeRawBufferPointer($0)) }
        if isDone == nil { Array(label.text.utf8).withUnsafeBytes { escaped($0) } }
        append("/")
    }

    /// Millionths of a degree, without zeros that say nothing.
    package mutating func degrees(_ millionths: Int32) {
        if millionths < 0 { append("-") }
        let value = UInt64(millionths.magnitude)
        digits(value / 1_000_000)
        var fraction = value % 1_000_000
        guard fraction > 0 else { return }
        append(".")
        var unit: UInt64 = 100_000
        while fraction > 0 {
            bytes.append(0x30 + UInt8(truncatingIfNeeded: fraction / unit))
            fraction %= unit
            unit /= 10
        }
    }

    /// A JSON text that has been found good, without the space between its parts: it must not break its line.
    mutating func compact(_ text: UnsafeRawBufferPointer) {
        var isString = false
        var isEscape = false
        // What stands between two spaces is appended at once.
        var start = 0
        for (index, byte) in text.enumerated() {
            if isString {
                if isEscape {
                    isEscape = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscape = true
                } else if byte == UInt8(ascii: "\"") {
                    isString = false
                }
            } else {
                switch byte {
                case 0x20, 0x09, 0x0A, 0x0D:
                    bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: text[start..<index]))
                    start = index + 1
                case UInt8(ascii: "\""): isString = true
                default: break
                }
            }
        }
        bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: text[start...]))
    }

    package mutating func raw(_ text: some Collection<UInt8>) { bytes.append(contentsOf: text) }

    // For what is there already: the same, without asking what kind of a collection it is.
    package mutating func raw(_ text: [UInt8]) { bytes.append(contentsOf: text) }
    package mutating func raw(_ text: UnsafeRawBufferPointer) { bytes.append(contentsOf: text) }
    package mutating func raw(_ text: StaticString) { append(text) }
    package mutating func byte(_ byte: UInt8) { bytes.append(byte) }
}
