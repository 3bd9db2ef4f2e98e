internal import Synchronization

/// Immutable bytes that any number of answers and streams send without a copy of their own.
public final class SharedBytes: @unchecked Sendable {  // because: the memory is written before `init` returns only
    private let memory: UnsafeMutableRawBufferPointer
    /// The part of `memory` that was written.
    public let count: Int

    /// Allocates `capacity` bytes and lets `body` fill them; it returns how many it wrote.
    public init(capacity: Int, _ body: (UnsafeMutableRawBufferPointer) throws -> Int) rethrows {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(capacity, 1), alignment: 16)
        do {
            count = try body(UnsafeMutableRawBufferPointer(rebasing: memory[..<capacity]))
        } catch {
            memory.deallocate()
            throw error
        }
        precondition(count >= 0 && count <= capacity, "wrote \(count) bytes into \(capacity)")
        self.memory = memory
    }

    public convenience init(_ bytes: some Collection<UInt8>) {
        self.init(capacity: bytes.count) { memory in
            memory.copyBytes(from: bytes)
            return bytes.count
        }
    }

    public convenience init(_ text: String) { self.init(text.utf8) }

    deinit { memory.deallocate() }

    /// The pointer is valid for as long as this object is.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<count]) }

    public func withUnsafeBytes<Value>(_ body: (UnsafeRawBufferPointer) throws -> Value) rethrows -> Value {
        try body(bytes)
    }
}
