internal import Glibc

/// The proxy's thread: one `poll` over the listener and both ends of every connection.
final class FaultProxyCore: @unchecked Sendable {
    // because: after `init` only the proxy's thread touches it; others send it requests
    enum Mode { case forward, frozen, deafToClients, refusing }

    private struct Pair {
        let client: Int32
        let server: Int32
        var toServer = Pipe()
        var toClient = Pipe()
    }

    /// Bytes of one direction, at most 64 KiB.
    private struct Pipe {
        var bytes: [UInt8] = []
        var isEnded = false
        var hasPassedEnd = false
    }

    let control: FaultProxy.Control
    let port: UInt16
    /// Set only on the proxy's thread; has its effect at once, so that whoever asked can rely on it.
    var mode = Mode.forward {
        didSet { followMode() }
    }
    var isStopping = false
    private let serverPort: UInt16
    private let listener: Int32
    private var isListening = true
    private var pairs: [Pair] = []

    init(serverPort: UInt16) throws {
        self.serverPort = serverPort
        control = try FaultProxy.Control()
        (listener, port) = try Self.listen()
    }

    /// Gives up what `init` opened, instead of `run`.
    func discard() {
        Glibc.close(listener)
        control.close()
    }

    var connections: Int { pairs.count }

    /// Listens on a port that stays ours while nobody listens there: a socket that asked for any port gives it back
    /// when it stops listening, one that asked for this very port keeps it. So one finds a port and another asks for
    /// it.
    private static func listen() throws -> (descriptor: Int32, port: UInt16) {
        let finder = try bound(to: 0)
        defer { Glibc.close(finder) }
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutableBytes(of: &address) { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { _ = getsockname(finder, $0.baseAddress, &size) }
        }
        let port = UInt16(bigEndian: address.sin_port)
        let descriptor = try bound(to: port)
        guard Glibc.listen(descriptor, 64) == 0 else {
            let code = errno
            Glibc.close(descriptor)
            throw TestBrokerError("cannot listen on port \(port) (errno \(code))")
        }
        return (descriptor, port)
    }

    private static func bound(to port: UInt16) throws -> Int32 {
        let flags = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_INET, flags, 0)
        guard descriptor >= 0 else { throw TestBrokerError("no socket (errno \(errno))") }
        var one: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, 4)
        guard withLoopback(port: port, { bind(descriptor, $0, $1) }) == 0 else {
            let code = errno
            Glibc.close(descriptor)
            throw TestBrokerError("cannot have port \(port) (errno \(code))")
        }
        return descriptor
    }

    func run() {
        while !isStopping {
            let entries = pollOnce()
            if entries[0].revents != 0 { control.perform(on: self) }
            if entries[1].revents != 0 && isListening { accept() }
            for index in pairs.indices { move(index) }
            let gone = pairs.filter { $0.toServer.hasPassedEnd && $0.toClient.hasPassedEnd }
            for pair in gone { close(pair, .finish) }
            pairs.removeAll { pair in gone.contains { $0.client == pair.client } }
        }
        cutAll(.finish)
        Glibc.close(listener)
        control.close()
    }

    private func followMode() {
        if mode == .refusing && isListening {
            shutdown(listener, Int32(SHUT_RDWR))
            isListening = false
        } else if mode != .refusing && !isListening {
            isListening = Glibc.listen(listener, 64) == 0
        }
    }

    private func pollOnce() -> [pollfd] {
        func entry(_ descriptor: Int32, _ read: Bool, _ write: Bool) -> pollfd {
            let events = (read ? Int16(POLLIN) : 0) | (write ? Int16(POLLOUT) : 0)
            // A negative descriptor is skipped: without this a closed peer would wake the thread over and over.
            return pollfd(fd: events == 0 ? -1 : descriptor, events: events, revents: 0)
        }
        var entries = [entry(control.descriptor, true, false), entry(listener, isListening, false)]
        for pair in pairs {
            entries.append(entry(pair.client, takesFromClients && wants(pair.toServer), has(pair.toClient)))
            entries.append(entry(pair.server, takesFromServer && wants(pair.toClient), has(pair.toServer)))
        }
        _ = poll(&entries, nfds_t(entries.count), -1)
        return entries
    }

    private var takesFromClients: Bool { mode == .forward }
    private var takesFromServer: Bool { mode == .forward || mode == .deafToClients }
    private func wants(_ pipe: Pipe) -> Bool { !pipe.isEnded && pipe.bytes.count < 65536 }
    private func has(_ pipe: Pipe) -> Bool { !pipe.bytes.isEmpty && mode != .frozen }

    private func accept() {
        let client = Glibc.accept(listener, nil, nil)
        guard client >= 0 else { return }
        _ = fcntl(client, F_SETFD, FD_CLOEXEC)
        guard let server = try? connectToLoopback(port: serverPort) else {
            close(client, .reset)
            return
        }
        var one: Int32 = 1
        for descriptor in [client, server] {
            _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
        }
        pairs.append(Pair(client: client, server: server))
    }

    private func move(_ index: Int) {
        let (client, server) = (pairs[index].client, pairs[index].server)
        if takesFromClients { Self.move(from: client, to: server, &pairs[index].toServer) }
        if takesFromServer { Self.move(from: server, to: client, &pairs[index].toClient) }
    }

    private static func move(from source: Int32, to target: Int32, _ pipe: inout Pipe) {
        if !pipe.isEnded && pipe.bytes.count < 65536 {
            var piece = [UInt8](repeating: 0, count: 65536)
            let count = recv(source, &piece, piece.count, 0)
            if count > 0 {
                pipe.bytes += piece[..<count]
            } else if count == 0 || errno != EAGAIN {
                pipe.isEnded = true
            }
        }
        if !pipe.bytes.isEmpty {
            let sent = send(target, pipe.bytes, pipe.bytes.count, Int32(MSG_NOSIGNAL))
            if sent > 0 {
                pipe.bytes.removeFirst(sent)
            } else if errno != EAGAIN {
                pipe.bytes = []
                pipe.isEnded = true
            }
        }
        if pipe.isEnded && pipe.bytes.isEmpty && !pipe.hasPassedEnd {
            shutdown(target, Int32(SHUT_WR))
            pipe.hasPassedEnd = true
        }
    }

    func cutAll(_ how: FaultProxy.Cut) {
        for pair in pairs { close(pair, how) }
        pairs = []
    }

    private func close(_ pair: Pair, _ how: FaultProxy.Cut) {
        close(pair.client, how)
        close(pair.server, how)
    }

    private func close(_ descriptor: Int32, _ how: FaultProxy.Cut) {
        if how == .reset {
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
        }
        Glibc.close(descriptor)
    }
}
