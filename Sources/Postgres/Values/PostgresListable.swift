/// What an `Array` of it means to the server. Scalars make an array of their type; `UInt8` makes a `bytea`.
public protocol PostgresListable {
    static var postgresListType: PostgresType { get }
    static func encodeList(_ list: [Self], into writer: inout PostgresWriter)
    static func decodeList(
        _ bytes: UnsafeRawBufferPointer?, type: PostgresType
    ) throws(PostgresDecodingFailure) -> [Self]
}

extension Array: PostgresEncodable where Element: PostgresListable {
    @inlinable public static var postgresType: PostgresType { Element.postgresListType }

    @inlinable public func encode(into writer: inout PostgresWriter) {
        Element.encodeList(self, into: &writer)
    }
}

extension Array: PostgresDecodable where Element: PostgresListable {
    @inlinable public static func decode(
        _ bytes: UnsafeRawBufferPointer?, type: PostgresType
    ) throws(PostgresDecodingFailure) -> [Element] {
        try Element.decodeList(bytes, type: type)
    }
}

extension PostgresArrayElement {
    @inlinable public static var postgresListType: PostgresType { postgresArrayType }

    @inlinable public static func encodeList(_ list: [Self], into writer: inout PostgresWriter) {
        PostgresArrayFormat.encode(list, into: &writer) { $0 }
    }
}

extension PostgresScalar {
    @inlinable public static func decodeList(
        _ bytes: UnsafeRawBufferPointer?, type: PostgresType
    ) throws(PostgresDecodingFailure) -> [Self] {
        try PostgresArrayFormat.decode(bytes, type: type, of: Self.self)
    }
}

extension Optional: PostgresArrayElement where Wrapped: PostgresScalar {
    @inlinable public static var postgresArrayType: PostgresType { Wrapped.postgresArrayType }

    @inlinable public static func canDecode(_ type: PostgresType) -> Bool { Wrapped.canDecode(type) }
}

extension Optional: PostgresListable where Wrapped: PostgresScalar {
    @inlinable public static func decodeList(
        _ bytes: UnsafeRawBufferPointer?, type: PostgresType
    ) throws(PostgresDecodingFailure) -> [Wrapped?] {
        try PostgresArrayFormat.decode(bytes, type: type, of: Wrapped?.self)
    }
}

/// An array parameter that is written straight from a collection of something else, without an array in between:
///
///     PostgresArray(decisions) { $0.sequence }
public struct PostgresArray<Source: Collection, Element: PostgresArrayElement>: PostgresEncodable {
    @usableFromInline let source: Source
    @usableFromInline let element: (Source.Element) -> Element

    @inlinable public init(_ source: Source, _ element: @escaping (Source.Element) -> Element) {
        self.source = source
        self.element = element
    }

    @inlinable public static var postgresType: PostgresType { Element.postgresArrayType }

    @inlinable public func encode(into writer: inout PostgresWriter) {
        PostgresArrayFormat.encode(source, into: &writer, element: element)
    }
}

/// A `bytea[]` parameter whose elements are written in place, without a `[UInt8]` for each.
///
///     PostgresByteArrays(decisions) { decision, writer in writer.append(bytes: decision.payload) }
public struct PostgresByteArrays<Source: Collection>: PostgresEncodable {
    @usableFromInline let source: Source
    @usableFromInline let write: (Source.Element, inout PostgresWriter) -> Void

    @inlinable public init(_ source: Source, _ write: @escaping (Source.Element, inout PostgresWriter) -> Void) {
        self.source = source
        self.write = write
    }

    @inlinable public static var postgresType: PostgresType { .byteaArray }

    @inlinable public func encode(into writer: inout PostgresWriter) {
        PostgresArrayFormat.encodeHeader(count: source.count, of: .bytea, into: &writer)
        for item in source {
            let start = writer.count
            writer.append(integer: Int32(0))
            write(item, &writer)
            writer.patch(Int32(truncatingIfNeeded: writer.count - start - 4), at: start)
        }
    }
}
