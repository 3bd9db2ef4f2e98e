internal import Runtime
internal import Synchronization

/// A running HTTP/1.1 server: one or more listeners, each with its routes and loops.
///
///     let server = try HTTPServer(
///         listeners: [
///             Listener("public", port: 8081, router: api),
///             Listener("streams", port: 8082, router: streams, limits: manyConnections),
///         ], hooks: hooks)
///     …
///     server.stop(within: .seconds(10))
///
/// Streams that stay open belong on a listener of their own: their fan-out must not hold up ordinary answers, and
/// their connections must not use up the others' limit.
public final class HTTPServer: Sendable {
    private let loops: [Loop]
    private let ports: [String: UInt16]
    private let time = SystemTime()

    /// Binds all addresses and starts to serve.
    ///
    /// - Throws: `ServerError`, which names the address; nothing is left behind then.
    public init(listeners: [Listener], hooks: ServerHooks = ServerHooks()) throws(ServerError) {
        precondition(Set(listeners.map(\.name)).count == listeners.count, "two listeners have the same name")
        var loops: [Loop] = []
        var ports: [String: UInt16] = [:]
        do {
            for listener in listeners {
                let budget = ByteBudget(limit: listener.limits.allBodiesBytes)
                var port = listener.port
                // A shared port would be shared with another server of the same user as well: look first.
                if listener.loops > 1 && port != 0 { _ = try ListeningSocket(listener, port: port, isShared: false) }
                for index in 0..<listener.loops {
                    let socket = try ListeningSocket(listener, port: port, isShared: listener.loops > 1)
                    port = socket.port
                    let loop = try Loop(listener, hooks, budget, index: index)
                    try loop.start(socket)
                    loops.append(loop)
                }
                ports[listener.name] = port
            }
        } catch {
            Self.stop(loops, deadline: 0)
            throw error
        }
        self.loops = loops
        self.ports = ports
    }

    deinit { Self.stop(loops, deadline: 0) }

    /// The port of a listener: what was asked for, or what the system chose.
    public func port(of listener: String) -> UInt16 {
        guard let port = ports[listener] else { preconditionFailure("there is no listener “\(listener)”") }
        return port
    }

    /// Open connections of all listeners.
    public var connectionCount: Int {
        loops.reduce(0) { $0 + $1.connectionCount.load(ordering: .relaxed) }
    }

    /// Stops: no more connections are accepted, streams are ended, idle connections closed, and what runs may be
    /// answered until the time is over; what is not answered then gets a 503 and is cut. Returns when all threads
    /// have ended. Must not be called by a handler. Further calls wait for the same end.
    public func stop(within time: Duration) {
        Self.stop(loops, deadline: self.time.monotonic.nanoseconds + time.nanoseconds)
    }

    private static func stop(_ loops: [Loop], deadline: Int64) {
        for loop in loops { loop.mailbox.post(.stop(deadline: deadline)) }
        for loop in loops { loop.join() }
    }
}
