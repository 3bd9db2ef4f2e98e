internal import CZlib
internal import Runtime

/// Compresses whole bodies. Compressors are kept and reset, because setting one up costs 256 KiB of memory.
enum Gzip {
    /// Idle compressors; more than these are made when needed and thrown away afterwards.
    private static let pool = Lock<[Compressor]>([])
    private static let poolLimit = 4

    /// The compressed bytes, or nil when zlib refuses (no memory).
    static func compress(_ bytes: UnsafeRawBufferPointer, level: Int) -> SharedBytes? {
        let pooled = pool.withLock { pool in
            pool.lastIndex { $0.level == level }.map { pool.remove(at: $0) }
        }
        guard let compressor = pooled ?? Compressor(level: level) else { return nil }
        let result = compressor.run(bytes)
        pool.withLock { pool in
            if pool.count < poolLimit { pool.append(compressor) }
        }
        return result
    }
}

/// One zlib stream, used by one thread at a time: whoever took it out of the pool.
private final class Compressor: @unchecked Sendable {  // because: the pool gives it to one thread at a time
    let level: Int
    private let stream: UnsafeMutablePointer<z_stream>

    init?(level: Int) {
        precondition((1...9).contains(level), "zlib's levels are 1 to 9")
        self.level = level
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard czlib_gzip_init(stream, Int32(level)) == Z_OK else {
            stream.deallocate()
            return nil
        }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    func run(_ bytes: UnsafeRawBufferPointer) -> SharedBytes? {
        guard deflateReset(stream) == Z_OK, bytes.count < Int(UInt32.max) else { return nil }
        let bound = Int(deflateBound(stream, UInt(bytes.count)))
        var scratch = [UInt8](unsafeUninitializedCapacity: bound) { output, count in
            stream.pointee.next_in = UnsafeMutablePointer(
                mutating: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
            stream.pointee.avail_in = UInt32(bytes.count)
            stream.pointee.next_out = output.baseAddress
            stream.pointee.avail_out = UInt32(bound)
            let status = deflate(stream, Z_FINISH)
            count = status == Z_STREAM_END ? bound - Int(stream.pointee.avail_out) : 0
        }
        defer { scratch.removeAll() }
        return scratch.isEmpty ? nil : SharedBytes(scratch)
    }
}
