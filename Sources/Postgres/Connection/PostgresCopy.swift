/// Takes the rows of a `COPY`, each as it was declared; see `PostgresSession.copy`. Valid only within that call.
public struct PostgresCopy<each Column: PostgresEncodable> {
    @usableFromInline let stream: CopyStream

    /// Adds a row. Waits when the server is behind.
    @inlinable public func write(_ values: repeat each Column) throws(PostgresError) {
        stream.writer.append(integer: stream.columnCount)
        repeat stream.writer.append(prefixed: each values)
        if stream.writer.count >= CopyStream.chunkBytes { try stream.flush() }
    }
}

/// Gathers rows and sends them chunk by chunk.
@usableFromInline final class CopyStream {
    @usableFromInline var writer = PostgresWriter(capacity: 2 * CopyStream.chunkBytes)
    @usableFromInline let columnCount: Int16
    private let send: (UnsafeRawBufferPointer) throws(PostgresError) -> Void
    private var isOpen = true

    /// Large enough that a call into the kernel costs nothing, small enough for its buffers.
    @usableFromInline static let chunkBytes = 64 * 1024

    init(columnCount: Int16, send: @escaping (UnsafeRawBufferPointer) throws(PostgresError) -> Void) {
        self.columnCount = columnCount
        self.send = send
        for byte in "PGCOPY\n".utf8 { writer.append(integer: byte) }
        for byte: UInt8 in [0xFF, 0x0D, 0x0A, 0] { writer.append(integer: byte) }
        // Flags, and the length of an extension of the header.
        writer.append(integer: Int64(0))
    }

    @usableFromInline func flush() throws(PostgresError) {
        precondition(isOpen, "a COPY takes rows only within its scope")
        defer { writer.reset() }
        try send(UnsafeRawBufferPointer(start: writer.base, count: writer.count))
    }

    func finish() throws(PostgresError) {
        writer.append(integer: Int16(-1))
        try flush()
        isOpen = false
    }

    func abandon() {
        isOpen = false
    }
}
