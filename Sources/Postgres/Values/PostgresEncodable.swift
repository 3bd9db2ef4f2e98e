/// A value that can be a parameter.
///
/// Conform `PostgresScalar` for a type of your own; a `RawRepresentable` with a scalar raw value has everything
/// already:
///
///     struct EventID: RawRepresentable, PostgresScalar { var rawValue: Int64 }
public protocol PostgresEncodable {
    /// The type that the server is told.
    static var postgresType: PostgresType { get }

    /// Whether NULL is sent; then `encode` is not called.
    var isPostgresNull: Bool { get }

    /// Appends the value in the type's binary form.
    func encode(into writer: inout PostgresWriter)
}

extension PostgresEncodable {
    @inlinable public var isPostgresNull: Bool { false }
}

/// A value that can be read from a row.
public protocol PostgresDecodable {
    /// - Parameters:
    ///   - bytes: the binary form, nil for NULL; valid only during the call.
    ///   - type: the column's type, which must be checked.
    static func decode(_ bytes: UnsafeRawBufferPointer?, type: PostgresType) throws(PostgresDecodingFailure) -> Self
}

/// Why a value could not be read. The row adds the column and makes a `PostgresError` of it.
public enum PostgresDecodingFailure: Error, Sendable, Hashable {
    /// The column has another type; `expected` names the ones that would do.
    case typeMismatch(expected: String)
    case unexpectedNull
    /// The type is right, the value is not one that this program can hold.
    case unsupportedValue(String)
}

/// What may stand in an array: a scalar or an optional scalar.
public protocol PostgresArrayElement: PostgresEncodable, PostgresListable {
    static var postgresArrayType: PostgresType { get }

    /// Whether a value of this type can be read without loss.
    static func canDecode(_ type: PostgresType) -> Bool
}

/// A single value of a type of the server's.
public protocol PostgresScalar: PostgresArrayElement, PostgresDecodable {
    /// Reads the binary form of a type that `canDecode` accepts; throws when the bytes are not a value of it.
    static func decodeScalar(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(PostgresDecodingFailure) -> Self
}

extension PostgresScalar {
    @inlinable public static func canDecode(_ type: PostgresType) -> Bool { type == postgresType }

    @inlinable public static func decode(
        _ bytes: UnsafeRawBufferPointer?, type: PostgresType
    ) throws(PostgresDecodingFailure) -> Self {
        guard canDecode(type) else { throw .typeMismatch(expected: postgresType.description) }
        guard let bytes else { throw .unexpectedNull }
        return try decodeScalar(bytes, type: type)
    }
}

extension Optional: PostgresEncodable where Wrapped: PostgresEncodable {
    @inlinable public static var postgresType: PostgresType { Wrapped.postgresType }

    @inlinable public var isPostgresNull: Bool {
        switch self {
        case .none: true
        case .some(let value): value.isPostgresNull
        }
    }

    @inlinable public func encode(into writer: inout PostgresWriter) {
        if let self { self.encode(into: &writer) }
    }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
    @inlinable public static func decode(
        _ bytes: UnsafeRawBufferPointer?, type: PostgresType
    ) throws(PostgresDecodingFailure) -> Wrapped? {
        if bytes == nil {
            // Even NULL must come from a column of the right type: a mix-up shows on the first row, not on a later one.
            do throws(PostgresDecodingFailure) {
                return .some(try Wrapped.decode(nil, type: type))
            } catch .unexpectedNull {
                return .none
            }
        }
        return try Wrapped.decode(bytes, type: type)
    }
}
