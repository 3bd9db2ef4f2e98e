extension Bool: PostgresScalar {
    @inlinable public static var postgresType: PostgresType { .bool }
    @inlinable public static var postgresArrayType: PostgresType { .boolArray }

    @inlinable public func encode(into writer: inout PostgresWriter) {
        writer.append(integer: UInt8(self ? 1 : 0))
    }

    @inlinable public static func decodeScalar(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(PostgresDecodingFailure) -> Bool {
        guard bytes.count == 1 else { throw .unsupportedValue("a boolean of \(bytes.count) bytes") }
        return bytes[0] != 0
    }
}

extension Double: PostgresScalar {
    @inlinable public static var postgresType: PostgresType { .float8 }
    @inlinable public static var postgresArrayType: PostgresType { .float8Array }
    @inlinable public static func canDecode(_ type: PostgresType) -> Bool { type == .float8 || type == .float4 }

    @inlinable public func encode(into writer: inout PostgresWriter) {
        writer.append(integer: bitPattern)
    }

    @inlinable public static func decodeScalar(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(PostgresDecodingFailure) -> Double {
        var reader = PostgresReader(bytes)
        return switch bytes.count {
        case 8: Double(bitPattern: try reader.integer(UInt64.self))
        case 4: Double(Float(bitPattern: try reader.integer(UInt32.self)))
        default: throw .unsupportedValue("a floating-point number of \(bytes.count) bytes")
        }
    }
}

/// A text with a zero in it is refused by the server (`SQLState.invalidTextCharacter`), which cannot hold one.
extension String: PostgresScalar {
    @inlinable public static var postgresType: PostgresType { .text }
    @inlinable public static var postgresArrayType: PostgresType { .textArray }
    @inlinable public static func canDecode(_ type: PostgresType) -> Bool {
        type == .text || type == .varchar || type == .name || type == .bpchar || type == .unknown
    }

    @inlinable public func encode(into writer: inout PostgresWriter) {
        writer.append(text: self)
    }

    @inlinable public static func decodeScalar(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(PostgresDecodingFailure) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .unsupportedValue("text that is not UTF-8")
        }
        return text
    }
}

/// `[UInt8]` is a `bytea`; `[[UInt8]]` is a `bytea[]`.
extension UInt8: PostgresListable {
    @inlinable public static var postgresListType: PostgresType { .bytea }

    @inlinable public static func encodeList(_ list: [UInt8], into writer: inout PostgresWriter) {
        writer.append(bytes: list)
    }

    @inlinable public static func decodeList(
        _ bytes: UnsafeRawBufferPointer?, type: PostgresType
    ) throws(PostgresDecodingFailure) -> [UInt8] {
        guard type == .bytea else { throw .typeMismatch(expected: "bytea") }
        guard let bytes else { throw .unexpectedNull }
        return Array(bytes)
    }
}

extension Array: PostgresListable, PostgresArrayElement, PostgresScalar where Element == UInt8 {
    @inlinable public static var postgresArrayType: PostgresType { .byteaArray }

    @inlinable public static func decodeScalar(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(PostgresDecodingFailure) -> [UInt8] {
        Array(bytes)
    }
}

/// A `bytea` that is written in place, or lies in memory of another owner.
public struct PostgresBytes: PostgresEncodable {
    @usableFromInline let write: (inout PostgresWriter) -> Void

    @inlinable public init(_ write: @escaping (inout PostgresWriter) -> Void) {
        self.write = write
    }

    @inlinable public static var postgresType: PostgresType { .bytea }

    @inlinable public func encode(into writer: inout PostgresWriter) {
        write(&writer)
    }
}

/// Types of one's own over a scalar, such as ids, need no code.
extension PostgresScalar where Self: RawRepresentable, RawValue: PostgresScalar {
    @inlinable public static var postgresType: PostgresType { RawValue.postgresType }
    @inlinable public static var postgresArrayType: PostgresType { RawValue.postgresArrayType }
    @inlinable public static func canDecode(_ type: PostgresType) -> Bool { RawValue.canDecode(type) }

    @inlinable public func encode(into writer: inout PostgresWriter) {
        rawValue.encode(into: &writer)
    }

    @inlinable public static func decodeScalar(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(PostgresDecodingFailure) -> Self {
        guard let value = Self(rawValue: try RawValue.decodeScalar(bytes, type: type)) else {
            throw .unsupportedValue("a value that “\(Self.self)” does not have")
        }
        return value
    }
}
