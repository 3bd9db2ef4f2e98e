internal import Glibc

/// A look from outside at whether a server on loopback answers: connect, send a few bytes, see what comes back.
enum Probe {
    private static let patienceMilliseconds: Int32 = 300

    /// Whether a server that was sent `request` begins its answer with `prefix`.
    static func answers(port: Int, request: [UInt8] = [], prefix: [UInt8] = []) -> Bool {
        let descriptor = socket(
            AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        let connected = withLoopback(port) { connect(descriptor, $0, $1) == 0 || errno == EINPROGRESS }
        guard connected, wait(descriptor, for: POLLOUT) else { return false }
        var failure: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &size)
        guard failure == 0 else { return false }
        if !request.isEmpty {
            guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
                return false
            }
        }
        guard !prefix.isEmpty else { return true }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64)
        while answer.count < prefix.count {
            guard wait(descriptor, for: POLLIN) else { return false }
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return false }
            answer += buffer.prefix(count)
        }
        return answer.starts(with: prefix)
    }

    /// Whether `GET path` is answered with 200.
    static func answersOK(port: Int, path: String) -> Bool {
        let request = "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
        return answers(port: port, request: Array(request.utf8), prefix: Array("HTTP/1.1 200".utf8))
    }

    /// Whether an AMQP 0-9-1 broker answers the protocol header with its `connection.start`.
    static func answersAMQP(port: Int) -> Bool {
        // A method frame (1) on channel 0.
        answers(port: port, request: Array("AMQP".utf8) + [0, 0, 9, 1], prefix: [1, 0, 0])
    }

    private static func wait(_ descriptor: Int32, for events: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        return poll(&entry, 1, patienceMilliseconds) == 1
    }
}
