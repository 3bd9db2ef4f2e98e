package import Postgres
package import Runtime
internal import Sealing
package import Ticketing

// How ids and times stand in columns.

extension Id {
    package var uuid: PostgresUUID { PostgresUUID(high: high, low: low) }

    package init(_ uuid: PostgresUUID) { self.init(high: uuid.high, low: uuid.low) }
}

extension MintedId {
    package var uuid: PostgresUUID { command.uuid }
    package var number: Int32 { Int32(bitPattern: index) }

    package init(_ uuid: PostgresUUID, _ number: Int32) {
        self.init(command: CommandId(uuid), index: UInt32(bitPattern: number))
    }

    package init?(_ uuid: PostgresUUID?, _ number: Int32?) {
        guard let uuid, let number else { return nil }
        self.init(uuid, number)
    }
}

extension Salt {
    var uuid: PostgresUUID { PostgresUUID(high: high, low: low) }
}

extension Time {
    package var timestamp: Timestamp { Timestamp(microseconds: microseconds) }

    package init(_ timestamp: Timestamp) { self.init(microseconds: timestamp.microseconds) }
}

extension PostgresWriter {
    mutating func append(_ digest: Digest) { digest.withUnsafeBytes { append(bytes: $0) } }
}

extension PostgresWriter {
    /// As text.
    mutating func append(decimal number: UInt32) {
        withUnsafeTemporaryAllocation(byteCount: 10, alignment: 1) { digits in
            var start = 10
            var rest = number
            repeat {
                start -= 1
                digits[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            append(bytes: UnsafeRawBufferPointer(rebasing: digits[start...]))
        }
    }
}

extension PlaceList {
    /// As an array's text: the server makes the array of it, since arrays of arrays cannot be sent.
    func writeArray(to writer: inout PostgresWriter) {
        writer.append(integer: UInt8(ascii: "{"))
        for position in indices {
            if position > 0 { writer.append(integer: UInt8(ascii: ",")) }
            writer.append(decimal: self[position])
        }
        writer.append(integer: UInt8(ascii: "}"))
    }
}
