internal import Glibc
internal import Runtime

/// Accepts one connection at a time, says its line, and then nothing more.
final class SilentServer: Sendable {
    let port: UInt16
    private let listener: Int32
    private let thread: OwnedThread

    init(saying line: String? = nil) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let length = size
        withUnsafeMutableBytes(of: &address) { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { pointer in
                _ = bind(listener, pointer.baseAddress, length)
                _ = listen(listener, 8)
                _ = getsockname(listener, pointer.baseAddress, &size)
            }
        }
        self.listener = listener
        port = UInt16(bigEndian: address.sin_port)
        thread = try OwnedThread(name: "silent server") {
            var held: [Int32] = []
            while case let client = accept(listener, nil, nil), client >= 0 {
                held.append(client)
                if let line { _ = send(client, Array(line.utf8), line.utf8.count, Int32(MSG_NOSIGNAL)) }
            }
            for client in held { Glibc.close(client) }
        }
    }

    func close() {
        // Ends `accept`.
        shutdown(listener, Int32(SHUT_RDWR))
        thread.join()
        Glibc.close(listener)
    }
}
