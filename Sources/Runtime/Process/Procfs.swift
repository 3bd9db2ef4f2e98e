internal import Glibc

/// What the kernel tells about this process under `/proc/self`.
enum Procfs {
    static func threads() -> [String] { entries(of: "/proc/self/task") }

    static func descriptors() -> [String] { entries(of: "/proc/self/fd") }

    /// The lines `Name: value` of a thread's status.
    static func status(ofThread id: String) -> [String: String] {
        var status: [String: String] = [:]
        for line in read("/proc/self/task/\(id)/status").split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            status[String(line[..<colon])] = String(value)
        }
        return status
    }

    /// A file's content; empty when it cannot be read.
    static func read(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        while bytes.count < 1 << 20 {
            let count = withUnsafeTemporaryAllocation(byteCount: 4_096, alignment: 1) { buffer in
                let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                if count > 0 { bytes.append(contentsOf: buffer[0..<count]) }
                return count
            }
            if count <= 0 { break }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func entries(of path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            // By its address: the kernel writes only as much of an entry as the name needs, so it must not be copied
            // whole.
            guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { continue }
            let start = UnsafeRawPointer(entry) + offset
            let name = String(cString: start.assumingMemoryBound(to: CChar.self))
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }
}
