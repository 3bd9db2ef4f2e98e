/// The binary form of arrays: dimensions, a flag for NULLs, the elements' type; size and lower bound of each
/// dimension; then each element behind its length.
@usableFromInline enum PostgresArrayFormat {
    @inlinable static func encodeHeader(count: Int, of element: PostgresType, into writer: inout PostgresWriter) {
        writer.reserve(20 + count * 8)
        writer.append(integer: Int32(count == 0 ? 0 : 1))
        writer.append(integer: Int32(0))
        writer.append(integer: element.oid)
        guard count > 0 else { return }
        writer.append(integer: Int32(truncatingIfNeeded: count))
        writer.append(integer: Int32(1))
    }

    @inlinable static func encode<Source: Collection, Element: PostgresArrayElement>(
        _ source: Source, into writer: inout PostgresWriter, element: (Source.Element) -> Element
    ) {
        let start = writer.count
        encodeHeader(count: source.count, of: Element.postgresType, into: &writer)
        var hasNull = false
        for item in source {
            let value = element(item)
            if value.isPostgresNull { hasNull = true }
            writer.append(prefixed: value)
        }
        if hasNull { writer.patch(1, at: start + 4) }
    }

    @inlinable static func decode<Element: PostgresArrayElement & PostgresDecodable>(
        _ bytes: UnsafeRawBufferPointer?, type: PostgresType, of _: Element.Type
    ) throws(PostgresDecodingFailure) -> [Element] {
        guard type == Element.postgresArrayType || type.element.map(Element.canDecode) ?? false else {
            throw .typeMismatch(expected: Element.postgresArrayType.description)
        }
        guard let bytes else { throw .unexpectedNull }
        var reader = PostgresReader(bytes)
        let dimensions = try reader.integer(Int32.self)
        _ = try reader.integer(Int32.self)
        let element = PostgresType(oid: try reader.integer(UInt32.self))
        guard dimensions <= 1 else { throw .unsupportedValue("an array of \(dimensions) dimensions") }
        guard dimensions == 1 else { return [] }
        let count = Int(try reader.integer(Int32.self))
        _ = try reader.integer(Int32.self)
        // Each element takes at least its length: a count beyond that is no array.
        guard count >= 0, count <= reader.remaining / 4 else { throw .unsupportedValue("a malformed array") }
        var elements: [Element] = []
        elements.reserveCapacity(count)
        for _ in 0..<count {
            let length = Int(try reader.integer(Int32.self))
            let value = length < 0 ? nil : try reader.bytes(length)
            elements.append(try Element.decode(value, type: element))
        }
        return elements
    }
}

/// Reads network byte order from a value's bytes, with every bound checked.
@usableFromInline struct PostgresReader {
    @usableFromInline let source: UnsafeRawBufferPointer
    @usableFromInline var offset = 0

    @inlinable init(_ source: UnsafeRawBufferPointer) {
        self.source = source
    }

    @inlinable var remaining: Int { source.count - offset }

    @inlinable mutating func integer<Integer: FixedWidthInteger & BitwiseCopyable>(
        _: Integer.Type
    ) throws(PostgresDecodingFailure) -> Integer {
        guard remaining >= MemoryLayout<Integer>.size else { throw .unsupportedValue("a value that ends early") }
        let value = source.loadUnaligned(fromByteOffset: offset, as: Integer.self)
        offset += MemoryLayout<Integer>.size
        return Integer(bigEndian: value)
    }

    @inlinable mutating func bytes(_ count: Int) throws(PostgresDecodingFailure) -> UnsafeRawBufferPointer {
        guard count >= 0, remaining >= count else { throw .unsupportedValue("a value that ends early") }
        defer { offset += count }
        return UnsafeRawBufferPointer(rebasing: source[offset..<offset + count])
    }
}
