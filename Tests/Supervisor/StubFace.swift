internal import Glibc
internal import Runtime
internal import TestSupport

/// What a gateway meets behind it, in a test. It answers each request with what it got, or misbehaves as the request's
/// query asks: `?do=drop` closes the connection, `?do=hang` never answers, `?do=503` is a problem of its own,
/// `?do=stream` begins an answer and leaves it open.
final class StubFace: Sendable {
    let name: String
    private let listener: Int32
    private let state = Lock(State())
    private let threads = Lock<[OwnedThread]>([])

    private struct State {
        var requests: [String] = []
        /// As sent, whole.
        var texts: [String] = []
        var script: [(status: Int, body: String)] = []
        var connections: Set<Int32> = []
        var accepted = 0
        var isStopped = false
    }

    /// - Parameter script: what it answers to the first requests.
    init(_ name: String, port: Int, script: [(status: Int, body: String)] = []) throws {
        self.name = name
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var yes: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let bound = withUnsafePointer(to: &address) { [listener] pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0 && listen(listener, 64) == 0
            }
        }
        guard bound else {
            close(listener)
            throw RawHTTPFailure(description: "port \(port) cannot be had")
        }
        state.withLock { $0.script = script }
        let thread = try OwnedThread(name: name) { self.accept() }
        threads.withLock { $0.append(thread) }
    }

    /// As sent, in their order: `GET /v1/events`.
    var requests: [String] { state.withLock { $0.requests } }

    /// The same with headers and bodies.
    var texts: [String] { state.withLock { $0.texts } }

    /// Connections that it has had.
    var connectionCount: Int { state.withLock { $0.accepted } }

    /// As a process that is gone.
    func stop() {
        let connections: Set<Int32>? = state.withLock { state in
            guard !state.isStopped else { return nil }
            state.isStopped = true
            return state.connections
        }
        guard let connections else { return }
        shutdown(listener, Int32(SHUT_RDWR))
        for connection in connections { shutdown(connection, Int32(SHUT_RDWR)) }
        while let thread = threads.withLock({ $0.popLast() }) { thread.join() }
        close(listener)
    }

    private func accept() {
        while true {
            let connection = Glibc.accept(listener, nil, nil)
            guard connection >= 0 else { return }
            let isWanted = state.withLock { state in
                guard !state.isStopped else { return false }
                state.connections.insert(connection)
                state.accepted += 1
                return true
            }
            guard isWanted, let thread = try? OwnedThread(name: name, body: { self.serve(connection) }) else {
                close(connection)
                return
            }
            threads.withLock { $0.append(thread) }
        }
    }

    private func serve(_ connection: Int32) {
        defer {
            _ = state.withLock { $0.connections.remove(connection) }
            close(connection)
        }
        var buffer: [UInt8] = []
        while let request = Self.next(connection, &buffer) {
            let scripted = state.withLock { state in
                state.requests.append(request.line)
                state.texts.append(([request.line] + request.headers + ["", request.body]).joined(separator: "\n"))
                return state.script.isEmpty ? nil : state.script.removeFirst()
            }
            if let (status, body) = scripted {
                let head = "HTTP/1.1 \(status) As Told\r\nConnection: close\r\nContent-Length: \(body.utf8.count)"
                Self.send(connection, "\(head)\r\n\r\n\(body)")
                return
            }
            if request.line.contains("do=drop") { return }
            if request.line.contains("do=hang") {
                _ = Self.receive(connection, &buffer)
                return
            }
            if request.line.contains("do=stream") {
                let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
                let event = "data: \(name)\n\n"
                Self.send(connection, "\(head)\(String(event.utf8.count, radix: 16))\r\n\(event)\r\n")
                _ = Self.receive(connection, &buffer)
                return
            }
            let text = ([name, request.line, "body \(request.body.utf8.count)"] + request.headers).joined(
                separator: "\n")
            let status = request.line.contains("do=503") ? "503 Service Unavailable" : "200 OK"
            let body = request.line.hasPrefix("HEAD ") ? "" : text
            Self.send(
                connection,
                "HTTP/1.1 \(status)\r\nX-Stub: \(name)\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(body)")
        }
    }

    private struct Received {
        /// Method and target.
        let line: String
        let headers: [String]
        let body: String
    }

    private static func next(_ connection: Int32, _ buffer: inout [UInt8]) -> Received? {
        let blank = Array("\r\n\r\n".utf8)
        var end = buffer.firstRange(of: blank)
        while end == nil {
            guard receive(connection, &buffer) else { return nil }
            end = buffer.firstRange(of: blank)
        }
        guard let end else { return nil }
        let lines = String(decoding: buffer[..<end.lowerBound], as: UTF8.self).parts("\r\n")
        buffer.removeFirst(end.upperBound)
        let length = lines.first { $0.lowercased().hasPrefix("content-length: ") }
            .flatMap { Int($0.dropFirst("content-length: ".count)) }
        while buffer.count < length ?? 0 { guard receive(connection, &buffer) else { return nil } }
        let body = String(decoding: buffer.prefix(length ?? 0), as: UTF8.self)
        buffer.removeFirst(length ?? 0)
        return Received(
            line: lines[0].split(separator: " ").prefix(2).joined(separator: " "), headers: Array(lines.dropFirst()),
            body: body)
    }

    private static func receive(_ connection: Int32, _ buffer: inout [UInt8]) -> Bool {
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(connection, &piece, piece.count, 0)
        guard count > 0 else { return false }
        buffer += piece.prefix(count)
        return true
    }

    private static func send(_ connection: Int32, _ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }
}

struct RawHTTPFailure: Error, CustomStringConvertible {
    let description: String
}

extension String {
    fileprivate func parts(_ separator: String) -> [String] {
        split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }
}
