internal import Glibc

/// Reads a file that is expected to be small.
///
/// Foundation's way is not taken: it loses 4 KiB for each file whose size the kernel gives as 0, as all in `/proc` are.
package enum SmallFile {
    package struct Failure: Error {
        package let reason: String
    }

    package static func read(_ path: String, limit: Int) throws(Failure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(reason: "cannot be read: \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        // Most have a line or two.
        var chunk = 4 << 10
        while true {
            let before = bytes.count
            bytes += [UInt8](repeating: 0, count: chunk)
            let count = bytes.withUnsafeMutableBytes { buffer in
                buffer.baseAddress.map { Glibc.read(descriptor, $0 + before, chunk) } ?? -1
            }
            if count < 0 && errno == EINTR {
                bytes.removeLast(chunk)
                continue
            }
            guard count >= 0 else { throw Failure(reason: "cannot be read: \(String(cString: strerror(errno)))") }
            bytes.removeLast(chunk - count)
            if count == 0 { return bytes }
            guard bytes.count <= limit else { throw Failure(reason: "is larger than \(limit) bytes") }
            chunk = min(2 * chunk, 64 << 10)
        }
    }
}
