internal import Glibc

/// One request to a server on loopback, and its answer.
struct Exchange {
    struct Answer: Equatable {
        let status: Int
        let body: [UInt8]
    }

    let port: Int
    /// How long all of it may take.
    let patience: Duration
    /// Looked at every tenth of a second: whether nobody wants the answer any more.
    let isCancelled: () -> Bool
    private static let sizeLimit = 1 << 20

    /// - Parameter headers: whole lines, without `Host` and what concerns the body's length and the connection.
    /// - Returns: nil when there was no answer.
    func perform(_ method: String, _ path: String, headers: [String] = [], body: [UInt8] = []) -> Answer? {
        let descriptor = socket(
            AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let clock = ContinuousClock()
        let deadline = clock.now + patience
        func wait(for events: Int32) -> Bool {
            var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
            while clock.now < deadline && !isCancelled() {
                if poll(&entry, 1, 100) == 1 { return true }
            }
            return false
        }
        guard withLoopback(port, { connect(descriptor, $0, $1) == 0 || errno == EINPROGRESS }) else { return nil }
        let lines = [
            "\(method) \(path) HTTP/1.1", "Host: 127.0.0.1:\(port)", "Connection: close",
            "Content-Length: \(body.count)",
        ]
        var request = (Array((lines + headers).joined(separator: "\r\n").utf8) + Array("\r\n\r\n".utf8) + body)[...]
        while !request.isEmpty {
            guard wait(for: POLLOUT) else { return nil }
            let count = request.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return nil }
            request = request.dropFirst(count)
        }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while answer.count < Self.sizeLimit {
            guard wait(for: POLLIN) else { return nil }
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count >= 0 else { return nil }
            if count == 0 { return Self.parse(answer) }
            answer += buffer.prefix(count)
        }
        return nil
    }

    /// Reads an answer that the connection's end ends.
    static func parse(_ bytes: [UInt8]) -> Answer? {
        let blank = Array("\r\n\r\n".utf8)
        guard bytes.starts(with: Array("HTTP/1.1 ".utf8)), bytes.count > 12, let end = bytes.firstRange(of: blank),
            let status = Int(String(decoding: bytes[9..<12], as: UTF8.self))
        else { return nil }
        return Answer(status: status, body: Array(bytes[end.upperBound...]))
    }
}
