/// A `uuid`: sixteen bytes.
public struct PostgresUUID: Sendable, Hashable {
    /// The first and the last eight bytes, in the order in which they are written.
    public var high: UInt64
    public var low: UInt64

    @inlinable public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads the usual form, `0198c0de-…`, in upper or lower case; nil for anything else.
    public init?(_ text: String) {
        var digits = 0
        var halves: (UInt64, UInt64) = (0, 0)
        for (position, byte) in text.utf8.enumerated() {
            if position == 8 || position == 13 || position == 18 || position == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            let nibble: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): nibble = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): nibble = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): nibble = byte - UInt8(ascii: "A") + 10
            default: return nil
            }
            guard digits < 32 else { return nil }
            if digits < 16 {
                halves.0 = halves.0 << 4 | UInt64(nibble)
            } else {
                halves.1 = halves.1 << 4 | UInt64(nibble)
            }
            digits += 1
        }
        guard digits == 32 else { return nil }
        self.init(high: halves.0, low: halves.1)
    }
}

extension PostgresUUID: CustomStringConvertible {
    public var description: String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for index in 0..<32 {
            if index == 8 || index == 12 || index == 16 || index == 20 { text.append(UInt8(ascii: "-")) }
            let half = index < 16 ? high : low
            text.append(digits[Int(half >> UInt64(60 - (index % 16) * 4) & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}

extension PostgresUUID: PostgresScalar {
    @inlinable public static var postgresType: PostgresType { .uuid }
    @inlinable public static var postgresArrayType: PostgresType { .uuidArray }

    @inlinable public func encode(into writer: inout PostgresWriter) {
        writer.append(integer: high)
        writer.append(integer: low)
    }

    @inlinable public static func decodeScalar(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(PostgresDecodingFailure) -> PostgresUUID {
        guard bytes.count == 16 else { throw .unsupportedValue("a uuid of \(bytes.count) bytes") }
        var reader = PostgresReader(bytes)
        return PostgresUUID(high: try reader.integer(UInt64.self), low: try reader.integer(UInt64.self))
    }
}
