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

/// An array parameter whose elements are asked for by their positions. The loop over them is compiled where the
/// parameter is made, for what it is made of: a `PostgresArray` knows neither its source nor its elements when it is
/// encoded, and copies each of them.
///
///     PostgresColumn(rows.count) { rows[$0].sequence }
public struct PostgresColumn<Element: PostgresArrayElement>: PostgresEncodable {
    @usableFromInline let write: (inout PostgresWriter) -> Void

    @inlinable @inline(__always)
    public init(_ count: Int, _ element: @escaping (Int) -> Element) {
        write = { PostgresArrayFormat.encode(0..<count, into: &$0, element: element) }
    }

    /// Elements that are written in place, without a value for each.
    @inlinable @inline(__always)
    public init(_ count: Int, writing element: @escaping (Int, inout PostgresWriter) -> Void) {
        write = { writer in
            PostgresArrayFormat.encodeHeader(count: count, of: Element.postgresType, into: &writer)
            for position in 0..<count {
                let start = writer.count
                writer.append(integer: Int32(0))
                element(position, &writer)
                writer.patch(Int32(truncatingIfNeeded: writer.count - start - 4), at: start)
            }
        }
    }

    @inlinable public static var postgresType: PostgresType { Element.postgresArrayType }

    @inlinable public func encode(into writer: inout PostgresWriter) { write(&writer) }
}
