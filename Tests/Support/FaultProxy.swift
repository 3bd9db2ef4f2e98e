internal import CLinux
internal import Glibc
internal import Runtime

/// A TCP proxy on loopback that misbehaves on demand. One thread, which ends with `stop`; every call returns when what
/// it asks for has happened.
public final class FaultProxy: Sendable {
    public enum Cut: Sendable {
        /// Both sides get a RST, as from a machine that lost its memory.
        case reset
        /// Both sides get a FIN, as from a process that died.
        case finish
    }

    /// Where to connect instead of the server.
    public let port: UInt16
    private let control: Control
    private let thread: OwnedThread

    public init(to serverPort: UInt16) throws {
        let core = try FaultProxyCore(serverPort: serverPort)
        port = core.port
        control = core.control
        thread = try OwnedThread(name: "fault proxy") { core.run() }
    }

    deinit { stop() }

    /// Passes everything on, also what was held back while frozen.
    public func forward() { control.ask { $0.mode = .forward } }

    /// Accepts connections and bytes, but passes nothing on in either direction.
    public func freeze() { control.ask { $0.mode = .frozen } }

    /// Stops taking bytes from the clients, so that their writes come to a stop; answers still get through.
    public func stopReadingClients() { control.ask { $0.mode = .deafToClients } }

    /// Ends the connections that there are; new ones are forwarded.
    public func cut(_ how: Cut) {
        control.ask { core in
            core.cutAll(how)
            core.mode = .forward
        }
    }

    /// Ends the connections that there are and refuses new ones, until `forward`.
    public func refuse() {
        control.ask { core in
            core.cutAll(.reset)
            core.mode = .refusing
        }
    }

    /// How many connections there are now.
    public var connections: Int {
        let count = Lock(0)
        control.ask { core in count.withLock { $0 = core.connections } }
        return count.withLock { $0 }
    }

    /// Ends everything. May be called several times.
    public func stop() {
        control.ask { $0.isStopping = true }
        thread.join()
    }

    /// Carries requests over to the proxy's thread.
    final class Control: Sendable {
        private struct State {
            var requests: [(request: @Sendable (FaultProxyCore) -> Void, done: Latch)] = []
            var isOpen = true
        }

        let descriptor: Int32
        private let state = Lock(State())

        init() throws {
            descriptor = eventfd(0, Int32(EFD_CLOEXEC))
            guard descriptor >= 0 else { throw TestBrokerError("no eventfd (errno \(errno))") }
        }

        func ask(_ request: @escaping @Sendable (FaultProxyCore) -> Void) {
            let done = Latch()
            let isOpen = state.withLock { state in
                guard state.isOpen else { return false }
                state.requests.append((request, done))
                var one: UInt64 = 1
                _ = write(descriptor, &one, 8)
                return true
            }
            if isOpen { done.wait() }
        }

        func perform(on core: FaultProxyCore) {
            var count: UInt64 = 0
            _ = read(descriptor, &count, 8)
            let requests = state.withLock { state in
                defer { state.requests = [] }
                return state.requests
            }
            for (request, done) in requests {
                request(core)
                done.open()
            }
        }

        func close() {
            let left = state.withLock { state in
                state.isOpen = false
                Glibc.close(descriptor)
                return state.requests
            }
            for (_, done) in left { done.open() }
        }
    }
}
