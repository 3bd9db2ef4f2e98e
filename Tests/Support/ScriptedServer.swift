internal import Glibc
internal import Runtime

/// A TCP server on loopback that does with each connection whatever a test says, on a thread of that connection's own.
public final class ScriptedServer: Sendable {
    public let port: UInt16
    private let listener: Int32
    private let state = Lock(State())
    private let script: @Sendable (ScriptedConnection) throws -> Void

    private struct State {
        var thread: OwnedThread?
        var threads: [OwnedThread] = []
        var connections: [ScriptedConnection] = []
    }

    public init(_ script: @escaping @Sendable (ScriptedConnection) throws -> Void) throws {
        self.script = script
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let length = size
        let isBound = withUnsafeMutableBytes(of: &address) { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { pointer in
                bind(listener, pointer.baseAddress, length) == 0 && listen(listener, 512) == 0
                    && getsockname(listener, pointer.baseAddress, &size) == 0
            }
        }
        guard listener >= 0, isBound else { throw TestBrokerError("no listener (errno \(errno))") }
        self.listener = listener
        port = UInt16(bigEndian: address.sin_port)
        let thread = try OwnedThread(name: "scripted") { [unowned self] in accept() }
        state.withLock { $0.thread = thread }
    }

    private func accept() {
        while case let client = Glibc.accept(listener, nil, nil), client >= 0 {
            let connection = ScriptedConnection(client)
            let script = script
            let thread = try? OwnedThread(name: "scripted", stackBytes: 256 << 10) {
                try? script(connection)
                connection.close()
            }
            state.withLock { state in
                state.connections.append(connection)
                if let thread { state.threads.append(thread) }
            }
        }
    }

    /// How many connections there have been.
    public var accepted: Int { state.withLock { $0.connections.count } }

    /// Takes no more connections; those that there are go on.
    public func refuse() { shutdown(listener, Int32(SHUT_RDWR)) }

    /// Ends everything; must be called.
    public func stop() {
        // Ends `accept`.
        shutdown(listener, Int32(SHUT_RDWR))
        guard let thread = state.withLock({ $0.thread.take() }) else { return }
        thread.join()
        Glibc.close(listener)
        let (threads, connections) = state.withLock { ($0.threads, $0.connections) }
        for connection in connections { connection.interrupt() }
        for thread in threads { thread.join() }
    }
}

/// One connection of a scripted server. Reading ends with an error when the client, or the test, ends it.
public final class ScriptedConnection: Sendable {
    private let descriptor: Int32
    private let isOpen = Lock(true)

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    public struct Ended: Error {}

    /// One request: its head and, by its length, its body.
    public func request() throws -> (head: String, body: [UInt8]) {
        var bytes: [UInt8] = []
        let end = Array("\r\n\r\n".utf8)
        while bytes.suffix(4) != end[...] { bytes += try read(1) }
        let head = String(decoding: bytes, as: UTF8.self)
        let length = head.split(separator: "\r\n").compactMap { line -> Int? in
            line.lowercased().hasPrefix("content-length: ") ? Int(line.dropFirst(16)) : nil
        }
        return (head, try read(length.first ?? 0))
    }

    public func read(_ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var have = 0
        while have < count {
            let got = bytes.withUnsafeMutableBytes {
                recv(descriptor, $0.baseAddress.map { $0 + have }, count - have, 0)
            }
            guard got > 0 else { throw Ended() }
            have += got
        }
        return bytes
    }

    public func write(_ text: String) { write(Array(text.utf8)) }

    public func write(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                send(descriptor, $0.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    /// An answer with a body, after which the connection stays open.
    public func answer(_ status: Int = 200, _ body: String = "", headers: [String] = []) {
        let more = headers.map { $0 + "\r\n" }.joined()
        write("HTTP/1.1 \(status) X\r\nContent-Length: \(body.utf8.count)\r\n\(more)\r\n\(body)")
    }

    /// Waits until the client ends the connection.
    public func untilEnded() { while (try? read(1)) != nil {} }

    /// Ends it with a reset instead of an orderly end.
    public func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    public func close() {
        isOpen.withLock { isOpen in
            guard isOpen else { return }
            isOpen = false
            Glibc.close(descriptor)
        }
    }

    func interrupt() { isOpen.withLock { if $0 { shutdown(descriptor, Int32(SHUT_RDWR)) } } }
}
