/// Whole numbers may be read from any narrower type of the server, never from a wider one.
extension Int16: PostgresScalar {
    @inlinable public static var postgresType: PostgresType { .int2 }
    @inlinable public static var postgresArrayType: PostgresType { .int2Array }
}

extension Int32: PostgresScalar {
    @inlinable public static var postgresType: PostgresType { .int4 }
    @inlinable public static var postgresArrayType: PostgresType { .int4Array }
    @inlinable public static func canDecode(_ type: PostgresType) -> Bool { type == .int4 || type == .int2 }
}

extension Int64: PostgresScalar {
    @inlinable public static var postgresType: PostgresType { .int8 }
    @inlinable public static var postgresArrayType: PostgresType { .int8Array }
    @inlinable public static func canDecode(_ type: PostgresType) -> Bool {
        type == .int8 || type == .int4 || type == .int2
    }
}

extension Int: PostgresScalar {
    @inlinable public static var postgresType: PostgresType { .int8 }
    @inlinable public static var postgresArrayType: PostgresType { .int8Array }
    @inlinable public static func canDecode(_ type: PostgresType) -> Bool { Int64.canDecode(type) }
}

extension PostgresScalar where Self: FixedWidthInteger & BitwiseCopyable {
    @inlinable public func encode(into writer: inout PostgresWriter) {
        writer.append(integer: self)
    }

    @inlinable public static func decodeScalar(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(PostgresDecodingFailure) -> Self {
        var reader = PostgresReader(bytes)
        return switch bytes.count {
        case 8: Self(truncatingIfNeeded: try reader.integer(Int64.self))
        case 4: Self(truncatingIfNeeded: try reader.integer(Int32.self))
        case 2: Self(truncatingIfNeeded: try reader.integer(Int16.self))
        default: throw .unsupportedValue("a whole number of \(bytes.count) bytes")
        }
    }

    /// One check for room instead of two for each element.
    @inlinable public static func encodeList(_ list: [Self], into writer: inout PostgresWriter) {
        PostgresArrayFormat.encodeHeader(count: list.count, of: postgresType, into: &writer)
        let size = MemoryLayout<Self>.size
        writer.reserve(list.count * (4 + size))
        var target = writer.base + writer.length
        for value in list {
            target.storeBytes(of: Int32(size).bigEndian, as: Int32.self)
            (target + 4).storeBytes(of: value.bigEndian, as: Self.self)
            target += 4 + size
        }
        writer.length += list.count * (4 + size)
    }
}
