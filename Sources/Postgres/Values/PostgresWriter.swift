/// The growing buffer that values are encoded into, in network byte order. It is reused from statement to statement.
public struct PostgresWriter: ~Copyable {
    @usableFromInline var base: UnsafeMutableRawPointer
    @usableFromInline var capacity: Int
    @usableFromInline var length = 0

    /// How many bytes have been written.
    @inlinable public var count: Int { length }

    /// What is kept after `reset`: one giant batch must not hold its memory for ever.
    static let keptBytes = 4 << 20

    init(capacity: Int = 4096) {
        base = .allocate(byteCount: capacity, alignment: 16)
        self.capacity = capacity
    }

    deinit {
        base.deallocate()
    }

    mutating func reset() {
        length = 0
        guard capacity > Self.keptBytes else { return }
        base.deallocate()
        capacity = Self.keptBytes
        base = .allocate(byteCount: capacity, alignment: 16)
    }

    @usableFromInline mutating func grow(by bytes: Int) {
        let larger = max(capacity * 2, length + bytes)
        let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
        moved.copyMemory(from: base, byteCount: length)
        base.deallocate()
        base = moved
        capacity = larger
    }

    /// Makes room for `bytes` more.
    @inlinable public mutating func reserve(_ bytes: Int) {
        if capacity - length < bytes { grow(by: bytes) }
    }

    @inlinable public mutating func append<Integer: FixedWidthInteger & BitwiseCopyable>(integer: Integer) {
        reserve(MemoryLayout<Integer>.size)
        (base + length).storeBytes(of: integer.bigEndian, as: Integer.self)
        length += MemoryLayout<Integer>.size
    }

    @inlinable public mutating func append(bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        reserve(bytes.count)
        (base + length).copyMemory(from: source, byteCount: bytes.count)
        length += bytes.count
    }

    @inlinable public mutating func append(bytes: [UInt8]) {
        reserve(bytes.count)
        let target = base + length
        bytes.withUnsafeBytes { source in
            if let start = source.baseAddress { target.copyMemory(from: start, byteCount: source.count) }
        }
        length += bytes.count
    }

    @inlinable public mutating func append(text: String) {
        reserve(text.utf8.count)
        let target = base + length
        let copied: Void? = text.utf8.withContiguousStorageIfAvailable { source in
            if let start = source.baseAddress { target.copyMemory(from: start, byteCount: source.count) }
        }
        if copied != nil {
            length += text.utf8.count
        } else {
            for byte in text.utf8 { append(integer: byte) }
        }
    }

    /// Overwrites an integer written before, such as a length that was not known yet.
    @inlinable mutating func patch(_ integer: Int32, at offset: Int) {
        precondition(offset >= 0 && offset + 4 <= length, "only what is written can be patched")
        (base + offset).storeBytes(of: integer.bigEndian, as: Int32.self)
    }

    /// Writes a value behind its length, as arrays and `COPY` have it; -1 stands for NULL.
    @inlinable mutating func append<Value: PostgresEncodable>(prefixed value: Value) {
        if value.isPostgresNull {
            append(integer: Int32(-1))
            return
        }
        let start = length
        append(integer: Int32(0))
        value.encode(into: &self)
        // Lengths beyond what the protocol can carry are refused before anything is sent; see
        // `PostgresError.valueTooLarge`.
        patch(Int32(truncatingIfNeeded: length - start - 4), at: start)
    }
}
