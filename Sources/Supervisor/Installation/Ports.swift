internal import Glibc

/// The ports of one installation, all on loopback, counted from one base.
public struct Ports: Sendable, Hashable {
    public static let span = 40
    public static let defaultBase = 8080

    public let base: Int

    public init(base: Int) throws(SetupError) {
        guard (1024...65535 - Self.span).contains(base) else {
            throw SetupError(
                "TURNSTILE_PORT_BASE is \(base): it must lie between 1024 and \(65535 - Self.span), "
                    + "since \(Self.span) ports from it on are used")
        }
        self.base = base
    }

    public var gateway: Int { base }
    /// Processes that take commands, counted from 0.
    public func ingress(_ index: Int) -> Int { base + (index == 0 ? 1 : 3 + index) }
    /// Processes that answer reads, counted from 0.
    public func query(_ index: Int) -> Int { base + (index == 0 ? 2 : 5 + index) }
    /// Where the same serve streams of changes.
    public func stream(_ index: Int) -> Int { base + (index < 2 ? 8 + index : 15) }
    /// Where the same have the listener that no gateway leads to.
    public func internalListener(_ index: Int) -> Int { base + (index == 0 ? 3 : 35 + index) }
    public var postgres: Int { base + 10 }
    public var amqp: Int { base + 11 }
    public var amqpManagement: Int { base + 12 }
    /// The Erlang port mapper of this installation's broker alone.
    public var epmd: Int { base + 13 }
    /// Where the broker's command-line tools reach its node.
    public var erlangDistribution: Int { base + 14 }
    /// Health and figures of the workers of the seats line, counted from 0.
    public func seats(_ index: Int) -> Int { base + 16 + index }
    /// Health and figures of the workers that ask payment providers, counted from 0.
    public func payments(_ index: Int) -> Int { base + 29 + index }
    /// Health and figures of the workers of the desk line, counted from 0.
    public func desk(_ index: Int) -> Int { base + 32 + index }
    /// The payment provider for rehearsals.
    public var sandbox: Int { base + 28 }

    /// Throws when somebody listens on the port already.
    static func requireFree(_ port: Int, for name: String) throws(SetupError) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SetupError("cannot open a socket: \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        // A listener that has ended may leave connections in TIME_WAIT: they are no hindrance.
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        let code = withLoopback(port) { bind(descriptor, $0, $1) == 0 && listen(descriptor, 1) == 0 ? 0 : errno }
        guard code == 0 else {
            throw SetupError(
                "port \(port), which \(name) needs, cannot be used (\(String(cString: strerror(code)))): "
                    + "end what listens there, or set TURNSTILE_PORT_BASE to move all ports")
        }
    }
}

/// Calls `body` with the socket address 127.0.0.1:`port`.
func withLoopback<Result>(_ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
    return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
}
