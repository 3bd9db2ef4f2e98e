/// Bytes on their way to the socket. Grows as needed and keeps its room when emptied.
struct ByteBuffer: ~Copyable, @unchecked Sendable {
    // because: the memory has this one owner, who cannot be copied

    /// Room above this is given back when the buffer is emptied, so that one burst does not hold memory for ever.
    private static let keptCapacity = 1 << 20

    private var memory: UnsafeMutableRawPointer?
    private var capacity = 0
    private(set) var count = 0

    init() {}

    deinit { memory?.deallocate() }

    var isEmpty: Bool { count == 0 }

    /// The bytes from `offset` to the end; valid until the buffer changes.
    func bytes(from offset: Int = 0) -> UnsafeRawBufferPointer {
        guard let memory else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(start: memory + offset, count: count - offset)
    }

    /// Room for `size` more bytes, to be made part of the buffer by `commit`.
    mutating func reserve(_ size: Int) -> UnsafeMutableRawPointer {
        if let memory, count + size <= capacity { return memory + count }
        var wanted = max(capacity, 512)
        while wanted < count + size { wanted *= 2 }
        let larger = UnsafeMutableRawPointer.allocate(byteCount: wanted, alignment: 16)
        if let memory {
            larger.copyMemory(from: memory, byteCount: count)
            memory.deallocate()
        }
        memory = larger
        capacity = wanted
        return larger + count
    }

    mutating func commit(_ size: Int) {
        precondition(count + size <= capacity, "more bytes than were reserved")
        count += size
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress, bytes.count > 0 else { return }
        reserve(bytes.count).copyMemory(from: base, byteCount: bytes.count)
        commit(bytes.count)
    }

    mutating func append<Number: FixedWidthInteger>(_ number: Number) {
        reserve(MemoryLayout<Number>.size).storeBytes(of: number.bigEndian, as: Number.self)
        commit(MemoryLayout<Number>.size)
    }

    /// Overwrites bytes that are already there.
    mutating func replace<Number: FixedWidthInteger>(at offset: Int, with number: Number) {
        precondition(offset + MemoryLayout<Number>.size <= count, "beyond the end")
        memory?.storeBytes(of: number.bigEndian, toByteOffset: offset, as: Number.self)
    }

    mutating func truncate(to size: Int) {
        precondition(size <= count, "beyond the end")
        count = size
    }

    mutating func removeAll() {
        count = 0
        guard capacity > Self.keptCapacity else { return }
        memory?.deallocate()
        memory = nil
        capacity = 0
    }
}
