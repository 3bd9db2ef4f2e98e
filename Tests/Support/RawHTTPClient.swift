internal import Glibc

/// A blocking TCP client that sends whatever bytes a test wants and reads responses strictly.
///
/// One thread at a time; every wait ends after `timeout` with an error.
public final class RawHTTPClient {
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var isOpen = true

    /// - Parameter receiveBytes: the kernel's receive buffer; small ones make a slow reader of this client.
    public init(port: UInt16, host: String = "127.0.0.1", timeout: Int = 10, receiveBytes: Int32? = nil) throws {
        let family = host.contains(":") ? AF_INET6 : AF_INET
        descriptor = socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw RawHTTPError("socket: errno \(errno)") }
        var time = timeval(tv_sec: timeout, tv_usec: 0)
        let timeSize = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, timeSize)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, timeSize)
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        if var receiveBytes {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBytes, socklen_t(MemoryLayout<Int32>.size))
        }
        let status: Int32
        if family == AF_INET6 {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            inet_pton(AF_INET6, host, &address.sin6_addr)
            status = Self.connect(descriptor, &address, MemoryLayout<sockaddr_in6>.size)
        } else {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            inet_pton(AF_INET, host, &address.sin_addr)
            status = Self.connect(descriptor, &address, MemoryLayout<sockaddr_in>.size)
        }
        guard status == 0 else {
            let code = errno
            Glibc.close(descriptor)
            isOpen = false
            throw RawHTTPError("connect to port \(port): \(String(cString: strerror(code)))")
        }
    }

    deinit { close() }

    private static func connect(_ descriptor: Int32, _ address: UnsafeRawPointer, _ size: Int) -> Int32 {
        Glibc.connect(descriptor, address.assumingMemoryBound(to: sockaddr.self), socklen_t(size))
    }

    // MARK: Sending

    public func send(_ text: String) throws { try send(Array(text.utf8)) }

    public func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { bytes in
                Glibc.send(descriptor, bytes.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw RawHTTPError("send: \(String(cString: strerror(errno)))") }
            sent += count
        }
    }

    /// Sends a request with a `Host` header and, if there is a body, its length.
    public func request(
        _ method: String, _ target: String, headers: [String] = [], body: String = "", host: String = "test"
    ) throws {
        var text = "\(method) \(target) HTTP/1.1\r\nHost: \(host)\r\n"
        for header in headers { text += header + "\r\n" }
        if !body.isEmpty { text += "Content-Length: \(body.utf8.count)\r\n" }
        try send(text + "\r\n" + body)
    }

    /// Sends a request and reads its response.
    public func exchange(
        _ method: String, _ target: String, headers: [String] = [], body: String = "", host: String = "test"
    ) throws -> RawHTTPResponse {
        try request(method, target, headers: headers, body: body, host: host)
        return try response(to: method)
    }

    public func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    public func close() {
        guard isOpen else { return }
        isOpen = false
        Glibc.close(descriptor)
    }

    /// Closes with a reset instead of an orderly end.
    public func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    // MARK: Receiving

    /// Reads one response; anything that is not exactly one is an error.
    public func response(to method: String = "GET") throws -> RawHTTPResponse {
        let head = try responseHead()
        if method == "HEAD" || head.status == 204 || head.status == 304 || head.status < 200 { return head }
        var response = head
        if head["Transfer-Encoding"] == "chunked" {
            guard head["Content-Length"] == nil else { throw RawHTTPError("both a length and chunks") }
            while let chunk = try chunk() { response.body += chunk }
        } else if let length = head["Content-Length"] {
            guard let count = Int(length) else { throw RawHTTPError("Content-Length: \(length)") }
            response.body = try read(exactly: count)
        } else {
            response.body = try readToEnd()
        }
        return response
    }

    /// Reads the status line and the headers alone.
    public func responseHead() throws -> RawHTTPResponse {
        let status = try line()
        let parts = status.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "HTTP/1.1", parts[1].count == 3, let code = Int(parts[1]) else {
            throw RawHTTPError("status line “\(status)”")
        }
        var response = RawHTTPResponse(status: code)
        while true {
            let text = try line()
            if text.isEmpty { return response }
            guard let colon = text.firstIndex(of: ":"), !text[..<colon].contains(" ") else {
                throw RawHTTPError("header line “\(text)”")
            }
            response.headers.append(
                (String(text[..<colon]), String(text[text.index(after: colon)...].drop { $0 == " " })))
        }
    }

    /// Reads one chunk of a chunked body; nil at its end.
    public func chunk() throws -> [UInt8]? {
        let size = try line()
        guard let count = Int(size, radix: 16) else { throw RawHTTPError("chunk size “\(size)”") }
        let bytes = try read(exactly: count)
        guard try line().isEmpty else { throw RawHTTPError("no line break behind a chunk") }
        return count == 0 ? nil : bytes
    }

    /// Reads chunks until they contain `text`, and returns all of them; throws when the body ends before.
    public func chunks(until text: String) throws -> String {
        var body: [UInt8] = []
        while let chunk = try chunk() {
            body += chunk
            let soFar = String(decoding: body, as: UTF8.self)
            if soFar.contains(text) { return soFar }
        }
        throw RawHTTPError("the body ended without “\(text)”")
    }

    /// Whether the other side ends the connection, orderly or not, without sending anything more.
    public func isEnded() -> Bool {
        guard buffer.isEmpty else { return false }
        do throws(RawHTTPError) { return try !receive() } catch { return error.isReset }
    }

    private func line() throws -> String {
        while true {
            if let end = buffer.firstIndex(of: 10) {
                guard end > 0, buffer[end - 1] == 13 else { throw RawHTTPError("a line ends without CR") }
                defer { buffer.removeFirst(end + 1) }
                return String(decoding: buffer[..<(end - 1)], as: UTF8.self)
            }
            guard try receive() else { throw RawHTTPError("the connection ended within a line", isEnd: true) }
        }
    }

    private func read(exactly count: Int) throws -> [UInt8] {
        while buffer.count < count {
            guard try receive() else { throw RawHTTPError("the connection ended within a body", isEnd: true) }
        }
        defer { buffer.removeFirst(count) }
        return Array(buffer[..<count])
    }

    private func readToEnd() throws -> [UInt8] {
        while try receive() {}
        defer { buffer = [] }
        return buffer
    }

    /// - Returns: false at the end.
    private func receive() throws(RawHTTPError) -> Bool {
        let count = withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 1) { memory in
            let count = recv(descriptor, memory.baseAddress, memory.count, 0)
            if count > 0 { buffer.append(contentsOf: UnsafeRawBufferPointer(rebasing: memory[..<count])) }
            return count
        }
        guard count >= 0 else {
            let code = errno
            throw RawHTTPError("recv: \(String(cString: strerror(code)))", isReset: code == ECONNRESET)
        }
        return count > 0
    }
}

public struct RawHTTPResponse: Sendable {
    public let status: Int
    public var headers: [(name: String, value: String)] = []
    public var body: [UInt8] = []

    init(status: Int) { self.status = status }

    public var text: String { String(decoding: body, as: UTF8.self) }

    /// The first header of that name.
    public subscript(name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

public struct RawHTTPError: Error, CustomStringConvertible {
    public let description: String
    /// The connection ended where more was due.
    public let isEnd: Bool
    public let isReset: Bool

    init(_ description: String, isEnd: Bool = false, isReset: Bool = false) {
        self.description = description
        self.isEnd = isEnd
        self.isReset = isReset
    }
}
