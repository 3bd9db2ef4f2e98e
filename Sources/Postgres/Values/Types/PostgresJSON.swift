/// The text of a `jsonb` (or, when read, a `json`) value. The server checks that it is JSON.
public struct PostgresJSON: Sendable, Hashable {
    public var bytes: [UInt8]

    @inlinable public init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    public init(_ text: String) {
        bytes = Array(text.utf8)
    }
}

extension PostgresJSON: PostgresScalar {
    @inlinable public static var postgresType: PostgresType { .jsonb }
    @inlinable public static var postgresArrayType: PostgresType { .jsonbArray }
    @inlinable public static func canDecode(_ type: PostgresType) -> Bool { type == .jsonb || type == .json }

    @inlinable public func encode(into writer: inout PostgresWriter) {
        // jsonb's binary form is a version number before the text.
        writer.append(integer: UInt8(1))
        writer.append(bytes: bytes)
    }

    @inlinable public static func decodeScalar(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(PostgresDecodingFailure) -> PostgresJSON {
        guard type == .jsonb else { return PostgresJSON(bytes: Array(bytes)) }
        guard bytes.first == 1 else { throw .unsupportedValue("jsonb of an unknown version") }
        return PostgresJSON(bytes: Array(bytes.dropFirst()))
    }
}
